# Unit tests (cmocka), command-line tests (prove) and the check of the floors.
# A unit test is one file, tests/unit/test_NAME.c, listed here.
UNIT_TESTS = \
	tests/unit/test_aggregate \
	tests/unit/test_columns \
	tests/unit/test_community_id \
	tests/unit/test_cuts \
	tests/unit/test_evict \
	tests/unit/test_fields \
	tests/unit/test_writer \
	tests/unit/test_filter \
	tests/unit/test_record \
	tests/unit/test_rc \
	tests/unit/test_timerange \
	tests/unit/test_base \
	tests/unit/test_clock \
	tests/unit/test_key \
	tests/unit/test_log \
	tests/unit/test_merge \
	tests/unit/test_names \
	tests/unit/test_net_address \
	tests/unit/test_netflow \
	tests/unit/test_num \
	tests/unit/test_outfiles \
	tests/unit/test_order \
	tests/unit/test_pieces \
	tests/unit/test_plain \
	tests/unit/test_reader \
	tests/unit/test_merge_record \
	tests/unit/test_sequences \
	tests/unit/test_sink \
	tests/unit/test_sort \
	tests/unit/test_source
if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS)
endif
unit_ldadd = $(LDADD) $(CMOCKA_LIBS)
tests_unit_test_sort_SOURCES = tests/unit/test_sort.c
tests_unit_test_sort_LDADD = $(unit_ldadd)
tests_unit_test_aggregate_SOURCES = tests/unit/test_aggregate.c
tests_unit_test_aggregate_LDADD = $(unit_ldadd)
tests_unit_test_columns_SOURCES = tests/unit/test_columns.c
tests_unit_test_columns_LDADD = $(unit_ldadd)
tests_unit_test_community_id_SOURCES = tests/unit/test_community_id.c
tests_unit_test_community_id_LDADD = $(unit_ldadd)
tests_unit_test_cuts_SOURCES = tests/unit/test_cuts.c tests/unit/merge_kit.c
tests_unit_test_cuts_LDADD = $(unit_ldadd)
tests_unit_test_evict_SOURCES = tests/unit/test_evict.c tests/unit/merge_kit.c
tests_unit_test_evict_LDADD = $(unit_ldadd)
tests_unit_test_fields_SOURCES = tests/unit/test_fields.c
tests_unit_test_fields_LDADD = $(unit_ldadd)
tests_unit_test_writer_SOURCES = tests/unit/test_writer.c
tests_unit_test_writer_LDADD = $(unit_ldadd)
tests_unit_test_record_SOURCES = tests/unit/test_record.c
tests_unit_test_record_LDADD = $(unit_ldadd)
tests_unit_test_filter_SOURCES = tests/unit/test_filter.c
tests_unit_test_filter_LDADD = $(unit_ldadd)
tests_unit_test_base_SOURCES = tests/unit/test_base.c
tests_unit_test_base_LDADD = $(unit_ldadd)
tests_unit_test_clock_SOURCES = tests/unit/test_clock.c
tests_unit_test_clock_LDADD = $(unit_ldadd)
tests_unit_test_merge_SOURCES = tests/unit/test_merge.c
tests_unit_test_merge_LDADD = $(unit_ldadd)
tests_unit_test_names_SOURCES = tests/unit/test_names.c
tests_unit_test_names_LDADD = $(unit_ldadd) $(LIBPCAP_LIBS)
tests_unit_test_order_SOURCES = tests/unit/test_order.c tests/unit/merge_kit.c
tests_unit_test_order_LDADD = $(unit_ldadd)
tests_unit_test_pieces_SOURCES = tests/unit/test_pieces.c tests/unit/merge_kit.c
tests_unit_test_pieces_LDADD = $(unit_ldadd)
tests_unit_test_plain_SOURCES = tests/unit/test_plain.c tests/unit/merge_kit.c
tests_unit_test_plain_LDADD = $(unit_ldadd)
tests_unit_test_reader_SOURCES = tests/unit/test_reader.c
tests_unit_test_reader_LDADD = $(unit_ldadd)
tests_unit_test_merge_record_SOURCES = tests/unit/test_merge_record.c tests/unit/merge_kit.c
tests_unit_test_merge_record_LDADD = $(unit_ldadd)
tests_unit_test_sequences_SOURCES = tests/unit/test_sequences.c tests/unit/merge_kit.c
tests_unit_test_sequences_LDADD = $(unit_ldadd)
tests_unit_test_sink_SOURCES = tests/unit/test_sink.c
tests_unit_test_sink_LDADD = $(unit_ldadd)
tests_unit_test_key_SOURCES = tests/unit/test_key.c
tests_unit_test_key_LDADD = $(unit_ldadd)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_LDADD = $(unit_ldadd)
tests_unit_test_source_SOURCES = tests/unit/test_source.c
tests_unit_test_source_LDADD = $(unit_ldadd)
tests_unit_test_net_address_SOURCES = tests/unit/test_net_address.c
tests_unit_test_net_address_LDADD = $(unit_ldadd)
tests_unit_test_netflow_SOURCES = tests/unit/test_netflow.c
tests_unit_test_netflow_LDADD = $(unit_ldadd)
tests_unit_test_num_SOURCES = tests/unit/test_num.c
tests_unit_test_num_LDADD = $(unit_ldadd)
tests_unit_test_outfiles_SOURCES = tests/unit/test_outfiles.c clients/outfiles.c
tests_unit_test_outfiles_LDADD = $(unit_ldadd)
tests_unit_test_rc_SOURCES = tests/unit/test_rc.c
tests_unit_test_rc_LDADD = $(unit_ldadd)
tests_unit_test_timerange_SOURCES = tests/unit/test_timerange.c
tests_unit_test_timerange_LDADD = $(unit_ldadd)

# Fuzz targets. Built with a fuzzer by --enable-fuzzing; else make check runs them
# over tests/fuzz/corpus/NAME.
FUZZ_TARGETS = \
	tests/fuzz/fuzz_filter \
	tests/fuzz/fuzz_merge \
	tests/fuzz/fuzz_netflow \
	tests/fuzz/fuzz_rc \
	tests/fuzz/fuzz_record \
	tests/fuzz/fuzz_timerange
if HAVE_SASL
FUZZ_TARGETS += tests/fuzz/fuzz_sasl
endif
check_PROGRAMS += $(FUZZ_TARGETS)
if FUZZING
fuzz_main =
fuzz_ldflags = -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/replay.c
fuzz_ldflags =
endif
tests_fuzz_fuzz_filter_SOURCES = tests/fuzz/fuzz_filter.c $(fuzz_main)
tests_fuzz_fuzz_filter_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_merge_SOURCES = tests/fuzz/fuzz_merge.c $(fuzz_main)
tests_fuzz_fuzz_merge_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_netflow_SOURCES = tests/fuzz/fuzz_netflow.c $(fuzz_main)
tests_fuzz_fuzz_netflow_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c $(fuzz_main)
tests_fuzz_fuzz_record_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_rc_SOURCES = tests/fuzz/fuzz_rc.c $(fuzz_main)
tests_fuzz_fuzz_rc_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_sasl_SOURCES = tests/fuzz/fuzz_sasl.c $(fuzz_main)
tests_fuzz_fuzz_sasl_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_timerange_SOURCES = tests/fuzz/fuzz_timerange.c $(fuzz_main)
tests_fuzz_fuzz_timerange_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += tests/fuzz/corpus

noinst_HEADERS += tests/unit/flows.h tests/unit/merge_kit.h tests/unit/mixed_records.h tests/unit/plain_records.h
noinst_HEADERS += tests/unit/unit.h tests/unit/records.h
TESTS += $(check_PROGRAMS) tests/floors.sh
EXTRA_DIST += tests/floors.sh

# The command line: one small script a subject, tests/cli/NAME.t.
CLI_TESTS = \
	tests/cli/archive.t \
	tests/cli/large.t \
	tests/cli/memory.t \
	tests/cli/threads.t \
	tests/cli/walk-options.t \
	tests/cli/walk-variables.t \
	tests/cli/columns.t \
	tests/cli/argus.t \
	tests/cli/archive-veth.t \
	tests/cli/argus-veth.t \
	tests/cli/config.t \
	tests/cli/filter.t \
	tests/cli/forms.t \
	tests/cli/interrupt.t \
	tests/cli/cases.t \
	tests/cli/keep.t \
	tests/cli/live.t \
	tests/cli/manual.t \
	tests/cli/modes.t \
	tests/cli/netflow.t \
	tests/cli/ones.t \
	tests/cli/options.t \
	tests/cli/rahisto.t \
	tests/cli/rastrip.t \
	tests/cli/ratimerange.t \
	tests/cli/recipes.t \
	tests/cli/remote.t \
	tests/cli/sasl.t \
	tests/cli/select.t \
	tests/cli/stall.t \
	tests/cli/status.t \
	tests/cli/write.t
AM_TESTS_ENVIRONMENT = BUILD='$(abs_builddir)'; SRC='$(abs_srcdir)'; export BUILD SRC;
TESTS += tests/cli/run
EXTRA_DIST += tests/cli/run tests/cli/lib.sh tests/cli/server.py tests/cli/terminal.py tests/cli/netflow.py tests/cli/walk-options.tsv tests/cli/walk-variables.tsv $(CLI_TESTS)

# Programs that make input for tests, samples and benchmarks.
noinst_PROGRAMS += tests/data/mkrecords tests/data/mkrows tests/data/mksample tests/bench/mkinput
noinst_HEADERS += tests/data/packets.h
if HAVE_SASL
noinst_PROGRAMS += tests/data/saslserver
endif
tests_data_saslserver_SOURCES = tests/data/saslserver.c
tests_data_mkrows_SOURCES = tests/data/mkrows.c
tests_data_mkrecords_SOURCES = tests/data/mkrecords.c tests/data/everything.h
tests_data_mksample_SOURCES = tests/data/mksample.c tests/data/packets.c
tests_bench_mkinput_SOURCES = tests/bench/mkinput.c tests/data/packets.c

# Our figures beside the peers', in one run. Not a test: it never fails on time.
bench: all
	$(srcdir)/tests/bench/run $(abs_builddir) $(BENCHDIR)
.PHONY: bench
EXTRA_DIST += tests/bench/run tests/conformance/run tests/conformance/captures tests/conformance/debian tests/conformance/forms tests/conformance/invariants tests/conformance/json_schema.py tests/conformance/floors.tsv tests/conformance-allow.tsv

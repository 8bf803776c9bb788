# Floor 3
libargus_common_a_SOURCES += \
	common/query/timerange.c \
	common/query/timerange_parse.c
noinst_HEADERS += \
	include/argus/query/fields.h \
	include/argus/query/filter.h \
	include/argus/query/style.h \
	include/argus/query/timerange.h
libargus_common_a_SOURCES += \
	common/query/community_id.c \
	common/query/fields.c \
	common/query/fields_columns.c \
	common/query/fields_get_count.c \
	common/query/fields_get_ip.c \
	common/query/fields_get_jitter.c \
	common/query/fields_get_key.c \
	common/query/fields_get_misc.c \
	common/query/fields_get_tcp.c \
	common/query/fields_get_time.c \
	common/query/fields_print.c \
	common/query/fields_print_addr.c \
	common/query/fields_print_flags.c \
	common/query/fields_print_hist.c \
	common/query/fields_print_mar.c \
	common/query/fields_print_misc.c \
	common/query/fields_print_port.c \
	common/query/fields_print_state.c \
	common/query/fields_print_time.c \
	common/query/fields_print_user.c \
	common/query/fields_table.c \
	common/query/style.c
noinst_HEADERS += \
	common/query/fields_print.h \
	common/query/fields_rows.h \
	common/query/fields_user.h
# The flow filter: flex and bison make its scanner and grammar.
libargus_common_a_SOURCES += \
	common/query/filter.c \
	common/query/filter_address.c \
	common/query/filter_bind.c \
	common/query/filter_bind_address.c \
	common/query/filter_bind_value.c \
	common/query/filter_column.c \
	common/query/filter_resolve.c \
	common/query/filter_set.c \
	common/query/filter_test.c \
	common/query/filter_value.c \
	common/query/filter_words.c
noinst_HEADERS += \
	common/query/filter_lex.h \
	common/query/filter_tree.h \
	common/query/filter_words.h
nodist_libargus_common_a_SOURCES = common/query/filter_parse.c common/query/filter_scan.c
BUILT_SOURCES += common/query/filter_parse.h
CLEANFILES += common/query/filter_parse.c common/query/filter_parse.h common/query/filter_scan.c
EXTRA_DIST += common/query/filter_parse.y common/query/filter_scan.l
common/query/filter_parse.c: $(srcdir)/common/query/filter_parse.y
	$(AM_V_GEN)$(MKDIR_P) common/query && $(YACC) $(AM_YFLAGS) -o $@ $(srcdir)/common/query/filter_parse.y
common/query/filter_parse.h: common/query/filter_parse.c
common/query/filter_scan.c: $(srcdir)/common/query/filter_scan.l
	$(AM_V_GEN)$(MKDIR_P) common/query && $(LEX) -o $@ $(srcdir)/common/query/filter_scan.l
libargus_common_a_SOURCES += \
	common/query/agr_metric.c \
	common/query/key.c \
	common/query/key_build.c \
	common/query/label.c \
	common/query/merge.c \
	common/query/merge_key.c \
	common/query/merge_network.c \
	common/query/merge_stats.c \
	common/query/merge_usual.c \
	common/query/merge_plain.c \
	common/query/merge_record.c
noinst_HEADERS += \
	common/query/key_plain.h \
	common/query/merge.h \
	common/query/merge_numbers.h \
	common/query/merge_copy.h \
	common/query/merge_stats.h \
	include/argus/query/agr_metric.h \
	include/argus/query/key.h \
	include/argus/query/label.h \
	include/argus/query/merge.h
libargus_common_a_SOURCES += \
	common/query/aggregate.c \
	common/query/aggregate_add.c \
	common/query/aggregate_find.c \
	common/query/aggregate_keep.c \
	common/query/aggregate_merge.c \
	common/query/aggregate_order.c \
	common/query/aggregate_out.c \
	common/query/aggregate_pair.c \
	common/query/aggregate_piece.c \
	common/query/aggregate_wait.c \
	common/query/aggregate_write.c \
	common/query/aggregate_compact.c \
	common/query/aggregate_evict.c \
	common/query/aggregate_spill.c \
	common/query/bins.c \
	common/query/cluster.c \
	common/query/crew.c \
	common/query/pack.c \
	common/query/store.c
noinst_HEADERS += \
	common/query/aggregate.h \
	common/query/aggregate_kept.h \
	common/query/aggregate_piece.h \
	common/query/crew.h \
	common/query/pack.h \
	common/query/store.h \
	include/argus/query/aggregate.h \
	include/argus/query/bins.h \
	include/argus/query/cluster.h
libargus_common_a_SOURCES += \
	common/query/rules.c \
	common/query/rules_index.c \
	common/query/rules_parse.c \
	common/query/sort.c \
	common/query/sort_records.c \
	common/query/sort_values.c \
	common/query/spill.c
noinst_HEADERS += \
	common/query/rules_private.h \
	common/query/sort_values.h \
	common/query/spill.h \
	include/argus/query/rules.h \
	include/argus/query/sort.h

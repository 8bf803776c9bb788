# The probe
noinst_LIBRARIES += libprobe.a
libprobe_a_SOURCES = \
	argus/arp.c \
	argus/capture.c \
	argus/decode.c \
	argus/emit.c \
	argus/esp.c \
	argus/fragment.c \
	argus/icmp.c \
	argus/ip.c \
	argus/key.c \
	argus/keylink.c \
	argus/keystroke.c \
	argus/link.c \
	argus/live.c \
	argus/livespec.c \
	argus/metrics.c \
	argus/pcapfile.c \
	argus/pcapng.c \
	argus/probe.c \
	argus/table.c \
	argus/tcp.c \
	argus/timers.c \
	argus/tunnel.c \
	argus/udp.c \
	argus/udt.c \
	argus/update.c \
	argus/wlan.c
noinst_HEADERS += \
	argus/capture.h \
	argus/capture_impl.h \
	argus/daemon.h \
	argus/decode.h \
	argus/flow.h \
	argus/log.h \
	argus/output.h \
	argus/packet.h \
	argus/probe.h \
	argus/run.h \
	argus/settings.h \
	argus/table.h \
	argus/walk.h

# The program: what surrounds the engine
sbin_PROGRAMS += argus/argus
argus_argus_SOURCES = \
	argus/argus.c \
	argus/config.c \
	argus/daemon.c \
	argus/log.c \
	argus/mars.c \
	argus/options.c \
	argus/order.c \
	argus/output.c \
	argus/run.c \
	argus/settings.c
argus_argus_LDADD = libprobe.a $(LDADD) $(LIBPCAP_LIBS)

# Its tests
if HAVE_CMOCKA
check_PROGRAMS += \
	tests/unit/test_capture \
	tests/unit/test_decode \
	tests/unit/test_probe \
	tests/unit/test_probe_rows
endif
tests_unit_test_capture_SOURCES = tests/unit/test_capture.c
tests_unit_test_capture_LDADD = libprobe.a $(unit_ldadd) $(LIBPCAP_LIBS)
tests_unit_test_decode_SOURCES = tests/unit/test_decode.c
tests_unit_test_decode_LDADD = libprobe.a $(unit_ldadd) $(LIBPCAP_LIBS)
noinst_HEADERS += tests/unit/hex.h
tests_unit_test_probe_SOURCES = tests/unit/test_probe.c tests/unit/probe_kit.c
tests_unit_test_probe_LDADD = libprobe.a $(unit_ldadd) $(LIBPCAP_LIBS)
tests_unit_test_probe_rows_SOURCES = tests/unit/test_probe_rows.c tests/unit/probe_kit.c
tests_unit_test_probe_rows_LDADD = libprobe.a $(unit_ldadd) $(LIBPCAP_LIBS)
noinst_HEADERS += tests/unit/probe_kit.h tests/unit/probe_rows.h

check_PROGRAMS += \
	tests/fuzz/fuzz_capture \
	tests/fuzz/fuzz_packet
tests_fuzz_fuzz_capture_SOURCES = tests/fuzz/fuzz_capture.c $(fuzz_main)
tests_fuzz_fuzz_capture_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_capture_LDADD = libprobe.a $(LDADD) $(LIBPCAP_LIBS)
tests_fuzz_fuzz_packet_SOURCES = tests/fuzz/fuzz_packet.c $(fuzz_main)
tests_fuzz_fuzz_packet_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_packet_LDADD = libprobe.a $(LDADD) $(LIBPCAP_LIBS)

# The probe
noinst_LIBRARIES += libprobe.a
libprobe_a_SOURCES = \
	argus/capture.c \
	argus/decode.c \
	argus/ip.c \
	argus/key.c \
	argus/keylink.c \
	argus/link.c \
	argus/live.c \
	argus/livespec.c \
	argus/pcapfile.c \
	argus/pcapng.c \
	argus/tunnel.c \
	argus/wlan.c
noinst_HEADERS += \
	argus/capture.h \
	argus/capture_impl.h \
	argus/decode.h \
	argus/packet.h \
	argus/walk.h

# Its tests
if HAVE_CMOCKA
check_PROGRAMS += \
	tests/unit/test_capture \
	tests/unit/test_decode
endif
tests_unit_test_capture_SOURCES = tests/unit/test_capture.c
tests_unit_test_capture_LDADD = libprobe.a $(unit_ldadd)
tests_unit_test_decode_SOURCES = tests/unit/test_decode.c
tests_unit_test_decode_LDADD = libprobe.a $(unit_ldadd)
noinst_HEADERS += tests/unit/hex.h
EXTRA_DIST += tests/conformance-allow.tsv

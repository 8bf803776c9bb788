# Floor 0
libargus_common_a_SOURCES += \
	common/base/buf.c \
	common/base/clock.c \
	common/base/clock_text.c \
	common/base/ending.c \
	common/base/err.c \
	common/base/hash.c \
	common/base/log.c \
	common/base/nearest.c \
	common/base/names.c \
	common/base/names_host.c \
	common/base/names_link.c \
	common/base/names_mac.c \
	common/base/names_service.c \
	common/base/num.c \
	common/base/slab.c \
	common/base/worker.c
noinst_HEADERS += \
	common/base/zone.h \
	include/argus/base/banned.h \
	include/argus/base/buf.h \
	include/argus/base/clock.h \
	include/argus/base/compat.h \
	include/argus/base/ending.h \
	include/argus/base/err.h \
	include/argus/base/hash.h \
	include/argus/base/log.h \
	include/argus/base/nearest.h \
	include/argus/base/names.h \
	include/argus/base/num.h \
	include/argus/base/pen.h \
	include/argus/base/slab.h \
	include/argus/base/worker.h \
	include/argus/base/span.h

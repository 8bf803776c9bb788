# Floor 1
libargus_common_a_SOURCES += \
	common/record/record.c
noinst_HEADERS += \
	include/argus/record/dsr.h \
	include/argus/record/flow.h \
	include/argus/record/mar.h \
	include/argus/record/record.h \
	include/argus/record/wire.h

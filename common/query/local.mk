# Floor 3
libargus_common_a_SOURCES += \
	common/query/timerange.c \
	common/query/timerange_parse.c
noinst_HEADERS += \
	include/argus/query/fields.h \
	include/argus/query/filter.h \
	include/argus/query/style.h \
	include/argus/query/timerange.h

# Floor 3
noinst_HEADERS += \
	include/argus/query/fields.h \
	include/argus/query/filter.h \
	include/argus/query/style.h

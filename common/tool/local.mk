# Floor 5
libargus_common_a_SOURCES += \
	common/tool/rc.c
noinst_HEADERS += \
	include/argus/tool/rc.h \
	include/argus/tool/tool.h

# Floor 5
noinst_HEADERS += \
	include/argus/tool/tool.h

# Floor 4
noinst_HEADERS += \
	include/argus/out/writer.h

# Floor 2
noinst_HEADERS += \
	include/argus/io/sink.h \
	include/argus/io/source.h

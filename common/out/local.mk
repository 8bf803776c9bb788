# Floor 4
noinst_HEADERS += \
	include/argus/out/writer.h
libargus_common_a_SOURCES += \
	common/out/delimited.c \
	common/out/escape.c \
	common/out/json.c \
	common/out/text.c \
	common/out/writer.c \
	common/out/xml.c
noinst_HEADERS += \
	common/out/backend.h \
	common/out/escape.h

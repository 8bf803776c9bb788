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

# What documents the columns is made from the field table.
noinst_PROGRAMS += common/out/describe
common_out_describe_SOURCES = common/out/describe.c
schemadir = $(pkgdatadir)
nodist_schema_DATA = support/argus.xsd support/argus.schema.json
CLEANFILES += $(nodist_schema_DATA)
support/argus.xsd: common/out/describe$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) support && common/out/describe xsd >$@.tmp && mv $@.tmp $@
support/argus.schema.json: common/out/describe$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) support && common/out/describe json >$@.tmp && mv $@.tmp $@

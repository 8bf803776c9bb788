# Floor 3
libargus_common_a_SOURCES += \
	common/query/timerange.c \
	common/query/timerange_parse.c
noinst_HEADERS += \
	include/argus/query/fields.h \
	include/argus/query/filter.h \
	include/argus/query/style.h \
	include/argus/query/timerange.h
	include/argus/query/style.h
libargus_common_a_SOURCES += \
	common/query/community_id.c \
	common/query/fields.c \
	common/query/fields_columns.c \
	common/query/fields_get_count.c \
	common/query/fields_get_ip.c \
	common/query/fields_get_jitter.c \
	common/query/fields_get_key.c \
	common/query/fields_get_misc.c \
	common/query/fields_get_tcp.c \
	common/query/fields_get_time.c \
	common/query/fields_print.c \
	common/query/fields_print_addr.c \
	common/query/fields_print_flags.c \
	common/query/fields_print_hist.c \
	common/query/fields_print_mar.c \
	common/query/fields_print_misc.c \
	common/query/fields_print_port.c \
	common/query/fields_print_state.c \
	common/query/fields_print_time.c \
	common/query/fields_print_user.c \
	common/query/fields_table.c \
	common/query/style.c
noinst_HEADERS += \
	common/query/fields_print.h \
	common/query/fields_rows.h \
	common/query/fields_user.h

# Floor 1
libargus_common_a_SOURCES += \
	common/record/dsr.c \
	common/record/dsr_count.c \
	common/record/dsr_key.c \
	common/record/dsr_link.c \
	common/record/dsr_network.c \
	common/record/dsr_note.c \
	common/record/flow.c \
	common/record/flow_turn.c \
	common/record/mar.c \
	common/record/plain.c \
	common/record/record.c \
	common/record/shape.c \
	common/record/times.c
noinst_HEADERS += \
	common/record/agr.h \
	common/record/dsr_codec.h \
	common/record/flow_turn.h \
	common/record/plain_key.h \
	common/record/tcp_perf.h \
	common/record/near.h \
	common/record/times.h \
	include/argus/record/dsr.h \
	include/argus/record/flow.h \
	include/argus/record/mar.h \
	include/argus/record/plain.h \
	include/argus/record/record.h \
	include/argus/record/shape.h \
	include/argus/record/wire.h

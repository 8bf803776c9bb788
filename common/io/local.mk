# Floor 2
libargus_common_a_SOURCES += \
	common/io/ahead.c \
	common/io/directory.c \
	common/io/input.c \
	common/io/lzw.c \
	common/io/net_address.c \
	common/io/net_client.c \
	common/io/net_login.c \
	common/io/net_peer.c \
	common/io/net_udp.c \
	common/io/netflow.c \
	common/io/netflow_file.c \
	common/io/netflow_v9.c \
	common/io/pack_bzip2.c \
	common/io/pack_gzip.c \
	common/io/pack_xz.c \
	common/io/pack_zstd.c \
	common/io/packing.c \
	common/io/reader.c \
	common/io/sflow.c \
	common/io/sflow_frame.c \
	common/io/sink.c \
	common/io/source.c \
	common/io/tail.c
if HAVE_SASL
libargus_common_a_SOURCES += common/io/net_ask.c common/io/net_sasl.c common/io/net_sasl_layer.c
else
libargus_common_a_SOURCES += common/io/net_sasl_none.c
endif
noinst_HEADERS += \
	common/io/ahead.h \
	common/io/directory.h \
	common/io/input.h \
	common/io/net_address.h \
	common/io/net_ask.h \
	common/io/net_client.h \
	common/io/net_login.h \
	common/io/net_peer.h \
	common/io/net_receive.h \
	common/io/net_sasl.h \
	common/io/net_sasl_private.h \
	common/io/net_udp.h \
	common/io/netflow.h \
	common/io/netflow_file.h \
	common/io/netflow_private.h \
	common/io/packing.h \
	common/io/reader.h \
	common/io/tail.h \
	include/argus/io/sink.h \
	include/argus/io/source.h

# Floor 5
libargus_common_a_SOURCES += \
	common/tool/command.c \
	common/tool/daemon.c \
	common/tool/loop.c \
	common/tool/match.c \
	common/tool/memory.c \
	common/tool/modes.c \
	common/tool/options.c \
	common/tool/output.c \
	common/tool/own.c \
	common/tool/percent.c \
	common/tool/progress.c \
	common/tool/rarc.c \
	common/tool/rc.c \
	common/tool/replace.c \
	common/tool/record.c \
	common/tool/set.c \
	common/tool/signals.c \
	common/tool/tool.c \
	common/tool/usage.c
noinst_HEADERS += \
	common/tool/run_private.h \
	include/argus/tool/match.h \
	include/argus/tool/rarc.h \
	include/argus/tool/rc.h \
	include/argus/tool/replace.h \
	include/argus/tool/tool.h

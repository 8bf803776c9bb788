# The probe
noinst_HEADERS += \
	argus/capture.h \
	argus/decode.h

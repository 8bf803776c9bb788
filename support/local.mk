# Configuration examples, units, scripts, completion
EXTRA_DIST += support/ra.conf

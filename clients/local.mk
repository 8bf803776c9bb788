# The clients: one file a tool
bin_PROGRAMS += ra
ra_SOURCES = clients/ra.c

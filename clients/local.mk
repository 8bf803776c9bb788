# The clients: one file a tool
bin_PROGRAMS += clients/ra
clients_ra_SOURCES = clients/ra.c

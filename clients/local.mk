# The clients: one file a tool
bin_PROGRAMS += ra
ra_SOURCES = clients/ra.c
bin_PROGRAMS += racluster
racluster_SOURCES = clients/racluster.c

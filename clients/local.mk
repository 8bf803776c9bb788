# The clients: one file a tool
bin_PROGRAMS += ra
ra_SOURCES = clients/ra.c
bin_PROGRAMS += racluster
racluster_SOURCES = clients/racluster.c
bin_PROGRAMS += racount
racount_SOURCES = clients/racount.c clients/racount_addr.c
noinst_HEADERS += clients/racount_addr.h
bin_PROGRAMS += rasort
rasort_SOURCES = clients/rasort.c
bin_PROGRAMS += rabins
rabins_SOURCES = clients/rabins.c
bin_PROGRAMS += rasplit rastream
rasplit_SOURCES = clients/rasplit.c clients/series.c clients/split.c
rastream_SOURCES = clients/rastream.c clients/series.c clients/split.c
noinst_HEADERS += clients/series.h clients/split.h

# Manual pages
dist_man_MANS += man/ra-filter.7
dist_man_MANS += man/ra.1 man/rarc.5
EXTRA_DIST += man/tables.awk man/update
dist_man_MANS += man/argus.8 man/argus.conf.5
dist_man_MANS += man/rahisto.1 man/rastrip.1 man/ratimerange.1
dist_man_MANS += man/racluster.1 man/racluster.conf.5 man/rabins.1 man/rasort.1 man/rasplit.1 man/rastream.1 man/racount.1 man/argusarchive.8

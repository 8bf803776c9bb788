# Manual pages
dist_man_MANS += man/ra-filter.7

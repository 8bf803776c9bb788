#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# For rastream -f: compacts and compresses each finished file. Called with -r FILE.
[ "$1" = -r ] && [ -f "$2" ] || { echo "usage: $0 -r FILE" >&2; exit 1; }
racluster -X -M replace -r "$2" && exec gzip -- "$2"

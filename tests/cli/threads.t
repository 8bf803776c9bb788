#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Records come out the same, in the same order, however many threads merge them and
# however little memory there is.
. "$SRC/tests/cli/lib.sh"

"$BUILD/tests/bench/mkinput" "$T/capture" 30000 3000 || exit 1
"$BUILD/argus/argus" -X -S 0.01 -r "$T/capture" -w "$T/probe"
mkrecords -a -m >"$T/everything"
cat "$T/probe" "$T/everything" >"$T/in"

# What follows the first management record, which tells the clock.
flows() { tail -c +129 "$1" | cksum; }

same() {
	"$@" -X -r "$T/in" -w "$T/1"
	wanted=$(flows "$T/1")
	for mode in threads=2 threads=4 memory=1m "memory=32m -M threads=3"; do
		"$@" -X -M $mode -r "$T/in" -w "$T/2" 2>"$T/err"
		is "$* with $mode" "$wanted" "$(flows "$T/2")"
		rm -f "$T/2"
	done
	rm -f "$T/1"
}

same racluster
same racluster -m saddr
same racluster -m saddr/24 daddr
same racluster -M rmon -m saddr
same racluster -M correct
same racluster -M nopreserve -m proto
same racluster -m none
same racluster -P bytes
same rabins -M time 0.01s -m saddr
same rabins -M time 0.01s
same rabins -M hard -M time 0.02s -m proto

run racluster -M threads=0 -r "$T/in"
ends "no threads at all" 1
has "says what is wanted" "from 1 to 64" "$err"
finish

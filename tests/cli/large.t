#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Hundreds of thousands of flows: tables grow, memory comes from the system by itself, sorting takes
# several passes, and with -M memory there are many files. Nothing is lost, and the order is the same.
. "$SRC/tests/cli/lib.sh"
export TMPDIR="$T"
ulimit -n 700 # files of what is beyond the memory are not so many
cd "$T" || exit 1

records() { awk '/ sum /{print $2}'; }
sums() { awk '/ sum /{print $3, $6}'; } # packets bytes
ordered() { LC_ALL=C sort -c "$@" 2>&1; }

"$BUILD/tests/bench/mkinput" capture 800000 250000 || exit 1
run "$BUILD/argus/argus" -X -S 0.5 -r capture -w probe
ends "argus with 250,000 flows" 0
is "all packets are in records" 800000 "$(racount -X -r probe | sums | cut -d' ' -f1)"
rm -f capture

# 100,000 flows more, a third of them of IPv6; every other one twice, the second time from the other end.
awk 'BEGIN {
	for (i = 0; i < 150000; i++) {
		flow = i % 100000
		v6 = flow % 3 == 0
		a = v6 ? sprintf("2001:db8::%x:%x", flow / 65536, flow % 65536) : "10.200." int(flow / 250) % 250 "." flow % 250
		b = v6 ? sprintf("2001:db8:1::%x", flow % 4001) : "192.168." flow % 40 "." flow % 249
		proto = flow % 2 ? 17 : 132
		turned = i >= 100000
		start = 1700000000 + int(i / 60000) "." sprintf("%06d", i * 31 % 1000000)
		printf "%s,%s,0,1,%d,%s,%d,->,%s,%d,%d,2,%d,140,0,0,CON,sttl=%d,svlan=%d,suser=GET%d\n", start, start, proto, turned ? b : a,
			proto == 17 ? (turned ? 53 : 1024 + flow % 50000) : 0, turned ? a : b,
			proto == 17 ? (turned ? 1024 + flow % 50000 : 53) : 0, 1 + i % 7, 100 + i % 1000, 32 + i % 200, 1 + flow % 300, i
	}
}' | mkrows >mixed
ra -X -r probe mixed -w in
all=$(racount -X -r in | sums)
is "both together" "$all" "$(racount -X -r probe mixed | sums)"

# keeps TIMES COMMAND ...: it ends well, and has so many times the packets and bytes of the input, in `out`.
keeps() {
	times=$1; shift
	rm -rf out; mkdir out
	run "$@"
	ends "$*" 0
	is "$*: packets and bytes" "$(echo "$all" | awk -v n="$times" '{printf "%d %d", $1 * n, $2 * n}')" "$(racount -X -R out | sums)"
}

# anyhow MODES TIMES COMMAND ...: the same, with these modes of memory and threads.
anyhow() {
	modes=$1; shift
	keeps "$@" -X -r in -w out/1
	mv out/1 wanted
	shift
	for mode in $modes; do
		run "$@" -M $mode -X -r in -w got
		ends "$* -M $mode" 0
		if cmp -s -i 128 wanted got; then pass "$* -M $mode: the same"; else fail "$* -M $mode: the same"; fi
		rm -f got
	done
}

anyhow threads=2 1 racluster
flows=$(racount -X -r wanted | records)
anyhow memory=8m 1 racluster -P saddr
anyhow threads=3 1 racluster -M correct -P saddr
is "opposite directions meet" true "$([ "$(racount -X -r wanted | records)" -lt "$flows" ] && echo true)"
anyhow memory=32m 2 racluster -M rmon -m saddr
anyhow memory=8m 1 rasort -m saddr
is "sorted by address" "" "$(ra -X -r wanted -L-1 -s saddr - ipv4 | tr . ' ' | ordered -n -k1,1 -k2,2 -k3,3 -k4,4)"
anyhow memory=8m 1 rasort -m -bytes proto
is "sorted by bytes" "" "$(ra -X -r wanted -L-1 -s bytes | ordered -rn)"
anyhow memory=24m 1 rabins -M time 1s
keeps 1 rabins -M count 160000 -X -r in -w out/1
keeps 1 rabins -M time 2s -P bytes -X -r in -w out/1
is "a file is read four times" $((4 * $(racount -X -r wanted | records))) \
	"$(ra -X -r wanted wanted wanted wanted -w - | racluster -X -m none -r - -w - | racount -X -r - | records)"
rm -f wanted

keeps 1 rasplit -M count 700 -X -r in -w out/x.
keeps 1 rastream -M time 1s -X -r in -w out/%S.%T
rm -rf out

printf 'filter="tcp" model="saddr sport daddr dport proto" status=1 idle=1\nfilter="" model="saddr proto" idle=2\n' >timers
keeps 1 racluster -f timers -X -r in -w out/1
run ra -X -N 100000-300000 -r in -w out/2
is "a stretch of records" 200001 "$(racount -X -r out/2 | records)"
is "a histogram counts all" "$(racount -X -r in | records)" "$(rahisto -X -H bytes 20 -r in | awk '$1 ~ /^[0-9]+$/ {n += $3} END {print n}')"
finish

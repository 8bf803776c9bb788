# SPDX-License-Identifier: GPL-3.0-or-later
# Flows of one record, which nothing was merged into: their statistics, and what is left as it is.
. "$SRC/tests/cli/lib.sh"
cd "$T" || exit 1
mkrows >a <<'END'
1000.0,1002.500000,2.5,1,6,10.0.0.1,40000,->,10.0.0.2,80,30,20,3000,2000,0,0,CON
1001.0,1001.500000,0.5,1,17,10.0.0.3,40001,->,10.0.0.2,53,1,1,70,90,0,0,CON
END
pieces="2.500000 1 2.500000 1 0.500000 1 2.500000 1"

is "a piece is shown with the statistics of its record" "$pieces" "$(words rabins -X -L-1 -M time 1s -r a -s mean trans)"
rabins -X -M time 1s -r a -w b
is "which are not written: who reads it makes them of the piece" \
	"1.000000 1 1.000000 1 0.500000 1 0.500000 1" "$(words ra -X -L-1 -r b -s mean trans)"
is "nor are they for pieces that are not merged" "$(words ra -X -L-1 -r b -s mean)" \
	"$(rabins -X -M time 1s nomerge -r a -w - | words ra -X -L-1 -r - -s mean)"
rabins -X -M time 1s -m none -r a -w c
is "without a key they are" "$pieces" "$(words ra -X -L-1 -r c -s mean trans)"
is "a record that came with them loses them" "1.000000 1.000000 0.500000 0.500000" \
	"$(rabins -X -M time 1s -r c -w - | words ra -X -L-1 -r - -s mean)"
is "and keeps them without a key" "$(words ra -X -L-1 -r c -s mean)" "$(racluster -X -m none -r c -w - | words ra -X -L-1 -r - -s mean)"

printf 'RACLUSTER_AGG_METRIC=bytes\nfilter="" model="saddr"\n' >conf
is "another metric has its value" "5000.000000 1 160.000000 1" "$(words racluster -X -L-1 -f conf -r a -s mean:16 trans)"
is "also when it was written" "5000.000000 1 160.000000 1" "$(racluster -X -f conf -r a -w - | words ra -X -L-1 -r - -s mean:16 trans)"
is "for pieces that is the record's" "5000.000000 5000.000000 160.000000 5000.000000" "$(words rabins -X -L-1 -M time 1s -f conf -r a -s mean:16)"
is "and is what they are written with" "5000.000000 5000.000000 160.000000 5000.000000" \
	"$(rabins -X -M time 1s -f conf -r a -w - | words ra -X -L-1 -r - -s mean:16)"
mkrows >d <<'END'
1000.0,1002.500000,2.5,1,6,10.0.0.1,40000,->,10.0.0.2,80,30,20,3000,2000,0,0,CON,smac=9,svlan=0x4071,srcid=10.0.0.9
END
metric() { printf 'RACLUSTER_AGG_METRIC=%s\n' "$1" >conf; words racluster -X -L-1 -p1 -f conf -r d -s mean:30; }
is "times are seconds" "1000.0 1002.5" "$(metric stime) $(metric ltime)"
is "addresses are numbers" "167772160.0 167772176.0 144115188075855872.0" "$(metric saddr) $(metric srcid) $(metric smac)"
is "of a tag of 802.1Q the VLAN counts" "113.0" "$(metric svlan)"
printf 'RACLUSTER_AGG_METRIC=bytes\nfilter="" model="saddr" cont\nRACLUSTER_AGG_METRIC=dur\nfilter="" model="daddr"\n' >conf
is "each rule has its own metric" "5000.000000 160.000000 1.500000" "$(words racluster -X -L-1 -f conf -r a -s mean:16)"

is "what is not merged keeps its addresses" "udp 10.0.0.3.40001 10.0.0.2.53 tcp 10.0.0.1.40000 10.0.0.2.80 tcp 10.0.0.1.40000 10.0.0.2.80" \
	"$(words rabins -X -n -L-1 -M time 2s nomerge -m saddr/16 -s proto saddr sport daddr dport -P proto -r a)"
is "by any word that says so" "$(words rabins -X -n -L-1 -M time 1s nomerge -r a -s proto saddr sport daddr dport)" \
	"$(words rabins -X -n -L-1 -M time 1s -m none -r a -s proto saddr sport daddr dport)"
finish

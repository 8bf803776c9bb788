# SPDX-License-Identifier: GPL-3.0-or-later
# -M: management records, rmon, uni, parts of records, XML and JSON; -A, -q, -%.
. "$SRC/tests/cli/lib.sh"
mkrecords -l >"$T/a"
first() { words ra -X -L-1 -n -r "$T/a" "$@" - tcp and port 80; }

is "man prints management records" "man tcp udp icmp tcp udp man" "$(words ra -X -L-1 -s proto -M man -r "$T/a")"
is "noman does not" "tcp udp icmp tcp udp" "$(words ra -X -L-1 -s proto -M man noman -r "$T/a")"
is "a mode may be shortened, in any case" "10.0.0.1 10.0.0.2" "$(first -M RMON -s saddr)"
is "rmon turns every record round" "10.0.0.1 40000 10.0.0.2 80 5 4 10.0.0.2 80 10.0.0.1 40000 4 5" \
	"$(first -c' ' -M rmon -s saddr sport daddr dport spkts dpkts)"
is "and calls nobody the responder" "INT INT" "$(words ra -X -L-1 -M rmon -s state -r "$T/a" - port 123)"
has "and changes the titles" "OutPkts" "$(ra -X -r "$T/a" -M rmon -s spkts)"
is "uni makes a record of each direction" "10.0.0.1 10.0.0.2 5 0 10.0.0.2 10.0.0.1 4 0" "$(first -M uni -s saddr daddr spkts dpkts)"
is "uni makes none of a direction without packets" "10.0.0.7" "$(words ra -X -L-1 -M uni -s saddr -r "$T/a" - port 123)"
is "rmon and uni are written too" "10" "$(ra -X -r "$T/a" -M rmon -w - | words ra -X -L-1 -s seq | wc -w | tr -d ' ')"

is "dsrs= keeps what it names" "03:20:00.000000" "$(first -M dsrs=time,flow -s pkts stime)"
is "dsrs=- takes away what it names" "9 00:00:00.000000" "$(first -M dsrs=-time -s pkts stime)"
run ra -X -M dsrs=-metrik; has "a part that does not exist is named with its like" "is it metric?" "$err"

is "TZ= sets the zone" "22:20:00.000000" "$(first -M TZ=EST5 -s stime)"
has "printer=hex prints user data in hex" "4745 5420" "$(words ra -X -L-1 -M printer=hex -s suser:80 -r "$T/a" - port 80)"
run ra -X -M printer=morse; ends "a form that does not exist is refused" 1
is "poll reads no flows" "" "$(words ra -X -M poll -r "$T/a")"
is "poll reads the first management record" "man" "$(words ra -X -L-1 -M poll man -s proto -r "$T/a")"

is "-q prints nothing" "" "$(words ra -X -q -r "$T/a")"
run ra -X -q -r "$T/a" - port 9999; ends "but the status is the same" 1
is "-A prints totals" "Totalrecords 7 TotalManRecords 2 TotalFarRecords 5 TotalPkts 46 TotalBytes 26192" "$(words ra -X -A -q -r "$T/a")"
is "with its numbers in columns" " Totalrecords 7         TotalManRecords 2         TotalFarRecords 5        TotalPkts 46       TotalBytes 26192   " "$(ra -X -A -q -r "$T/a")"
is "-A counts what passes" "Totalrecords 2 TotalManRecords 2 TotalFarRecords 5 TotalPkts 39 TotalBytes 25500" "$(words ra -X -A -q -r "$T/a" - tcp)"
is "-% prints shares" "19.57 4.35 8.70 65.22 2.17" "$(words ra -X -L-1 -% -p2 -s pkts -r "$T/a")"
is "of each end, too" "pOutPkts,pInPkts,pOutBytes,pInBytes,pOAppBytes,pIAppBytes" \
	"$(racluster -X -M rmon -% -c, -s spkts dpkts sbytes dbytes sappbytes dappbytes -r "$T/a" | head -1)"
is "so they are sorted" "65.22 19.57 8.70 4.35 2.17" "$(words rasort -X -L-1 -% -p2 -m pkts -s pkts -r "$T/a")"
is "-% reads standard input too" "$(words ra -X -% -s pkts:12 -r "$T/a")" "$(words ra -X -% -s pkts:12 <"$T/a")"
mkdir "$T/tmp"
TMPDIR=$T/tmp ra -X -% <"$T/a" >/dev/null; is "and leaves no file behind" "" "$(ls "$T/tmp")"

if command -v jq >/dev/null; then
	is "json is JSON" "10.0.0.1 10.0.0.3 10.0.0.5 2001:db8::1 10.0.0.7" "$(ra -X -M json -r "$T/a" | jq -r .saddr | tr '\n' ' ' | sed 's/ $//')"
	is "numbers are numbers" "26192" "$(ra -X -M json -r "$T/a" | jq -s 'map(.bytes) | add')"
	is "any user data is text" 'a"b<c>&\d' "$(ra -X -M json -s suser:20 -r "$T/a" - port 123 | jq -r .suser)"
	is "every column can be JSON" "5" "$(ra -X -M json -s $(ra --describe | awk -F'\t' '$1 == "column" { print $2 }') -r "$T/a" | jq -s length)"
fi
if command -v xmllint >/dev/null; then
	ra -X -M xml -s $(ra --describe | awk -F'\t' '$1 == "column" { print $2 }') -r "$T/a" >"$T/xml"
	run xmllint --noout "$T/xml"; ends "xml is XML" 0
	ra -X -M xml -N 0 -r "$T/a" >"$T/xml" 2>/dev/null
	ra -X -M xml -N 1 -r "$T/a" >"$T/xml"; run xmllint --noout "$T/xml"; ends "also when it ends early" 0
fi

# racount: what it has met the like of is counted from its bytes, unless more than the sum is asked for.
mkrecords >"$T/like"
sum() { racount -X "$@" -r "$T/like" "$T/like" "$T/like" | sed -n 's/ *$//; s/  */ /g; s/^ sum //p'; }
is "racount sums records as they were read" "15 138 57 81 78576 5568 73008" "$(sum)"
is "and by protocol, opened" "15 138 57 81 78576 5568 73008" "$(sum -M proto)"

# racount: Ethernet types without names. Those that Argus 3 prints, below 0x1000, are called as it does.
frame() { # TYPE, as octal: a packet of 60 bytes
	printf '\000\000\000\000\000\000\000\000\074\000\000\000\074\000\000\000\002\000\000\000\000\002\002\000\000\000\000\001'
	printf "$1"
	head -c 46 /dev/zero
}
{
	printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\000\000\001\000\001\000\000\000'
	for type in '\010\201' '\211\002' '\231\231' '\210\314'; do frame "$type"; done
} >"$T/types.pcap"
argus -X -r "$T/types.pcap" -w "$T/types"
is "types without names have numbers" "unknown lldp 0x8902 0x9999" "$(racount -X -M proto -r "$T/types" | awk 'NR > 3 { print $1 }' | tr '\n' ' ' | sed 's/ $//')"
is "-n: those without names have them in full" "2177 lldp 35074 39321" "$(racount -X -n -M proto -r "$T/types" | awk 'NR > 3 { print $1 }' | tr '\n' ' ' | sed 's/ $//')"
is "-nn: all have" "2177 35020 35074 39321" "$(racount -X -nn -M proto -r "$T/types" | awk 'NR > 3 { print $1 }' | tr '\n' ' ' | sed 's/ $//')"

start=$(date +%s%N)
ra -X -M rtime:20 -q -r "$T/a"
[ $(($(date +%s%N) - start)) -ge 150000000 ] && pass "rtime waits as long as it took" || fail "rtime waits as long as it took"
finish

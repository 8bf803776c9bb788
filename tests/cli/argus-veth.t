# SPDX-License-Identifier: GPL-3.0-or-later
# The probe on an interface: what is replayed over a pair of virtual ones gives
# the records that the file gives, but for the times.
. "$SRC/tests/cli/lib.sh"
argus=$BUILD/argus/argus
network

mars() { ra -X -L-1 -M man -s pkts -r "$1" 2>/dev/null; }
table() { ra -X -n -L-1 -s proto saddr sport daddr dport spkts dpkts sbytes dbytes -r "$1" - not man | sort; }
stop() { kill -TERM "$pid"; wait "$pid"; status=$?; }

"$BUILD/tests/bench/mkinput" "$T/in.pcap" 100000 2000 || exit 1
"$argus" -X -S 60 -r "$T/in.pcap" -w "$T/offline"
echo 'ARGUS_PCAP_BUF_SIZE=200M' >"$T/conf"

# What the machine itself drops between the two ends, before the probe could see it: its
# queue takes 1,000 packets as a rule, and often cannot be made longer.
dropped() { inside ip -j -s link show va | jq '.[0].stats64.tx.dropped'; }
backlog=$(sysctl -n net.core.netdev_max_backlog 2>/dev/null)
sysctl -qw net.core.netdev_max_backlog=100000 2>/dev/null

# capture RATE: false if that dropped packets.
capture() {
	before=$(dropped)
	rm -f "$T/live"
	nsenter --net="/run/netns/$ns" "$argus" -F "$T/conf" -S 60 -M 1 -v -D 1 -i vb -w "$T/live" 2>"$T/err" & pid=$!
	eventually capturing || fail "the probe listens" "$(cat "$T/err")"
	inside tcpreplay -q -p "$1" -i va "$T/in.pcap" >/dev/null 2>&1
	[ "$(dropped)" = "$before" ]
}
for rate in 20000 10000 5000 2500; do
	capture $rate && break
	echo "# packets were dropped before the probe: once more, slower"
	stop
done
[ -z "$backlog" ] || sysctl -qw net.core.netdev_max_backlog="$backlog" 2>/dev/null
mv "$T/live" "$T/moved"
eventually test -s "$T/live" && pass "an output that was moved away is made anew" || fail "an output that was moved away is made anew"
is "with a MAR at its start" "83100020" "$(od -An -tx1 -N4 "$T/live" | tr -d ' ')"
stop
ends "SIGTERM ends the probe in good order" 0
cat "$T/moved" "$T/live" >"$T/all"
table "$T/offline" >"$T/wanted"
table "$T/all" >"$T/got"
has "every packet was seen" "100000 packets read: 100000 in records" "$(cat "$T/err")"
is "the records are those of the file" "" "$(diff "$T/wanted" "$T/got" | head -5)"
is "the last MAR says so" "83300020" "$(tail -c 128 "$T/live" | od -An -tx1 -N4 | tr -d ' ')"

# The packets that the status and STOP MARs report, one after the other, are all of them.
packets=0
for file in "$T/moved" "$T/live"; do
	for at in $(LC_ALL=C grep -obUaP '\x83[\x20\x30]\x00\x20' "$file" | cut -d: -f1); do
		n=$(od -An -tu8 --endian=big -j$((at + 48)) -N8 "$file" | tr -d ' ')
		[ "$n" -le 100000 ] && packets=$((packets + n))
	done
done
is "management records add up" 100000 "$packets"
finish

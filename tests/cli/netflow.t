# SPDX-License-Identifier: GPL-3.0-or-later
# NetFlow and sFlow, from files and as datagrams: export packets are read as records.
. "$SRC/tests/cli/lib.sh"
python3 -I -S -c 'import socket' 2>/dev/null || skip_all "no python3 for export packets"
export_packets() { python3 -I -S "$SRC/tests/cli/netflow.py" "$@"; }
fields() { run ra -X -u -p 1 -c , -L-1 "$@"; }

export_packets v5 3 >"$T/v5"
export_packets v9 3 >"$T/v9"
export_packets sflow 3 >"$T/sflow"

fields -r "cisco:$T/v5" -s stime ltime proto saddr sport dir daddr dport spkts sbytes dpkts stos sas das -N 1
is "a file of version 5 is read" "1699999991.5,1699999993.5,tcp,10.0.0.1,1234,->,10.0.0.2,http,5,700,0,32,64512,64513" "$(echo "$out" | tr -d ' ')"
ends "with status 0" 0
is "without a message" "" "$err"
fields -r "jflow:$T/v9" -s stime ltime saddr spkts sbytes sttl
is "one of version 9 too" "1699999991.0,1699999993.0,10.0.0.1,5,700,64
1699999991.0,1699999993.0,10.0.0.1,6,700,64
1699999991.0,1699999993.0,10.0.0.1,7,700,64" "$out"
touch -d '2024-03-01 10:00:00 UTC' "$T/sflow"
fields -r "sflow:$T/sflow" -s stime srcid saddr dport spkts sbytes -N 1
is "and one of sFlow, whose time is that of the file" "1709287200.0,10.0.0.9,10.0.0.1,http,100,150000" "$out"

pkts() { run ra -X -L-1 -s spkts "$@"; out=$(echo $out); }
gzip -k "$T/v5"
pkts -r "cisco:$T/v5.gz"; is "compressed files are read" "5 6 7" "$out"
run sh -c "ra -X -L-1 -s spkts -r cisco:- <'$T/v5.gz'"; is "also on standard input" "5 6 7" "$(echo $out)"
pkts -r "cisco:$T/v5" "$T/v9"; is "the type holds for all files of its -r" "5 6 7 5 6 7" "$out"
mkrecords >"$T/a"
pkts -r "cisco:$T/v5" -r "$T/a"
is "and for no other" "5 6 7 $(words ra -X -L-1 -s spkts -r "$T/a")" "$out"
echo "RA_INPUT_FILE=cisco:$T/v5" >"$T/rc"
pkts -F "$T/rc"; is "a configuration names such files" "5 6 7" "$out"
pkts -r "cisco:$T/v5" - dst port 443; ends "a filter selects" 1
run racluster -X -L-1 -m proto -s spkts -r "cisco:$T/v5"; is "every client reads them" "18" "$(echo $out)"
run ra -X -L-1 -p 1 -% -s spkts -r cisco:- <"$T/v5"; is "twice, if need be" "27.8 33.3 38.9" "$(echo $out)"
run ra -X -r "cisco:$T/v5" -w "$T/o"
is "what is written are records" "5 6 7" "$(words ra -X -L-1 -s spkts -r "$T/o")"
is "behind an initial one of theirs" "b3100020" "$(od -An -tx1 -N4 "$T/o" | tr -d ' ')"
run ra -X -M json -r "cisco:$T/v5" -N 1; has "they are of a type of their own" '"type":"netflow"' "$out"

for half in "client 10.0.0.1, ->,10.0.0.2,5" "server 10.0.0.1, ->,10.0.0.2,0"; do
	export_packets "${half%% *}" >"$T/half"
	fields -s saddr dir daddr spkts -r "cisco:$T/half"
	is "the ${half%% *}'s half of a connection starts at the client" "$(echo "${half#* }" | tr -d ' ')" "$(echo "$out" | tr -d ' ')"
done
export_packets client >"$T/both"; export_packets server >>"$T/both"
run racluster -X -L-1 -s saddr spkts dpkts -r "cisco:$T/both"; is "and both become one flow" "10.0.0.1 5 5" "$(echo $out)"

# What cannot be read.
{ export_packets v5 10; export_packets junk 2; export_packets v5 10; } >"$T/damaged"
pkts -r "cisco:$T/damaged"; is "around damage all is read" "20" "$(echo $out | wc -w)"
ends "with status 3" 3
is "and it is counted" "ra: $T/damaged: damaged in 1 places, 100 bytes skipped" "$err"
{ export_packets v5 10; export_packets cut; } >"$T/damaged"
pkts -r "cisco:$T/damaged"; is "a file that is cut off is read to its end" "10" "$(echo $out | wc -w)"
has "which is said" "ends inside a record" "$err"
export_packets v5 v8 v7 v1 v9options >"$T/mixed"
pkts -r "cisco:$T/mixed"; is "versions may be mixed, those that are not read are passed over" "5 5 5" "$out"
is "and counted" "ra: $T/mixed: 1 export packets of versions that are not read skipped" "$err"
ends "which is no damage" 0
export_packets v9data v9 >"$T/early"
pkts -r "cisco:$T/early"; is "flows before their template are not read" "5" "$out"
is "which is said" "ra: $T/early: 1 sets of flows skipped, whose template was not sent before" "$err"
for type in cisco:NetFlow jflow:NetFlow sflow:sFlow; do
	run ra -X -r "${type%:*}:$T/a"; ends "records are no ${type#*:}" 1
	has "which is said" "'$T/a' is not ${type#*:} data" "$err"
done
for type in ft mysql; do
	run ra -X -r "$type:$T/a"; ends "$type: is refused" 1
	has "by name" "$type:$T/a unknown source type" "$err"
done

# What comes through a pipe is shown as it comes.
mkfifo "$T/fifo"
lines() { [ "$(wc -l <"$T/out")" -ge "$1" ]; }
: >"$T/out"
ra -X -L-1 -s spkts -r cisco:- <"$T/fifo" >"$T/out" 2>"$T/err" & pid=$!
exec 3>"$T/fifo"
export_packets v5 2 >&3; eventually lines 2
is "a pipe need not end for its packets to be read" "5 6" "$(echo $(cat "$T/out"))"
export_packets v9 2 >&3; eventually lines 3
exec 3>&-; wait "$pid"; status=$?
is "nor for those of version 9, but for the last" "5 6 5 6" "$(echo $(cat "$T/out"))"
ends "and its end is no error" 0

# Datagrams.
bound() { grep -qi ":$(printf %04x "$port") " /proc/net/udp /proc/net/udp6 2>/dev/null; }
# Whether what came for the port was taken from there.
drained() {
	awk -v port=":$(printf %04X "$port")$" '$2 ~ port && $5 !~ /:00000000$/ { left = 1 } END { exit left }' \
		/proc/net/udp /proc/net/udp6 2>/dev/null
}
port=$(export_packets --free-port)

# receive LINES OPTION ... -- KIND ...: what ra prints of the datagrams, until there are so many lines.
receive() {
	count=$1; shift
	words=; while [ "$1" != -- ]; do words="$words $1"; shift; done; shift
	: >"$T/out"
	ra -X -L-1 -s srcid spkts $words >"$T/out" 2>"$T/err" & pid=$!
	eventually bound || echo "# not bound: $(cat "$T/err")"
	export_packets --send "$@"
	eventually lines "$count" || echo "# only: $(cat "$T/out")"
	eventually drained
	kill -TERM "$pid"; wait "$pid"; status=$?
	out=$(echo $(cat "$T/out"))
	err=$(sed 's/^\([a-z0-9]*\)\[[0-9]*\]: [0-9:.]* /\1: /' "$T/err")
}
receive 2 -S "cisco://127.0.0.1:$port" -- "127.0.0.1:$port" v5 2
is "flows that are sent to us carry the exporter" "127.0.0.1 5 127.0.0.1 6" "$out"
ends "and end with a signal, in good order" 0
receive 2 -C "$port" -- "127.0.0.1:$port" v9 v5; is "-C takes a port" "127.0.0.1 5 127.0.0.1 5" "$out"
receive 1 -S "jflow://any:$port" -- "127.0.0.1:$port" v7; is "any address of ours will do" "127.0.0.1 5" "$out"
receive 1 -S "sflow://127.0.0.1:$port" -- "127.0.0.1:$port" sflow; is "sFlow names its agent" "10.0.0.9 100" "$out"
echo "RA_CISCONETFLOW_PORT=$port" >"$T/rc"
receive 1 -F "$T/rc" -- "127.0.0.1:$port" v5; is "a configuration names ports" "127.0.0.1 5" "$out"
receive 1 -F "$T/rc" -M man -- "127.0.0.1:$port" v5; is "no management record is made up for them" "127.0.0.1 5" "$out"
if [ -s /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; then
	receive 1 -S "cisco://[::1]:$port" -- "[::1]:$port" v5; is "exporters may be IPv6" "::1 5" "$out"
	receive 1 -C "$port" -- "[::1]:$port" v5; is "-C hears them too" "::1 5" "$out"
fi
receive 3 -C "$port" -- "127.0.0.1:$port" v9data v8 v8 cut v5 v9 v5; is "what cannot be read costs nothing else" "127.0.0.1 5 127.0.0.1 5 127.0.0.1 5" "$out"
is "and is said, versions at once" "ra: 127.0.0.1 sends NetFlow version 8, which is not read
ra: $port: damaged in 1 places
ra: $port: 2 export packets of versions that are not read skipped
ra: $port: 1 sets of flows skipped, whose template was not sent before" "$err"
ends "damage is status 3" 3

receive 5 -S "argus-udp://127.0.0.1:$port" -s seq -- "127.0.0.1:$port" "$T/a"
is "records come in datagrams, too" "$(words ra -X -L-1 -s srcid spkts seq -r "$T/a")" "$out"
ends "without a complaint" 0
tail -c +129 "$T/a" >"$T/late"
receive 5 -S "argus-udp://127.0.0.1:$port" -- "127.0.0.1:$port" "$T/late" junk
is "also to who joins late" "$(words ra -X -L-1 -s srcid spkts -r "$T/a")" "$out"
is "a datagram that is no record is damage" "ra: 127.0.0.1:$port: damaged in 1 places, 50 bytes skipped" "$err"

# What comes while nobody reads is more than the system holds: all that is missing is counted.
quiet() { drained && before=$(wc -l <"$T/out") && sleep 0.3 && drained && [ "$before" = "$(wc -l <"$T/out")" ]; }
: >"$T/out"
ra -X -L-1 -s spkts -C "$port" >"$T/out" 2>"$T/err" & pid=$!
eventually bound
export_packets --send "127.0.0.1:$port" v5; eventually lines 1
kill -STOP "$pid"; export_packets --send "127.0.0.1:$port" flood 40000; kill -CONT "$pid"
eventually quiet; export_packets --send "127.0.0.1:$port" v5; eventually quiet
kill -TERM "$pid"; wait "$pid"
dropped=$(sed -n 's/.* \([0-9]*\) datagrams dropped by the system.*/\1/p' "$T/err")
is "what the system drops is counted" "40002" "$(($(wc -l <"$T/out") + ${dropped:-0}))"
has "and said when it begins" "$port: datagrams come faster than they are read" "$(cat "$T/err")"

run ra -X -C "$port" -T 1; ends "nothing for a second is no error" 0
run ra -X -S cisco://192.0.2.1:9; ends "an address that is not ours is status 2" 2
has "and said" "bind to 192.0.2.1:9" "$err"
run ra -X -S cisco://me:secret@127.0.0.1; ends "users have no place here" 1
run ra -X -S 9996; has "a port alone is for -C" "port only" "$err"

# Other people's exporters: what they say they sent is what came, by protocol.
exported() { awk '$1 ~ /^(tcp|udp|icmp)$/ && $2 ~ /^\(/ { print $1, $4, $3 }' "$T/said" | sort; }
came() { racluster -X -L-1 -m proto -s proto spkts sbytes -r "$T/exported" 2>/dev/null | awk '{ print $1, $2, $3 }' | sort; }
is_all_here() { [ -s "$T/said" ] && [ -s "$T/exported" ] && [ "$(came)" = "$(exported)" ]; }

# collect COMMAND ...: runs it while ra collects.
collect() {
	rm -f "$T/exported"
	ra -X -C "$port" -w "$T/exported" 2>"$T/err" & pid=$!
	eventually bound
	"$@"
	eventually is_all_here
	kill -TERM "$pid"; wait "$pid"
}
soft() { timeout 20 softflowd -d -r "$T/sample.pcap" -n "127.0.0.1:$port" -v "$1" -p "$T/pid" -c none >"$T/said" 2>&1; }
replay() { timeout 20 nfreplay -r "$T/nf/store" -H 127.0.0.1 -p "$port" -v 9 >/dev/null 2>&1; }
stored() { ls "$T"/nf/nfcapd.2* >/dev/null 2>&1; }
mksample "$T/sample.pcap" 2>/dev/null
if command -v softflowd >/dev/null; then
	for version in 5 9; do
		collect soft $version
		is "all that softflowd exports in version $version arrives" "$(exported)" "$(came)"
		is "without a complaint" "" "$(cat "$T/err")"
	done
else
	echo "# softflowd is not here: its export is not tried"
fi
if command -v softflowd >/dev/null && command -v nfcapd >/dev/null && command -v nfreplay >/dev/null; then
	mkdir "$T/nf"
	nfcapd -w "$T/nf" -p "$port" -b 127.0.0.1 >/dev/null 2>&1 & pid=$!
	eventually bound
	soft 9
	eventually drained
	kill "$pid"; wait "$pid"
	eventually stored && mv "$T"/nf/nfcapd.2* "$T/nf/store"
	collect replay
	is "so does what nfdump replays" "$(exported)" "$(came)"
else
	echo "# nfdump is not here: its replay is not tried"
fi

run ra -X -r cisco:; ends "a type without a file is refused" 1
run ra -X -r "cisco:$T/none"; ends "a file that is not there is status 2" 2
finish

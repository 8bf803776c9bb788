# SPDX-License-Identifier: GPL-3.0-or-later
# NetFlow and sFlow, from files: export packets are read as records.
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
run ra -X -r cisco:; ends "a type without a file is refused" 1
run ra -X -r "cisco:$T/none"; ends "a file that is not there is status 2" 2
finish

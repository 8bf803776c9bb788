# SPDX-License-Identifier: GPL-3.0-or-later
# Whole output in the forms that other programs read, with every column there is.
. "$SRC/tests/cli/lib.sh"
command -v python3 >/dev/null || skip_all "python3 is not here"
mkrecords >"$T/a"
all=$("$BUILD/common/out/describe" words | tr '\n' ',')
show() { "$BUILD/ra" -X -r "$T/a" -s "${all%,}" "$@"; }

show -M json man >"$T/json"
for mode in omit empty null printer=hex printer=encode32 printer=encode64; do
	show -M json man "$mode" >>"$T/json"
done
is "every line of JSON is an object" "" "$(python3 -c '
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
	pairs = json.loads(line, object_pairs_hook=list)
	if len(set(k for k, _ in pairs)) != len(pairs):
		print("a key twice:", line)' "$T/json" 2>&1)"
is "and there are some" "" "$([ -s "$T/json" ] || echo none)"

# A column has one type, whatever its values are: ports with and without names, and AS numbers in two forms.
mkrecords -a >"$T/full"
for how in "" -n -nn -u -H "-M d3" "-o RA_ASN_PRINT_FORMAT=asdot" "-s pkts:9:%x"; do
	for file in "$T/a" "$T/full"; do ra -X -r "$file" -s "${all%,}" -M json $how; done >"$T/json"
	python3 -c '
import json, sys
types = {}
for line in open(sys.argv[1], encoding="utf-8"):
	for name, value in json.loads(line).items():
		types.setdefault(name, set()).add("number" if isinstance(value, (int, float)) else type(value).__name__)
print(*(f"{sys.argv[2:]} {name}: {sorted(kinds)}" for name, kinds in types.items() if len(kinds) > 1), sep="\n", end="")' "$T/json" $how 2>&1
done >"$T/types"
is "the type of a JSON member follows from its column and the options" "" "$(cat "$T/types")"
is "a port with a name is a string, so is one without" '{"type":"flow","sport":"40000","dport":"http"}' "$(ra -X -M json -N1 -r "$T/a" -s sport dport)"
is "with -n both are numbers" '{"type":"flow","sport":40000,"dport":80}' "$(ra -X -n -M json -N1 -r "$T/a" -s sport dport)"
is "so is what ICMP has in their place" '{"type":"flow","sport":8,"dport":7}' "$(ra -X -n -M json -r "$T/a" -s sport dport - icmp)"
is "a format makes a string" '{"type":"flow","pkts":"1e"}' "$(ra -X -n -M json -r "$T/a" -s pkts:9:%x - ipv6)"

show -M xml man >"$T/xml"
is "XML is well-formed" "" "$(python3 -c '
import sys, xml.dom.minidom
xml.dom.minidom.parse(sys.argv[1])' "$T/xml" 2>&1)"

is "delimited lines have as many cells as there are columns" "" "$(show -L0 -c ';' -M man | python3 -c '
import csv, sys
counts = set(len(row) for row in csv.reader(sys.stdin, delimiter=";"))
if len(counts) != 1: print(counts)' 2>&1)"
finish

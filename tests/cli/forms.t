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

show -M xml man >"$T/xml"
is "XML is well-formed" "" "$(python3 -c '
import sys, xml.dom.minidom
xml.dom.minidom.parse(sys.argv[1])' "$T/xml" 2>&1)"

is "delimited lines have as many cells as there are columns" "" "$(show -L0 -c ';' -M man | python3 -c '
import csv, sys
counts = set(len(row) for row in csv.reader(sys.stdin, delimiter=";"))
if len(counts) != 1: print(counts)' 2>&1)"
finish

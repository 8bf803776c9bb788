# SPDX-License-Identifier: GPL-3.0-or-later
# rastrip: parts go, the rest of a record stays as it is.
. "$SRC/tests/cli/lib.sh"
cd "$T" || exit 1
mkrecords >a
user() { ra -X -c, -L-1 -s suser:40 duser:40 -r "$1" | grep -c '='; }
rest() { ra -X -c, -L-1 -s stime ltime saddr sport daddr dport pkts bytes -r "$1"; }
strip() { rm -f out; rastrip -X -r a -w out "$@"; }

strip
is "user data go" "0" "$(user out)"
is "times, keys and counts stay" "$(rest a)" "$(rest out)"
is "other parts go" "" "$(ra -X -c, -L-1 -s sttl label smac -r out | tr -d ",\n")"
strip -M -suser -duser
is "all but two parts" "0 $(ra -X -c, -L-1 -s sttl label -r a)" "$(user out) $(ra -X -c, -L-1 -s sttl label -r out)"
strip -M +suser +duser
is "two parts beside the usual" "$(ra -X -c, -L-1 -s suser:40 duser:40 -r a)" "$(ra -X -c, -L-1 -s suser:40 duser:40 -r out)"
strip -M time
is "one part only" "$(ra -X -c, -L-1 -s stime -r a)" "$(ra -X -c, -L-1 -s stime -r out)"
is "without the counts" "" "$(ra -X -L-1 -s bytes -r out | tr -d "\n ")"
is "records are as many" "5" "$(ra -X -L-1 -r out | wc -l | tr -d ' ')"
strip -M trans flow time metric agr net vlan mpls jitter ipattr psize suser duser mac icmp encaps behavior cor cocode label asn
is "all parts are all" "$(ra -X -M json -r a)" "$(ra -X -M json -r out)"
run rastrip -X -M usser -r a
ends "an unknown part is an error" 1

cp a b; gzip -k b; chmod 640 b
run rastrip -X -M replace -suser -duser -r b
ends "replacing works" 0
is "what was to go is gone" "0" "$(user b)"
is "nothing else is" "$(rest a)" "$(rest b)"
is "permissions stay" "-rw-r-----" "$(ls -l b | cut -c1-10)"
rastrip -X -M replace -r b.gz
is "replace alone keeps the usual parts" "0 $(rest a)" "$(user b.gz) $(rest b.gz)"
is "a packed file stays packed" "1f8b" "$(od -An -tx1 -N2 b.gz | tr -d ' ')"
cp a b
rastrip -X -M replace -r b - port 1
cmp -s a b && pass "a filter that lets nothing through empties no file" || fail "a filter that lets nothing through empties no file"
run rastrip -X -M replace -r b -w out
ends "replace and -w do not go together" 1
is "no other files are left" "a b b.gz err out" "$(echo *)"
finish

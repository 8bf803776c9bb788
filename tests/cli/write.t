# SPDX-License-Identifier: GPL-3.0-or-later
# -w and -E: what is written, when, and what happens when it cannot be.
. "$SRC/tests/cli/lib.sh"
mkrecords >"$T/a"
seq() { words ra -X -L-1 -s seq -r "$@"; }

run ra -X -r "$T/a" -w "$T/copy"; ends "records are written" 0
is "nothing is printed" "" "$out"
cmp -s "$T/a" "$T/copy" && pass "a copy is the same, byte for byte" || fail "a copy is the same, byte for byte"
ra -X -r "$T/a" -w - >"$T/piped"; cmp -s "$T/a" "$T/piped" && pass "so it is on standard output" || fail "so it is on standard output"
ra -X -r "$T/a" -w "$T/copy"; is "a second run appends" "1 2 3 4 5 1 2 3 4 5" "$(seq "$T/copy")"
starts() { words ra -X -M man -L-1 -s cause -r "$1" - man | tr ' ' '\n' | grep -c '^Start'; }
is "a whole stream with its management records" 2 "$(starts "$T/copy")"
for i in 1 2; do
	ra -X -r "$T/a" -w "$T/some" - tcp
	ra -X -r "$T/a" -w "$T/others" -E "$T/rejected" - tcp or man
	racluster -X -r "$T/a" -w "$T/merged"
	ra -X -r "$T/a" -w - - tcp >>"$T/redirected"
done
is "a part of one without" "1 1 1 2" "$(echo $(for f in some rejected merged redirected; do starts "$T/$f"; done))"

run ra -X -r "$T/a" -w "$T/tcp" tcp -w "$T/udp" "udp or icmp" -w "$T/all"
is "a file gets the records that its filter passes" "1 4" "$(seq "$T/tcp")"
is "so does another" "2 3 5" "$(seq "$T/udp")"
is "and one without a filter gets all" "1 2 3 4 5" "$(seq "$T/all")"
is "every file begins with a management record" "1 1 1" "$(for f in tcp udp all; do words ra -X -M man -L-1 -s cause -r "$T/$f" | grep -c '^Start'; done | tr '\n' ' ' | sed 's/ $//')"
for tool in rasort racluster "rabins -M time 1s"; do
	$tool -X -r "$T/a" -w - | head -c 128 >"$T/begin"
	is "$tool begins what it writes at the end with the record that its input began with" "$(head -c 128 "$T/a" | cksum)" \
		"$(cksum <"$T/begin")"
done
TZ=UTC rabins -X -M time 2s -w "$T/bins" -r "$T/a" - port 80
is "the record that ends a bin has its end" "03:20:02.000000 03:20:02.000000 Stop" \
	"$(TZ=UTC ra -X -L-1 -M man -s stime ltime cause -r "$T/bins" | grep Stop | head -1 | tr -s ' ' | sed 's/^ //; s/ $//')"

run ra -X -r "$T/a" -E "$T/rest" -w "$T/kept" - tcp
is "-E gets what the filter rejects" "2 3 5" "$(seq "$T/rest")"
is "-w gets what it takes" "1 4" "$(seq "$T/kept")"
run ra -X -r "$T/a" -E "$T/rest2" - tcp; is "with -E nothing is printed" "" "$out"

run ra -X -r "$T/a" -w "$T/none" - port 9999; ends "without a record" 1
[ -e "$T/none" ] && fail "there is no file" || pass "there is no file"
run ra -X -r "$T/a" -w "$T/new/folder/x"; is "missing folders are made" "1 2 3 4 5" "$(seq "$T/new/folder/x")"

run ra -X -r "$T/a" -w -x; ends "-w -x is refused" 1
run ra -X -r "$T/a" -w "$T/y" "no such filter"; ends "a bad filter of -w is status 1" 1
has "and is named" "filter syntax error" "$err"
[ -e "$T/y" ] && fail "and nothing is written" || pass "and nothing is written"

run ra -X -r "$T/a" -w "$T/a"; ends "a file that is read is not written" 1
run ra -X -r "$T/a" -w "$T/a/b"; ends "a file that cannot be made is status 2" 2
if [ -c /dev/full ]; then
	run sh -c "ra -X -r '$T/a' >/dev/full"; ends "a full device is status 2" 2
	has "and is named" "No space left" "$err"
	run sh -c "ra -X -r '$T/a' -w - >/dev/full"; ends "so it is for records" 2
	run sh -c "ra -X -r '$T/a' -w /dev/full"; ends "and for a file" 2
	run sh -c "ra --version >/dev/full"; ends "and for what a program says of itself" 2
	has "which is named, too" "standard output: No space left" "$err"
	run sh -c "ra -h >/dev/full"; has "whatever it is" "standard output: No space left" "$err"
fi
run sh -c "ra -X -r '$T/a' >&-"; ends "a closed standard output is status 2" 2
mkrecords -c 20000 >"$T/big"
run sh -c "{ ra -X -r '$T/big'; echo \$? >'$T/status'; } | head -1 >/dev/null"
is "a reader that goes away ends ra quietly" "0" "$(cat "$T/status")$err"
run sh -c "{ ra -X -r '$T/big' -w -; echo \$? >'$T/status'; } | head -c 1 >/dev/null"
is "also when records are written" "0" "$(cat "$T/status")$err"

# What stands in the file before.
mkrecords >"$T/whole"
rows() { words ra -X -L-1 -s proto -r "$1"; }
for bytes in 1 5 11 15 16 60 127; do
	head -c $bytes "$T/whole" >"$T/begun"
	run ra -X -r "$T/whole" -w "$T/begun"
	is "a beginning of $bytes bytes is no obstacle" "0 $(rows "$T/whole")" "$status $(rows "$T/begun")"
done
head -c 5000 /dev/zero >"$T/begun"
run ra -X -r "$T/whole" -w "$T/begun"
is "nor are zeros, which a loss of power leaves" "0 $(rows "$T/whole")" "$status $(rows "$T/begun")"
for what in text "a longer text, which is no record either"; do
	for tool in ra "racluster -m proto" "rasplit -M 1M atomic" "rasplit -M 1M"; do
		echo "$what" >"$T/text%"
		run $tool -X -r "$T/whole" -w "$T/text%"
		is "$tool: records are not hidden behind other things" "1 $what" "$status $(cat "$T/text%")"
	done
done
has "and it says so" "is not Argus data: records cannot be appended to it" "$err"
finish

# SPDX-License-Identifier: GPL-3.0-or-later
# Exit statuses and messages: what is wrong with an input is said, and the rest is read.
. "$SRC/tests/cli/lib.sh"
mkrecords >"$T/a"

run ra -X -q -r "$T/a"; ends "good input is status 0" 0
is "without a message" "" "$err"
run ra -X -L-1 -s seq -r "$T/none" "$T/a"; ends "a missing file is status 2" 2
is "it is named" "ra: open '$T/none': No such file or directory" "$err"
is "and the others are read" "1 2 3 4 5" "$(echo $out)"
run ra -X -r "$SRC/HACKING"; ends "a text is no input: status 1" 1
run ra -X -r /dev/null; ends "neither is an empty file" 1
run ra -X </dev/null; ends "nor an empty standard input" 1
run ra -X -L-1 -s seq -r "$SRC/HACKING" "$T/a"; ends "beside good input it is passed over" 0

size=$(wc -c <"$T/a")
head -c $((size - 140)) "$T/a" >"$T/cut"
run ra -X -L-1 -s seq -r "$T/cut"; ends "an input that ends inside a record is status 3" 3
has "which is said" "cut: ends inside a record" "$err"
is "whole records before it are read" "1 2 3 4" "$(echo $out)"

set -- $(ra -X -L-1 -s offset -r "$T/a")
{ head -c "$3" "$T/a"; head -c 64 /dev/zero | tr '\0' '\377'; tail -c +$(($3 + 1)) "$T/a"; } >"$T/damaged"
run ra -X -L-1 -s seq -r "$T/damaged"; ends "damage is status 3" 3
has "which is said" "damaged in 1 places, 64 bytes skipped" "$err"
is "what stands before and behind it is read" "1 2 3 4 5" "$(echo $out)"

mkrecords -c 200 | gzip >"$T/z"
run ra -X -q -r "$T/z"; ends "packed input is status 0" 0
size=$(wc -c <"$T/z")
{ head -c $((size / 2)) "$T/z"; printf 'damaged data'; tail -c $((size / 3)) "$T/z"; } >"$T/y"
run ra -X -L-1 -s seq -r "$T/y"; ends "damaged packed input is status 3" 3
[ "$(echo "$out" | wc -l)" -gt 100 ] && pass "what stands before the damage is read" || fail "what stands before the damage is read" "$err"

printf 'a text, no records\n' >"$T/text"
: >"$T/empty"
for tool in ra racluster rasort "rabins -M time 1m" "rasplit -M time 1m -w $T/s" "rastream -M time 1m -w $T/s" racount \
	"rahisto -H bytes 2" rastrip ratimerange; do
	name=${tool%% *} how=${tool#"${tool%% *}"}
	run $name --help; said="$status $(echo "$out" | grep -c "^usage\|^Usage")"
	run $name -h; said="$said, $status"
	run $name --version; said="$said, $status"
	run $name --nonsense; said="$said, $status"; has "$name names an unknown option" "$name: unknown option --nonsense" "$err"
	run $name -X $how -r "$T/none"; said="$said, $status"; has "$name names a missing file" "'$T/none'" "$err"
	run $name -X $how -r "$T/text"; said="$said, $status"
	run $name -X $how -r "$T/empty"; said="$said, $status"
	is "$name: help, version, unknown option, no input, text, empty file" "0 1, 0, 0, 1, 2, 1, 1" "$said"
	case $name in rasplit | rastream) continue ;; esac
	[ -w /dev/full ] || continue
	$name -X $how -r "$T/a" >/dev/full 2>"$T/err"; status=$?
	ends "$name: a full disk is status 2" 2
done

for name in racount ratimerange; do
	run $name -X -r "$T/a" -w "$T/nothing"
	ends "$name refuses -w" 1
	has "$name says why" "$name has no records to write" "$err"
done

lines() { [ "$(wc -l <"$1" 2>/dev/null)" -ge "$2" ]; }
has_seq() { [ "$(words ra -X -L-1 -s seq -r "$1")" = "1 2 3 4 5" ]; }
mkfifo "$T/pipe"

ra -X -L-1 -s seq -A <"$T/pipe" >"$T/out" 2>&1 &
pid=$!
exec 9>"$T/pipe"; cat "$T/a" >&9
eventually lines "$T/out" 5 && pass "what came over a pipe is shown while more is waited for" || fail "what came over a pipe is shown"
kill -TERM "$pid"; wait "$pid"; status=$?
ends "SIGTERM ends the run in good order" 0
has "with the summary" "TotalFarRecords 5" "$(cat "$T/out")"
exec 9>&-

ra -X -w "$T/o" <"$T/pipe" &
exec 9>"$T/pipe"; cat "$T/a" >&9
eventually has_seq "$T/o" && pass "and is in the file that is written" || fail "and is in the file that is written"
exec 9>&-; wait

ra -X -d -r "$T/a" -w "$T/d" 2>/dev/null; status=$?; ends "-d runs in the background" 0
eventually has_seq "$T/d" && pass "and does its work there" || fail "and does its work there"
finish

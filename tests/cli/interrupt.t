# SPDX-License-Identifier: GPL-3.0-or-later
# A record that claims to last 90 years makes 2,838,240,000 pieces of a second, and one that comes 80
# years later as many empty bins: signals are seen between these, too.
. "$SRC/tests/cli/lib.sh"
mkrecords -x >"$T/x"
mkrecords >"$T/a"
mkrecords -t 4000000000 >"$T/b"
mkfifo "$T/pipe"

# interrupt SIGNAL COMMAND ...: the command has written more to its pipe than that holds, and goes on
# when the signal comes; all that it writes goes to $T/out.
interrupt() {
	signal=$1; shift
	"$@" >"$T/pipe" 2>"$T/err" &
	pid=$!
	exec 3<"$T/pipe"
	head -c 200000 <&3 >"$T/out"
	kill -"$signal" "$pid"
	cat <&3 >>"$T/out"
	exec 3<&-
	wait "$pid"; status=$?
	err=$(sed 's/^\([a-z]*\)\[[0-9]*\]: [0-9:.]* /\1: /' "$T/err")
}
packets() { words ra -X -A -q -r "$T/out" | sed 's/.*TotalPkts \([0-9]*\).*/\1/'; }
left_out() { echo "$err" | sed -n 's/.*last \([0-9]*\) packets are left out$/\1/p'; }
all=$((10000000000 + 46))

echo 'filter="" flush="pkts gt 0"' >"$T/rules" # pieces are put out as they come
interrupt TERM rabins -X -M 1s -f "$T/rules" -r "$T/x" -w -
ends "rabins ends while it cuts a record" 0
has "and says so" "rabins: ended by a signal inside a record, whose last " "$err"
is "all packets are put out, or told" "$all" $(($(packets) + $(left_out)))

interrupt INT rabins -X -M 1s -M zero -r "$T/a" -r "$T/b" -w -
ends "rabins ends while it puts out empty bins" 0
is "and says so" "rabins: ended by a signal: the other empty bins are left out" "$err"
is "all that was read is put out" 92 "$(packets)"

interrupt TERM rasplit -X -M 1s -r "$T/x" -w -
ends "rasplit ends while it cuts a record" 0
is "all packets are put out, or told" "$all" $(($(packets) + $(left_out)))

rasplit -X -M time 1h -r "$T/x" -w - 2>"$T/err" >/dev/null
is "788,400 pieces are nothing to speak of" "" "$(cat "$T/err")"
rasplit -X -M time 40m -r "$T/x" -w - 2>"$T/err" >/dev/null; status=$?
ends "more than a million are cut, too" 0
has "but are told" "a record is cut in more than a million pieces (-M nomodify leaves it whole)" "$(cat "$T/err")"
# All is read when something is written, and nobody reads the rest of that: one INT changes nothing, one
# behind it ends it.
for i in 1 2 3 4 5 6 7 8; do cat "$T/a" "$T/a" "$T/a" "$T/a" "$T/a" "$T/a" "$T/a" "$T/a"; done >"$T/eighth"
cat "$T/eighth" "$T/eighth" "$T/eighth" "$T/eighth" "$T/eighth" "$T/eighth" "$T/eighth" "$T/eighth" >"$T/many"
rasort -X -r "$T/many" -w - >"$T/pipe" 2>/dev/null &
pid=$!
exec 3<"$T/pipe"
dd bs=1 count=1 <&3 >/dev/null 2>&1
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	case $(sed -n 's/^State:.//p' "/proc/$pid/status" 2>/dev/null) in '' | Z*) break ;; esac
	kill -INT "$pid"
	sleep 0.1
done
exec 3<&-
wait "$pid"
is "INT twice ends what would wait" 130 $?

# Nothing came yet: a pipe that nobody writes to, and one whose writer says nothing.
catches() { sed -n 's/^SigCgt:.*\(.\)...$/\1/p' "/proc/$pid/status" 2>/dev/null | grep -q '[4-7c-f]'; }
stopped() { # asks until it ends: a signal may come just before it waits
	kill -TERM "$pid" 2>/dev/null
	case $(sed -n 's/^State:.//p' "/proc/$pid/status" 2>/dev/null) in '' | Z*) ;; *) return 1 ;; esac
}
for tool in "ra -X" "rabins -X -M 1s" "racluster -X" "rasort -X" "rasplit -X -w $T/s" "rastream -X -w $T/s" "racount -X"; do
	for writer in no a; do
		[ $writer = no ] || exec 3<>"$T/pipe"
		$tool -r "$T/pipe" </dev/null >"$T/out" 2>"$T/err" &
		pid=$!
		eventually catches
		eventually stopped
		wait "$pid"; status=$?
		exec 3>&-
		err=$(cat "$T/err")
		ends "${tool%% *} ends with $writer silent writer" 0
		is "and has nothing to say" "" "$err"
	done
done

run rabins -X -M 0.0000001s -M zero -r "$T/a"
ends "a period that takes no time is refused" 1
finish

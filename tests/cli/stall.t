# SPDX-License-Identifier: GPL-3.0-or-later
# Nobody reads what is written to a pipe: a signal ends that, the other outputs lose nothing by it, and
# what is lost is told.
. "$SRC/tests/cli/lib.sh"
argus=$BUILD/argus/argus
"$BUILD/tests/bench/mkinput" "$T/in.pcap" 60000 9000 || exit 1
"$argus" -X -r "$T/in.pcap" -w "$T/all"
mkfifo "$T/pipe"
count() { ra -X -M man -L-1 -s seq -r "$@" 2>/dev/null | wc -l | tr -d ' '; }
total=$(count "$T/all")

# stalled COMMAND ...: runs it in the background until it waits for its reader, and then asks it to end.
# What the pipe holds goes to $T/got afterwards. The time that the end took is in $took.
stalled() {
	exec 3<>"$T/pipe"
	"$@" >"$T/pipe" 2>"$T/err" 3>&- & pid=$!
	eventually waits
	ends_in_time
	exec 4<"$T/pipe" 3>&-
	cat <&4 >"$T/got"
	exec 4<&-
}
waits() { grep -q 'pipe_\|wait_for_partner' "/proc/$pid/wchan" 2>/dev/null || { sleep 0.5; [ $i -gt 2 ]; }; }
is_over() { case $(sed -n 's/^State:.//p' "/proc/$pid/status" 2>/dev/null) in '' | Z*) ;; *) return 1 ;; esac; }
ends_in_time() {
	kill -TERM "$pid"
	eventually is_over || kill -KILL "$pid"
	wait "$pid"; status=$?
	err=$(sed 's/^\([a-z]*\)\[[0-9]*\]: [0-9:.]* /\1: /' "$T/err")
}
dropped() { echo "$err" | sed -n "s|.*write '$1': nobody reads it: \([0-9]*\) records dropped$|\1|p"; }
# What was read, with what is told as dropped, is all; the initial record is counted by neither.
account() { echo $(($(count "$T/got") + $(dropped "$1"))); }

stalled "$argus" -X -r "$T/in.pcap" -w - -w "$T/file"
ends "argus is ended by a signal although nobody reads" 2
is "the other file has all" "$total" "$(count "$T/file")"
is "and what was dropped is told" "$total" "$(account -)"
rm -f "$T/file"
stalled "$argus" -X -r "$T/in.pcap" -w "$T/pipe" -w "$T/file"
ends "also with a named pipe" 2
is "and nothing of the others is lost" "$total $total" "$(count "$T/file") $(account "$T/pipe")"

for tool in "ra -M man" "rasort -M man" "racluster -M man"; do
	rm -f "$T/file"
	$tool -X -r "$T/all" -w "$T/whole"
	stalled $tool -X -r "$T/all" -w - -w "$T/file"
	ends "${tool%% *} is ended by a signal although nobody reads" 2
	has "and tells" "${tool%% *}: write '-': nobody reads it: " "$err"
	[ "${tool%% *}" = ra ] || is "the other file has all" "$(count "$T/whole")" "$(count "$T/file")"
	rm -f "$T/whole"
done
stalled ra -X -r "$T/all"
ends "text that nobody reads is given up, too" 2
has "and told" "ra: standard output: nobody reads it: what is left is dropped" "$err"

# A pipe that nobody opened.
ra -X -r "$T/all" -w "$T/pipe" 2>"$T/err" & pid=$!
eventually waits
ends_in_time
ends "a pipe that nobody opens ends with a signal" 2
has "and tells" "nobody reads it: " "$err"

# A slow reader is no reader that is gone: it gets all.
"$argus" -X -r "$T/in.pcap" -w "$T/pipe" 2>"$T/err" & pid=$!
exec 3<"$T/pipe"
head -c 1000 <&3 >"$T/got"
kill -TERM "$pid"
for i in 1 2 3 4; do sleep 0.4; head -c 100000 <&3 >>"$T/got"; done
cat <&3 >>"$T/got"
exec 3<&-
wait "$pid"
is "a slow reader loses nothing" 0 $?
finish

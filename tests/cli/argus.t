# SPDX-License-Identifier: GPL-3.0-or-later
# The probe on capture files: options, outputs, the account of packets, exit statuses.
. "$SRC/tests/cli/lib.sh"
argus=$BUILD/argus/argus
"$BUILD/tests/bench/mkinput" "$T/in.pcap" 5000 200 || exit 1

count() { ra -X -L-1 -s seq -r "$@" 2>/dev/null | wc -l | tr -d ' '; }
sum() { ra -X -L-1 -s "$1" -r "$2" | awk '{ n += $1 } END { print n + 0 }'; }

run "$argus" -X -r "$T/in.pcap" -w "$T/out" -v; ends "a capture file is status 0" 0
has "every packet is accounted for" "5000 packets read: 5000 in records, 0 filtered out" "$err"
is "all packets are in the records" 5000 "$(sum pkts "$T/out")"
is "the file begins with a MAR" "83100020" "$(od -An -tx1 -N4 "$T/out" | tr -d ' ')"
is "and ends with one" "83300020" "$(tail -c 128 "$T/out" | od -An -tx1 -N4 | tr -d ' ')"

"$argus" -X -r "$T/in.pcap" -w - >"$T/stdout"
is "standard output gets the same records" "$(count "$T/out")" "$(count "$T/stdout")"
"$argus" -X -r - -w "$T/stdin" <"$T/in.pcap"
is "standard input gives the same records" "$(count "$T/out")" "$(count "$T/stdin")"

run "$argus" -X -r "$T/in.pcap" -w "$T/tcp" -v - tcp
has "a packet filter leaves packets out" "in records, " "$err"
is "what passes is TCP" "tcp" "$(ra -X -n -L-1 -s proto -r "$T/tcp" | sort -u | tr -d ' ')"
is "in any order of words" "$(count "$T/tcp")" "$("$argus" tcp -X -w - -r "$T/in.pcap" >"$T/tcp2"; count "$T/tcp2")"

"$argus" -X -r "$T/in.pcap" -w "$T/udp" "udp" -w "$T/all"
is "an output takes the records that its filter lets through" "udp" \
	"$(ra -X -n -L-1 -s proto -r "$T/udp" | sort -u | tr -d ' ')"
is "beside one that takes all" "$(count "$T/out")" "$(count "$T/all")"

"$argus" -X -r "$T/in.pcap" -w "$T/out"
is "a second run appends" 10000 "$(sum pkts "$T/out")"

"$argus" -X -N 10 -r "$T/in.pcap" -w "$T/ten"; is "-N takes so many packets" 10 "$(sum pkts "$T/ten")"
"$argus" -X -N 10-25 -r "$T/in.pcap" -w "$T/range"; is "or a range of them" 15 "$(sum pkts "$T/range")"

"$argus" -X -AJZm -U 16 -r "$T/in.pcap" -w "$T/full"
is "-A -J -Z -m -U change no counts" 5000 "$(sum pkts "$T/full")"
[ "$(wc -c <"$T/full")" -gt "$(wc -c <"$T/all")" ] && pass "but say more" || fail "but say more"
for id in 1.2.3.4 77 '"ab"'; do
	"$argus" -X -e "$id" -N 1 -r "$T/in.pcap" -w "$T/id"
	is "-e $id is in the records" "$(echo "$id" | tr -d '"')" "$(ra -X -n -L-1 -s srcid -r "$T/id" | tr -d ' ')"
	rm "$T/id"
done
"$argus" -X -S 5m -r "$T/in.pcap" -w "$T/5m"; is "-S takes a unit" 0 $?

"$argus" -X -r "$T/in.pcap" -w "$T/two" -r "$T/in.pcap"
is "two files are read one after the other" 10000 "$(sum pkts "$T/two")"

echo 'ARGUS_GENERATE_APPBYTE_METRIC=yes
ARGUS_MONITOR_ID=42
ARGUS_FILTER="udp"
ARGUS_OUTPUT_FILE='"$T/conf.out" >"$T/argus.conf"
run "$argus" -F "$T/argus.conf" -r "$T/in.pcap"; ends "a configuration says where to write" 0
is "and what" "42 udp" "$(echo $(ra -X -n -L-1 -s srcid proto -r "$T/conf.out" | sort -u))"
run "$argus" -F "$T/argus.conf" -r "$T/in.pcap" -w "$T/cl.out" - tcp
is "the command line's filter and output replace it" "42 tcp" "$(echo $(ra -X -n -L-1 -s srcid proto -r "$T/cl.out" | sort -u))"
echo 'ARGUS_NONSENSE=1' >"$T/bad.conf"
run "$argus" -F "$T/bad.conf" -N 1 -r "$T/in.pcap" -w "$T/x"; has "an unknown variable is named" "bad.conf:1: " "$err"

run "$argus" -h; ends "-h is status 0" 0
has "and lists the options" "-S seconds" "$out"
case $out in *" -P "*) fail "what is not there is not listed" ;; *) pass "what is not there is not listed" ;; esac
run "$argus" --version; has "--version names the program" "argus " "$out"
run "$argus" -X -r "$T/in.pcap" -b - tcp; has "-b prints the packet filter" "ret" "$out"

run "$argus" -X -r "$T/in.pcap"; ends "no output is status 1" 1
run "$argus" -X -y; ends "an unknown option is status 1" 1
run "$argus" -X -P 561 -w "$T/x"; ends "serving clients is refused" 1
run "$argus" -X -S -1 -r "$T/in.pcap" -w "$T/x"; ends "a negative interval is status 1" 1
run "$argus" -X -r "$T/in.pcap" -w "$T/x" "no such filter ("; ends "a bad record filter is status 1" 1
run "$argus" -X -r "$T/in.pcap" -w "$T/x" - no such filter; ends "a bad packet filter is status 1" 1
run "$argus" -X -r "$T/none" "$T/in.pcap" -w "$T/left"; ends "a missing file is status 2" 2
is "the others are read" 5000 "$(sum pkts "$T/left")"
is "and there is a STOP MAR" "83300020" "$(tail -c 128 "$T/left" | od -An -tx1 -N4 | tr -d ' ')"
if [ -w /dev/full ]; then
	run "$argus" -X -r "$T/in.pcap" -w - >/dev/full
	sh -c "'$argus' -X -r '$T/in.pcap' -w - >/dev/full" 2>"$T/err"; status=$?
	ends "a full disk is status 2" 2
fi
run "$argus" -X -r "$SRC/HACKING" -w "$T/x"; ends "a text is no capture: status 3" 3

# The first packet comes once more, 18 hours later, and ends all flows.
cp "$T/in.pcap" "$T/grows.pcap"
followed() { [ "$(sum pkts "$T/follow" 2>/dev/null)" = 5000 ]; }
"$argus" -X -f -r "$T/grows.pcap" -w "$T/follow" & pid=$!
eventually test -s "$T/follow"
{ printf '\000\361\124\145'; tail -c +29 "$T/in.pcap" | head -c 72; } >>"$T/grows.pcap"
eventually followed && pass "-f reads what is added" || fail "-f reads what is added" "$(sum pkts "$T/follow") packets"
kill -TERM "$pid"; wait "$pid"; status=$?
ends "and waits for more until a signal comes" 0
is "which reports what is left" 5001 "$(sum pkts "$T/follow")"
# Pipes: nothing is read from one to find out where it belongs, and while it has nothing to give all
# else goes on.
mkfifo "$T/pipe1" "$T/pipe2"
cat "$T/in.pcap" >"$T/pipe1" & cat "$T/in.pcap" >"$T/pipe2" &
run "$argus" -X -r "$T/pipe1" "$T/pipe2" -w "$T/pipes" -v; ends "two pipes are read" 0
has "whole" "10000 packets read: 10000 in records" "$err"
"$argus" -X -M 0.2 -r "$T/pipe1" -w "$T/slow" 2>"$T/err" & pid=$!
exec 3>"$T/pipe1"
head -c 200000 "$T/in.pcap" >&3 # ends inside a packet
mars() { [ "$(ra -X -L-1 -M man -s cause -r "$T/slow" - man 2>/dev/null | wc -l)" -ge $((${1:-0} + 3)) ]; }
eventually mars && pass "management records come while a pipe is silent" || fail "management records come while a pipe is silent" "$(cat "$T/err")"
mv "$T/slow" "$T/moved"
eventually test -s "$T/slow" && pass "files that are moved away are made anew" || fail "files that are moved away are made anew" "$(cat "$T/err")"
kill -TERM "$pid"
over() { case $(sed -n 's/^State:.//p' "/proc/$pid/status" 2>/dev/null) in '' | Z*) ;; *) return 1 ;; esac; }
eventually over && pass "a signal ends it" || fail "a signal ends it"
exec 3>&-
wait "$pid"; status=$?
ends "in good order" 0
is "with all that came" "$(head -c 200000 "$T/in.pcap" | "$argus" -X -r - -w - 2>/dev/null | sum pkts -)" "$(sum pkts "$T/slow")"
for some in 0 10; do
	"$argus" -X -r "$T/pipe1" -w "$T/nothing" 2>"$T/err" & pid=$!
	exec 3>"$T/pipe1"
	head -c $some "$T/in.pcap" >&3
	eventually test -s "$T/nothing"
	kill -TERM "$pid"; wait "$pid"; status=$?
	exec 3>&-
	ends "also after $some bytes" 0
done

# Somebody sets the clock back.
cat >"$T/clock.c" <<'C'
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now)
{
	long result = syscall(SYS_clock_gettime, clock, now);

	if (clock == CLOCK_REALTIME && access("back", F_OK) == 0)
		now->tv_sec -= 7200;
	return (int)result;
}
C
if cc -shared -fPIC -o "$T/clock.so" "$T/clock.c" 2>/dev/null && LD_PRELOAD=$T/clock.so "$argus" --version >/dev/null 2>&1; then
	rm -f "$T/slow"
	(cd "$T" && LD_PRELOAD=$T/clock.so exec "$argus" -X -M 0.2 -r pipe1 -w slow) 2>"$T/err" & pid=$!
	exec 3>"$T/pipe1"
	cat "$T/in.pcap" >&3
	eventually mars
	: >"$T/back"
	eventually mars 5 && pass "management records do not wait for a clock that was set back" || fail "management records do not wait for a clock that was set back"
	exec 3>&-
	wait "$pid"
else
	pass "management records do not wait for a clock that was set back # SKIP"
fi
finish

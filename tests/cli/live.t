# SPDX-License-Identifier: GPL-3.0-or-later
# Streams that go on: bins that are put out as time passes, files that others rotate,
# programs that are run on finished files. Records that wait for the clock are of the last
# minutes, so that it is over at once; others are of 2011.
. "$SRC/tests/cli/lib.sh"
cd "$T" || exit 1
mkfifo in
mkrecords -c 20 -t 1309168800 >a             # 10:00 to 10:20
mkrecords -c 10 -t 1309170000 >b             # 10:20 to 10:30
pid=
trap 'kill $pid 2>/dev/null; rm -rf "$T"' EXIT
lines() { [ "$(cat "$1" 2>/dev/null | wc -l)" -ge "$2" ]; }
holds() { [ "$(ra -X -L-1 -M noman -s seq -r "$1" 2>/dev/null | wc -l)" -ge "$2" ]; }
sum() { racount -X -r "$@" | awk '/ sum /{print $3, $6}'; } # packets bytes

# begin TOOL ...: it reads what is written to descriptor 3. stop: the end of the stream.
begin() {
	"$@" >out 2>err & pid=$!
	exec 3>in
}
stop() { exec 3>&-; wait "$pid"; status=$?; err=$(sed 's/^\([a-z0-9]*\)\[[0-9]*\]: [0-9:.]* /\1: /' err); }

# rabins -B.
base=$(($(date +%s) / 5 * 5 - 90))
mkrecords -c 20 -d 1 -t $base >now          # to base + 25
mkrecords -c 10 -d 1 -t $((base + 30)) >then # to base + 45
bins="-L-1 -s stime ltime trans pkts"
begin rabins -X -M 5s hard -m proto -B 1s -r in $bins
cat now >&3
rabins -X -M 5s hard -m proto -r now $bins >wanted
if eventually lines out $(wc -l <wanted); then pass "live bins are put out while the stream goes on"; else fail "live bins are put out while the stream goes on" "$(cat out)"; fi
is "as they are of a file" "$(cat wanted)" "$(cat out)"
ra -X -r now then -w - | rabins -X -M 5s hard -m proto -r - $bins >wanted
cat then >&3
eventually lines out $(wc -l <wanted)
cat now >&3
stop
ends "its end is in good order" 0
is "what came in time is all there" "$(cat wanted)" "$(cat out)"
has "what came for bins that were put out is told" "records came for bins that were closed" "$err"

# Those of old records wait for the end of a pipe, as of a file; and for the times of a server's.
# The pause is in the middle of a bin.
begin rabins -X -M 5m hard -m proto -B 1s -r in $bins
head -c 5000 a >&3
sleep 1.3
tail -c +5001 a >&3
sleep 1.3
cat b >&3
stop
ra -X -r a b -w - | rabins -X -M 5m hard -m proto -r - $bins >wanted
is "however slowly old records come, none is too late" "$(cat wanted)" "$(cat out)"
is "and nothing is said" "" "$err"
start server.py --hold a
rabins -X -M 5m hard -m proto -B 10s -S "$at" $bins >out 2>err & pid=$!
eventually lines out 9 && pass "bins of a server are put out by its own times" || fail "bins of a server are put out by its own times" "$(cat out err)"
is "and no others" "$(rabins -X -M 5m hard -m proto -r a $bins | head -9)" "$(cat out)"
kill -TERM "$pid"; wait "$pid"

mkrecords -t $base >five
mkrecords -t $((base + 24)) >later
begin rabins -X -M 5s zero nomodify -B 1s -r in -L-1 -s stime trans
cat five >&3
eventually lines out 5
cat later >&3
eventually lines out 13
stop
is "empty bins are put out, too" "$(ra -X -r five later -w - | rabins -X -M 5s zero nomodify -r - -L-1 -s stime trans)" "$(cat out)"

mkrecords -t $(($(date +%s) - 4)) >recent
begin rabins -X -M 1s zero -B 0.5s -r in -L-1 -s trans
cat recent >&3
passed() { [ "$(grep -c '^ *0 *$' out)" -ge 3 ]; }
eventually passed && pass "so are those that pass while nothing comes" || fail "so are those that pass while nothing comes" "$(cat out)"
stop
is "and all that came before" "$(rabins -X -M 1s -r recent -L-1 -s trans)" "$(grep -v '^ *0 *$' out)"

begin rabins -X -M 5s -B 100y -r in -L-1 -s stime
cat now >&3
sleep 1.2
is "bins wait for their hold time" "" "$(cat out)"
kill -TERM "$pid"
wait "$pid"; status=$?
exec 3>&-
ends "a signal ends it" 0
is "with all bins" "$(rabins -X -M 5s -r now -L-1 -s stime)" "$(cat out)"

for mode in "count 30" "size 4k"; do
	begin rabins -X -M $mode -m proto -r in -L-1 -s proto pkts
	cat a >&3
	eventually lines out 6 && pass "every ${mode#* } are put out at once" || fail "every ${mode#* } are put out at once" "$(cat out)"
	stop
	is "as of a file" "$(rabins -X -M $mode -m proto -r a -L-1 -s proto pkts)" "$(cat out)"
done

begin rabins -X -M 5s -B 1s -r in -w 'bin/%s'
cat now >&3
eventually holds bin/$((base + 20)) 5 && pass "patterns make a file for each bin" || fail "patterns make a file for each bin" "$(ls bin)"
stop
is "they hold all" "$(sum now)" "$(ra -X -R bin -w - | sum -)"

# Timers of racluster. A stream of old records gives what its file would, however slowly it comes.
mkrecords -c 20 -d 1 -t 1309168800 >dense
for rule in 'idle=20s' 'status=8s' 'idle=2s status=8s'; do
	echo "filter=\"\" $rule" >rules
	begin racluster -X -f rules -r in -L-1 -s stime ltime trans pkts saddr
	head -c 7000 dense >&3
	sleep 1.3
	tail -c +7001 dense >&3
	stop
	is "$rule on a pipe is as on a file" "$(racluster -X -f rules -r dense -L-1 -s stime ltime trans pkts saddr)" "$(cat out)"
done
for rule in 'idle=2s' 'status=1s'; do
	echo "filter=\"\" $rule" >rules
	mkrecords -t $(($(date +%s) - 4)) >recent
	begin racluster -X -f rules -r in -L-1 -s pkts saddr
	cat recent >&3
	eventually lines out 5 && pass "$rule of now is seen to while nothing comes" || fail "$rule of now is seen to while nothing comes" "$(cat out)"
	stop
	is "and then over" "$(racluster -X -r recent -L-1 -s pkts saddr | sort)" "$(sort out)"
done

# One without a time leaves the time as it was.
echo 'filter="" idle=2s' >rules
mkrecords -t $(($(date +%s) - 4)) >recent
begin racluster -X -f rules -r in -L-1 -s pkts saddr
cat recent >&3
mkrecords -c 1 -t 0 | tail -c +129 | head -c 256 >&3
if eventually lines out 5; then pass "a record of 1970 does not stop the timers"; else fail "a record of 1970 does not stop the timers" "$(cat out)"; fi
stop

# Records that are given as fast as they happened (-M rtime): an hour lies between these.
mkrecords -c 2 -d 3600 -t 1309168800 >apart
ra -X -M rtime -r apart -w paced 2>err & pid=$!
eventually holds paced 5 && pass "what came before a pause is in the file" || fail "what came before a pause is in the file" "$(ls -l)"
kill -TERM "$pid"; wait "$pid"; status=$?
ends "a signal ends the pause" 0
rasplit -X -M time 1h rtime -w 'paced.%H' -r apart 2>err & pid=$!
eventually holds paced.10 5 && pass "also where a file is for an hour" || fail "also where a file is for an hour" "$(ls -l)"
kill -TERM "$pid"; wait "$pid"
# Bins are of the stream's time: the first is over in it after 301 seconds, the next record comes after 3600.
rabins -X -M rtime:300 5m -B 1s -r apart -L-1 -s stime >out 2>err & pid=$!
if eventually lines out 5; then pass "bins are put out when they are over in the stream"; else fail "bins are put out when they are over in the stream" "$(cat out)"; fi
is "and have all that is of them" "$(rabins -X -M 5m -r apart -L-1 -s stime | head -5)" "$(cat out)"
kill -TERM "$pid"; wait "$pid"
is "nothing came too late" "" "$(cat err)"

# Files that somebody takes away.
begin rasplit -X -M time 1d -w 'day.%d' -r in - ip
cat a >&3
eventually holds day.27 100 && pass "records are in their file while the stream goes on" || fail "records are in their file while the stream goes on" "$(ls -l)"
mv day.27 rotated
times=0
again() { cat b >&3; times=$((times + 1)); [ -e day.27 ]; }
eventually again && pass "a file that was rotated away is made anew" || fail "a file that was rotated away is made anew" "$(ls -l)"
all() { [ "$(ra -X -L-1 -M noman -s seq -R rotated -R day.27 | wc -l)" = $((100 + 50 * times)) ]; }
eventually all && pass "nothing is lost by that" || fail "nothing is lost by that" "$(ls -l)"
is "with a record at its start" "8310" "$(od -An -tx1 -N2 day.27 | tr -d ' ')"
rm day.27
cat b >&3
eventually holds day.27 50 && pass "so is one that was removed" || fail "so is one that was removed" "$(ls -l)"
: >day.27
cat b >&3
eventually holds day.27 50 && pass "so is one that was emptied" || fail "so is one that was emptied" "$(ls -l)"
stop
ends "it ends well" 0
is "every file can be read" "" "$(for file in rotated day.27; do ra -X -q -r $file 2>&1; done)"

for tool in "ra -X -E others" "rabins -X -M count 1"; do
	begin $tool -r in -w taken - tcp or icmp
	cat a >&3
	eventually holds taken 40 && pass "$tool: records are in their file" || fail "$tool: records are in their file" "$(ls -l)"
	mv taken rotated
	[ "$tool" != "ra -X -E others" ] || mv others rotated-others
	eventually test ! -e taken && sleep 1.3
	cat b >&3
	eventually holds taken 20 && pass "one that was rotated away is made anew" || fail "one that was rotated away is made anew" "$(ls -l)"
	rm taken
	sleep 1.3
	cat a >&3
	stop
	ends "it ends well" 0
	is "and has what came since" "$(ra -X -r a -w - - tcp or icmp | sum -)" "$(sum taken)"
	is "what came before is in the old one" "$(ra -X -r a -w - - tcp or icmp | sum -)" "$(sum rotated)"
	is "all begin with a record of that" "8310 8310" "$(for file in taken rotated; do od -An -tx1 -N2 $file; done | tr -d ' ' | tr '\n' ' ' | sed 's/ $//')"
	rm -f taken
done
is "so it is with what a filter rejects" "$(ra -X -r a -w - - not '(tcp or icmp)' | sum -) $(ra -X -r b a -w - - not '(tcp or icmp)' | sum -)" "$(sum rotated-others) $(sum others)"

# Clocks that step, days that end.
mkrecords -c 4 -t 1309219080 >evening # 23:58 to 0:02
rasplit -X -M time 1d -w 'midnight/%Y.%m.%d' -r evening - ip
rasplit -X -M time 1m -w 'same.%Y' -r b a evening
is "windows of one name keep the order" "$(ra -X -M noman -r b a evening -s stime seq | cksum)" "$(ra -X -M noman -r same.2011 -s stime seq | cksum)"
rasplit -X -M time 1m atomic -w 'whole.%Y' -r b a evening
is "also when it appears at the end" "" "$(cmp same.2011 whole.2011)"
is "a day ends at midnight" "2011.06.27 2011.06.28" "$(ls midnight | tr '\n' ' ' | sed 's/ $//')"
is "local midnight" "2011.06.27" "$(TZ=America/New_York rasplit -X -M time 1d -w 'new-york/%Y.%m.%d' -r evening - ip; ls new-york)"
mkrecords -c 3 -t 1309168800 >back # the clock steps back
rasplit -X -M time 5m -w 'step/%H.%M' -r b back b - ip
is "windows that come again go to the same files" "10.00 10.20 10.25" "$(ls step | tr '\n' ' ' | sed 's/ $//')"
is "nothing is lost" "$(sum b back b)" "$(ra -X -R step -w - | sum -)"
is "each file begins once" "1 1 1" "$(for file in step/*; do ra -X -L-1 -r $file -M man -s proto - man | wc -l; done | tr '\n' ' ' | sed 's/ $//')"

# Windows of hours in which the clocks of New York go forward, or back.
names() { ls "$1" | tr '\n' ' ' | sed 's/ $//'; }
for change in "1299988800 2011-03-12_18 2011-03-13_00 2011-03-13_06 2011-03-13_12" "1320552000 2011-11-06_00 2011-11-06_06"; do
	mkrecords -c 24 -d 1800 -t "${change%% *}" >night
	rm -rf split
	(ulimit -f 2000; TZ=America/New_York timeout 20 rasplit -X -M time 6h -w 'split/%F_%H' -r night) 2>err
	is "windows end where the next ones begin" "${change#* }" "$(names split)"
	racluster -X -r night -w whole-night
	for in in night whole-night; do
		rm -rf split
		(ulimit -f 2000; TZ=America/New_York timeout 20 rasplit -X -M time 6h -w 'split/%F_%H' -r $in) 2>err
		is "all is in them" "$(sum $in)" "$(ra -X -R split -w - | sum -)"
		is "and in bins" "$(sum $in)" "$(TZ=America/New_York timeout 20 rabins -X -M 6h -m proto -r $in -w - | sum -)"
	done
done

# rastream: a program for each finished file.
cat >program <<P
#!/bin/sh
echo "\$1 \$2 \$(racount -X -r "\$2" | awk '/ sum /{print \$2}')" >>calls
case \$2 in *.$((base + 5))) exit 3 ;; *.$((base + 10))) kill -KILL \$\$ ;; esac
P
chmod +x program
calls_of() { for file in st.*; do echo "-r $file $(racount -X -r "$file" | awk '/ sum /{print $2}')"; done; }
begin rastream -X -M time 5s -B 1s -w 'st.%s' -f ./program -r in - ip
cat now >&3
eventually lines calls 5 && pass "files are finished while the stream goes on" || fail "files are finished while the stream goes on" "$(cat calls)"
cat now >&3
stop
is "the program is run on each, once, when all is in it" "$(calls_of)" "$(cat calls)"
is "and all is in them" "$(sum now)" "$(sum st.*)"
has "its exit status is told" "rastream: ./program -r st.$((base + 5)): exit status 3" "$err"
ends "also by the exit status" 2
has "and a signal" "rastream: ./program -r st.$((base + 10)): ended by signal 9" "$err"
has "what came for finished files is told" "records came for files that were closed" "$err"
rm -f calls st.*
begin rastream -X -M time 5m -B 1s -w 'st.%H.%M' -f ./program -r in - ip
head -c 5000 a >&3
sleep 1.3
tail -c +5001 a >&3
stop
is "files of old records wait for the end of a pipe" "$(calls_of)" "$(cat calls)"
is "so that none comes too late" "$(sum a) " "$(sum st.*) $err"
rm -f calls st.*
for mode in "count 30:4" "size 4k:?" "flow icmp:21"; do
	rm -f calls
	rastream -X -M "${mode%% *}" "$(echo "${mode#* }" | cut -d: -f1)" -w of. -f ./program -r a - ip
	case $mode in *:\?) wanted=$(ls of.?? | wc -l) ;; *) wanted=${mode#*:} ;; esac
	is "by ${mode%% *}, too" "$((wanted)) 100" "$(wc -l <calls | tr -d ' ') $(awk '{ n += $3 } END { print n }' calls)"
	rm -f of.??
done

# One that hangs.
cat >hangs <<'P'
#!/bin/sh
echo "$2" >>calls
exec sleep 60
P
chmod +x hangs
rm -f calls
begin rastream -X -M count 1 -w hang. -f ./hangs -r in
cat a >&3
eventually test -s calls
hung=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null || ps -o pid= --ppid "$pid")
kill -TERM "$pid"
sleep 1
if kill -0 "$pid"; then pass "the first signal leaves a program its time"; else fail "the first signal leaves a program its time"; fi
kill -TERM "$pid"
gone() { case $(sed -n 's/^State:.//p' "/proc/$pid/status" 2>/dev/null) in '' | Z*) ;; *) return 1 ;; esac; }
if eventually gone; then pass "a second one ends the wait"; else fail "a second one ends the wait"; kill -KILL "$pid"; fi
stop
kill $hung
ends "with a status" 2
has "and what was left is told" "rastream: ./hangs -r hang.aa: is not waited for: a second signal came" "$err"
has "also where it was not begun" "rastream: ./hangs: is not run on 100 more files" "$err"
is "all is in the files" "$(sum a)" "$(cat hang.* | sum -)"
rm -f calls hang.*

# It is not given the stream, nor are signals ignored in it.
cat >reads <<'P'
#!/bin/sh
cat >>read
case $(sed -n 's/^SigIgn:.*\(.\)...$/\1/p' /proc/$$/status 2>/dev/null) in [13579bdf]) echo PIPE >>ignored ;; esac
echo "$2" >>calls
P
chmod +x reads
rm -f calls
begin_from() { "$@" <in >out 2>err & pid=$!; exec 3>in; }
begin_from rastream -X -M count 1 -w one. -f ./reads -r -
cat a >&3
eventually lines calls 100 && pass "a program is run as soon as the one before is over" || fail "a program is run as soon as the one before is over" "$(wc -l <calls)"
cat b >&3
stop
is "it takes nothing of the stream" "" "$(cat read)"
is "all is in the files" "$(sum a b)" "$(cat one.* | sum -)"
is "and a program that writes to a pipe ends with it" "" "$(cat ignored 2>/dev/null)"

# A reader that goes away.
echo 'filter="" flush="pkts gt 0"' >rules
mkfifo away
for tool in "racluster -X -f rules" "rabins -X -M count 30" "rasplit -X -M time 5m -w -"; do
	$tool -r in >away 2>err & pid=$!
	exec 4<away
	exec 3>in
	cat a >&3
	head -c 1 <&4 >/dev/null
	exec 4<&-
	ended() { cat a >&3 2>/dev/null; case $(sed -n 's/^State:.//p' "/proc/$pid/status" 2>/dev/null) in '' | Z*) ;; *) return 1 ;; esac; }
	(trap '' PIPE; eventually ended)
	stop
	is "${tool%% *} ends without a word when nobody reads any more" "0 " "$status $err"
done

# Few open files are enough, and long names are whole.
(ulimit -n 24; rasplit -X -M time 1m -w 'few/$proto/$saddr.%H.%M' -r a b a)
is "a limit of open files loses nothing" "$(sum a b a)" "$(ra -X -R few -w - | sum -)"
(ulimit -n 24; rasplit -X -M time 1m atomic -w 'fewer/$proto/$saddr.%H.%M' -r a b a)
is "files that appear when they are complete, too" "$(sum a b a)" "$(ra -X -R fewer -w - | sum -)"
is "and they are the same" "" "$(diff -r few fewer)"
long=$(printf 'd%.0s' $(seq 150))
rasplit -X -M time 1d -w "$long/$long/%Y" -r a
is "long paths are made" "$long/$long/2011" "$(find ddd* -type f)"
finish

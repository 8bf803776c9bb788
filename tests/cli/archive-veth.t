# SPDX-License-Identifier: GPL-3.0-or-later
# argusarchive takes the file from under a running argus: no packet is lost.
. "$SRC/tests/cli/lib.sh"
network

mkdir "$T/data"
# On another file system, if there is one: what is written while a file is on its way there is in it, too.
elsewhere=$(mktemp -d /dev/shm/argus-test.XXXXXX 2>/dev/null) && ln -s "$elsewhere" "$T/archive" || elsewhere=
trap 'kill $pid 2>/dev/null; ip netns del "$ns" 2>/dev/null; rm -rf "$T" $elsewhere' EXIT
ARGUSDATA=$T/data ARGUSARCHIVE=$T/archive ARGUSSETTLE=0
export ARGUSDATA ARGUSARCHIVE ARGUSSETTLE
archived() { find "$T/archive/" -name 'argus.*.gz' 2>/dev/null | wc -l | tr -d ' '; }
packets() { ra -X "$@" -w - 2>/dev/null | racount -X -r - | awk '/ sum /{print $3}'; }
replay() { inside tcpreplay -q -p 5000 -i va "$T/in.pcap" >/dev/null 2>&1; }

"$BUILD/tests/bench/mkinput" "$T/in.pcap" 5000 500 || exit 1
echo 'ARGUS_FLOW_STATUS_INTERVAL=1' >"$T/conf"
nsenter --net="/run/netns/$ns" "$BUILD/argus/argus" -F "$T/conf" -v -D 1 -i vb -w "$T/data/argus.out" 2>"$T/err" & pid=$!
eventually capturing || fail "the probe listens" "$(cat "$T/err")"
for run in 1 2 3; do
	replay & replay=$! # the file is taken while packets come
	sleep 0.3
	run env ARGUSCOMPACT=$([ $run = 2 ] && echo yes || echo no) sh "$SRC/support/argusarchive"
	ends "run $run archives" 0
	is "a file more" $run "$(archived)"
	wait $replay
	eventually test -s "$T/data/argus.out" && pass "the probe goes on in a file of its own" || fail "the probe goes on in a file of its own"
done
kill -TERM "$pid"; wait "$pid"; status=$?
ends "it ends well" 0
has "it saw every packet" "15000 packets read: 15000 in records" "$(cat "$T/err")"
is "every packet is in the archive or in the last file" 15000 "$(packets -R "$T/archive/" -R "$T/data")"
is "every file can be read" "" "$(ra -X -q -R "$T/archive/" -R "$T/data" 2>&1 | grep -v start.date)"

# logrotate's copytruncate: what comes afterwards can be read.
nsenter --net="/run/netns/$ns" "$BUILD/argus/argus" -F "$T/conf" -v -D 1 -i vb -w "$T/emptied" 2>"$T/err" & pid=$!
eventually capturing || fail "the probe listens" "$(cat "$T/err")"
has_records() { [ "$(ra -X -q -A -r "$T/emptied" 2>/dev/null | awk '{print $6}')" != 0 ] && [ -s "$T/emptied" ]; }
replay
eventually has_records
truncate -s 0 "$T/emptied"
replay
kill -TERM "$pid"; wait "$pid"
run ra -X -q -r "$T/emptied"
is "a file that is emptied begins once more" "0 " "$status $err"
finish

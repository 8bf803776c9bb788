#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# rabins -M memory: bins for which nothing came for long are on disk. What is put out is the same, byte for
# byte, in whatever order records come; memory stays small; a full disk is told.
. "$SRC/tests/cli/lib.sh"
export TMPDIR="$T"
cd "$T" || exit 1

"$BUILD/tests/bench/mkinput" capture 20000 2000 || exit 1
argus() { "$BUILD/argus/argus" "$@"; }
argus -X -S 0.01 -r capture -w rising
rasort -X -m stime -v -r rising -w falling
rasort -X -m bytes sport -r rising -w shuffled

# What follows the first management record, which tells the clock.
same() {
	for input in rising falling shuffled; do
		rabins -X "$@" -r $input -w wanted
		for mode in memory=1m memory=4m "memory=16m -M threads=2"; do
			rabins -X "$@" -M $mode -r $input -w got 2>err
			if cmp -s -i 128 wanted got; then pass "$*, $input, $mode"; else fail "$*, $input, $mode" "$(cat err)"; fi
			rm -f got
		done
		rm -f wanted
	done
}

cat >rules <<'R'
filter="tcp" model="saddr sport daddr dport proto" cont
filter="udp" model="saddr daddr"
filter="" model="proto"
R
same -M time 0.00005s
same -M time 0.00005s -M hard -m saddr
same -M time 0.0001s -M zero -m proto
same -M time 0.0001s -f rules
same -M time 0.0001s -M correct -P bytes
same -M time 0.0002s -M rmon -m saddr
same -M time 0.0001s -m none
same -m none
same -M time 0.01s
same -M count 2000

# What is shown but not written, and what is written as it was read, while it waits to be sorted.
shown() { racluster -X -M norep -P mean spkts -r rising -L-1 -c, -s saddr sport trans mean "$@" | cksum; }
is "sorted flows show what they would without a limit" "$(shown)" "$(shown -M memory=1m)"

# Opposite directions that meet by less than all of their ends: one of a pair does not tell all of the others.
awk 'BEGIN {
	for (round = 0; round < 4; round++)
		for (i = 0; i < 6000; i++) {
			client = "10.0." int(i / 250) "." i % 250 "," 1000 + (i * 7 + round) % 5
			server = "10.9.0." i % 3 ",53"
			print "1000000000.1,1000000000.1,0,1,17," (round % 2 ? server : client) ",->," (round % 2 ? client : server) ",1,0,60,0,0,0,INT"
		}
}' | mkrows >ways
for key in -sport -saddr -dport; do
	printf 'RACLUSTER_AUTO_CORRECTION=yes\nmodel="%s"\n' $key >opposite
	racluster -X -f opposite -r ways -w wanted
	for mode in memory=1m "memory=32m -M threads=3"; do
		racluster -X -M $mode -f opposite -r ways -w got
		if cmp -s -i 128 wanted got; then pass "correcting, model $key, $mode"; else fail "correcting, model $key, $mode"; fi
		rm -f got
	done
	rm -f wanted
done

# One record of 90 years is 260,000 bins of three hours, which take 200 MB.
mkrecords -x >long
records() { racount -X -r "$1" | awk '/ sum /{print $2}'; }
little() { (ulimit -v 120000 && exec "$@"); }
if little rabins --version >/dev/null 2>&1; then
	run little rabins -X -M time 3h -M memory=8m -r long -w many
	ends "many bins in little memory" 0
	is "all of them" 262806 "$(records many)"
	run little racluster -X -m none -M memory=8m -r many -w again
	ends "what is not merged at all is on disk, too" 0
	is "all of it" 262806 "$(records again)"
	rm -f many again
fi

full() { (ulimit -f 200 && exec "$@"); }
run full rabins -X -M time 0.00005s -M memory=1m -r rising -w /dev/null
ends "a disk that is full is an error" 2
has "it says what could not be written" "rabins: temporary file (TMPDIR says where): File too large" "$err"
has "and how far it came" "rabins: ended after " "$err"
run full rabins -X -M time 3h -M memory=16m -M threads=2 -r long -w /dev/null
ends "in threads, too" 2
TMPDIR=$T/nowhere run rabins -X -M time 0.00005s -M memory=1m -r rising -w /dev/null
ends "so is a place where no file can be made" 2
has "it says where" "temporary file $T/nowhere/argus." "$err"
is "no files are left" "" "$(ls "$T" | grep '^argus\.')"
finish

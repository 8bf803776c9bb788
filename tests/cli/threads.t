#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Records come out the same, in the same order, however many threads merge them and
# however little memory there is.
. "$SRC/tests/cli/lib.sh"

"$BUILD/tests/bench/mkinput" "$T/capture" 30000 3000 || exit 1
"$BUILD/argus/argus" -X -S 0.01 -r "$T/capture" -w "$T/probe"
mkrecords -a -m >"$T/everything"
cat "$T/probe" "$T/everything" >"$T/in"

# What follows the first management record, which tells the clock.
flows() { tail -c +129 "$1" | cksum; }

same() {
	"$@" -X -r "$T/in" -w "$T/1"
	wanted=$(flows "$T/1")
	for mode in threads=2 threads=4 memory=1m "memory=32m -M threads=3"; do
		"$@" -X -M $mode -r "$T/in" -w "$T/2" 2>"$T/err"
		is "$* with $mode" "$wanted" "$(flows "$T/2")"
		rm -f "$T/2"
	done
	rm -f "$T/1"
}

same racluster
same racluster -m saddr
same racluster -m saddr/24 daddr
same racluster -M rmon -m saddr
same racluster -M correct
same racluster -M nopreserve -m proto
same racluster -m none
same racluster -P bytes
same rabins -M time 0.01s -m saddr
same rabins -M time 0.01s
same rabins -M hard -M time 0.02s -m proto

# What is printed depends on whether flows were merged here, too.
printed() {
	wanted=$("$@" -X -r "$T/in" -s saddr sport sload dload load | cksum)
	for mode in threads=2 threads=4 memory=1m "memory=32m -M threads=3"; do
		is "$* printed with $mode" "$wanted" "$("$@" -X -M $mode -r "$T/in" -s saddr sport sload dload load | cksum)"
	done
}

printed racluster
printed racluster -m saddr -P load
printed racluster -M correct
printed rabins -M time 0.01s -m saddr

# Packed inputs are unpacked in a thread: what is read is the same.
for pack in gzip bzip2 xz zstd; do
	case $pack in gzip) built= ;; xz) built=lzma ;; *) built=$pack ;; esac
	ra --version | grep -q "$built" && command -v $pack >/dev/null || continue
	file=$T/in.$pack
	$pack -c <"$T/in" >"$file"
	is "$pack: all of it" "$(ra -X -r "$T/in" -s +1seq | cksum)" "$(ra -X -r "$file" -s +1seq | cksum)"
	is "$pack: twice" "$(ra -X -% -r "$T/in" "$T/in" | cksum)" "$(ra -X -% -r "$file" "$file" | cksum)"
	is "$pack: in one thread" "$(racluster -X -r "$T/in" | cksum)" "$(racluster -X -M threads=1 -r "$file" | cksum)"
	is "$pack: in several" "$(racluster -X -r "$T/in" | cksum)" "$(racluster -X -M threads=3 -r "$file" | cksum)"
	for bytes in 6 8 18; do
		head -c $bytes "$file" >"$T/cut"
		run ra -X -r "$T/cut"
		ends "$pack: its first $bytes bytes are a file that is cut" 3
	done
	has "and it says so" "ra: $T/cut: ends inside a record" "$err"
	head -c 300 /bin/sh | $pack -c >"$T/cut"
	run ra -X -r "$T/cut"
	ends "$pack: something else is no Argus data" 1
	is "$pack: the first five" "$(ra -X -N 5 -r "$T/in" | cksum)" "$(ra -X -N 5 -r "$file" | cksum)"
	is "$pack: no more than asked for" "$(ra -X -r "$T/in" 2>/dev/null | head -3)" "$(ra -X -r "$file" 2>/dev/null | head -3)"
	head -c $(($(wc -c <"$file") * 2 / 3)) "$file" >"$T/cut"
	run ra -X -r "$T/cut" -s seq
	ends "$pack: a file that is cut off is told" 3
	rm -f "$file"
done
gzip -c <"$T/in" >"$T/in.gz"
for i in 1 2 3 4; do
	racluster -X -r "$T/in.gz" "$T/in.gz" "$T/in.gz" "$T/in.gz" -w "$T/2" &
	pid=$!
	[ $i = 1 ] || sleep 0.0$i
	kill -TERM $pid 2>/dev/null
	wait $pid 2>/dev/null
	status=$?
	[ $status = 0 ] || [ $status = 143 ] && pass "a signal ends it" || fail "a signal ends it" "status $status"
done

run racluster -M threads=0 -r "$T/in"
ends "no threads at all" 1
has "says what is wanted" "from 1 to 64" "$err"
finish

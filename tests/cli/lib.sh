# SPDX-License-Identifier: GPL-3.0-or-later
# What the command-line tests share: a folder of their own, $T, that goes away;
# `run` a command; say what is to be seen. A test ends with `finish`.
PATH=$BUILD:$BUILD/tests/data:$PATH
T=$(mktemp -d) || exit 1
trap 'stop_servers; rm -rf "$T"' EXIT
export TZ=UTC HOME="$T" LC_ALL=C
unset ARGUSPATH ARGUSHOME
tests=0

# run COMMAND ...: its output is in $out, its messages without their stamp in $err,
# its exit status in $status.
run() {
	out=$("$@" 2>"$T/err"); status=$?
	err=$(sed 's/^\([a-z0-9]*\)\[[0-9]*\]: [0-9:.]* /\1: /' "$T/err")
}

pass() { tests=$((tests + 1)); echo "ok $tests - $1"; }
# What was wrong goes where prove shows it.
fail() { tests=$((tests + 1)); echo "not ok $tests - $1"; printf '%s\n' "failed: $@" | sed 's/^/# /' >&2; }

# is NAME WANTED GOT
is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "wanted: $2" "   got: $3"; fi; }

# has NAME PART WHOLE
has() { case $3 in *"$2"*) pass "$1" ;; *) fail "$1" "wanted: ...$2..." "   got: $3" ;; esac; }

# ends NAME STATUS: how the last run ended.
ends() { if [ "$status" = "$2" ]; then pass "$1"; else fail "$1" "wanted status $2, got $status" "$err"; fi; }

# eventually COMMAND ...: tries it for twenty seconds.
eventually() { i=0; until "$@"; do i=$((i + 1)); [ $i -lt 200 ] || return 1; sleep 0.1; done; }

# start server.py|saslserver OPTION|FILE ...: a server at $at, whose clients' words go to a log of
# its own. heard NAME WORDS: what it was told, when it is over.
start() {
	kind=$1; shift
	log=$T/log.$((${log##*.} + 1))
	rm -f "$T/port"
	case $kind in
	*.py) python3 -I -S "$SRC/tests/cli/$kind" "$log" "$T/port" "$@" & ;;
	*) "$kind" "$log" "$T/port" "$@" & ;;
	esac
	server=$! servers="$servers $!"
	i=0; until [ -s "$T/port" ]; do i=$((i + 1)); [ $i -lt 200 ] || break; sleep 0.05; done
	at=127.0.0.1:$(cat "$T/port")
}
servers= log=0
stop_servers() { kill $servers 2>/dev/null; }
heard() { wait "$server"; is "$1" "$2" "$(cat "$log")"; }

# network: a network of its own with two interfaces, va and vb, one the other's end; it goes
# away with the test, and with it the process $pid. `inside` runs a command there.
network() {
	[ "$(id -u)" = 0 ] || skip_all "needs root"
	command -v tcpreplay >/dev/null || skip_all "needs tcpreplay"
	# One at a time: how much the machine queues between the ends is the same for all networks.
	exec 8>"${TMPDIR:-/tmp}/argus-test-network.lock" && command -v flock >/dev/null && flock 8
	ns=argus-test-$$ pid=
	ip netns add "$ns" 2>/dev/null || skip_all "needs network namespaces"
	trap 'kill $pid 2>/dev/null; ip netns del "$ns" 2>/dev/null; rm -rf "$T"' EXIT
	inside sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 2>/dev/null
	inside ip link add va type veth peer name vb 2>/dev/null || skip_all "needs virtual interfaces"
	inside ip link set va up && inside ip link set vb up || skip_all "needs virtual interfaces"
}
# Not "ip netns exec": that wants to mount, which a chroot may not.
inside() { nsenter --net="/run/netns/$ns" "$@"; }

# Whether the probe, whose messages of -D 1 go to $T/err, gets packets: its output is there before.
capturing() { grep -q ': opened' "$T/err"; }

skip_all() { echo "1..0 # SKIP $1"; exit 0; }
finish() { echo "1..$tests"; }

# field VALUES of a column, joined by blanks: words COMMAND ...
words() { "$@" 2>/dev/null | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }

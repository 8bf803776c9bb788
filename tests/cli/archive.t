# SPDX-License-Identifier: GPL-3.0-or-later
# argusarchive: nothing is lost, nothing is overwritten, every failure says so.
. "$SRC/tests/cli/lib.sh"
mkdir "$T/data with blanks" || exit 1
ARGUSDATA="$T/data with blanks" ARGUSARCHIVE="$T/archive" ARGUSSETTLE=0 ARGUSCOMPRESS=gzip
export ARGUSDATA ARGUSARCHIVE ARGUSSETTLE ARGUSCOMPRESS
archive() { run sh "$SRC/support/argusarchive" "$@"; }
records() { ra -X -R "$1" -L-1 -s seq 2>/dev/null | wc -l | tr -d ' '; }

archive
ends "without data there is nothing to do, and it says so" 1
has "in its log" "nothing to archive" "$out"

mkrecords >"$ARGUSDATA/argus.out"
archive
ends "the first run archives" 0
is "the file is in the folder of its day" "1" "$(find "$T/archive/argus.archive" -path "*/20[0-9][0-9]/[01][0-9]/*" -name 'argus.*.0.gz' | wc -l | tr -d ' ')"
is "the file of the probe is gone" "no" "$([ -e "$ARGUSDATA/argus.out" ] && echo yes || echo no)"
is "all records are there" "5" "$(records "$T/archive")"
is "the state names the next file" "1" "$(grep -c '^argus\.[0-9.]*\.1$' "$ARGUSDATA/argus.start.date")"

mkrecords -t 1309200000 >"$ARGUSDATA/argus.out"
next=$(cat "$ARGUSDATA/argus.start.date")
archive
is "the next run uses that name" "1" "$(find "$T/archive" -name "$next.gz" | wc -l | tr -d ' ')"
is "still nothing is lost" "10" "$(records "$T/archive")"

mkrecords >"$ARGUSDATA/argus.out"
echo "$next" >"$ARGUSDATA/argus.start.date"
archive
ends "a file that is there already is not overwritten" 1
is "the data stay" "5" "$(ra -X -r "$ARGUSDATA/argus.out" -L-1 -s seq | wc -l | tr -d ' ')"

echo "nonsense; rm -rf /" >"$ARGUSDATA/argus.start.date"
sleep 1
ARGUSCOMPACT=yes archive
ends "a state that makes no sense is not believed" 0
has "compacting is logged" "compacted from" "$out"

mkrecords >"$ARGUSDATA/edge_argus.out"
ARGUSCOMPRESS=no archive edge
is "an instance has an archive of its own" "5" "$(records "$T/archive/edge_argus.archive")"

# Three days from five to seven days ago, and what is in today's folder.
there() { (cd "$T/archive/argus.archive" && find . -type f | sed 's|/argus[^/]*$||; s|^./||' | sort -u | tr '\n' ' '); }
for ago in 5 6 7; do
	day=$(date -d "$ago days ago" +%Y/%m/%d)
	mkdir -p "$T/archive/argus.archive/$day"
	mkrecords >"$T/archive/argus.archive/$day/argus.$(echo $day | tr / .).10.00.00.0"
	touch -d "$ago days ago" "$T/archive/argus.archive/$day"/*
done
mkrecords >"$ARGUSDATA/argus.out"
sleep 1
before=$(there)
ARGUSKEEP=3 archive
ends "with days to keep" 0
is "old days are forgotten" "$(echo "$before" | cut -d' ' -f2-)" "$(there)"
has "and told" "forgotten: $T/archive/argus.archive/$(date -d '7 days ago' +%Y/%m/%d)/argus." "$out"
# A clock that is ten years ahead makes all old.
before=$(there)
mkdir "$T/ahead"
cat >"$T/ahead/date" <<D
#!/bin/sh
exec "$(command -v date)" -d '3650 days' "\$@"
D
chmod +x "$T/ahead/date"
find "$T/archive/argus.archive" -type f -exec touch -d '3650 days ago' {} +
rm "$ARGUSDATA/argus.start.date"
mkrecords >"$ARGUSDATA/argus.out"
PATH=$T/ahead:$PATH
ARGUSKEEP=3 archive
is "but not the last days that there are, however old" "$(echo "$before" | cut -d' ' -f2-)$(date +%Y/%m/%d) " "$(there)"
PATH=${PATH#"$T/ahead:"}

# Files that are not like others.
sums() { ra -X -R "$T/anew" -w - - ip 2>/dev/null | racount -X -r - | awk '/ sum /{print $3, $6}'; }
# What is not as it should be in the end: not in the archive, half-done, or not packed.
left() { find "$T/anew" -type f '(' -name '.*' -o -path '*/data/*' ! -name '*.date' -o -path '*/archive/*' ! -name "*.[0-9]$1" ')'; }
probe() { mkrecords -c 4 -t "$1" >>"$T/anew/data/argus.out"; }
fresh() {
	rm -rf "$T/anew"
	mkdir -p "$T/anew/data"
	probe 1309168800
}
ARGUSDATA=$T/anew/data ARGUSARCHIVE=$T/anew/archive
export ARGUSCOMPACT=yes
fresh
all=$(sums)
mkrecords | ra -X -r - -w "$T/quiet" - man
mv "$T/quiet" "$ARGUSDATA/argus.out"
archive
ends "an hour without a flow is archived" 0
is "and packed as any other" "1 " "$(find "$ARGUSARCHIVE" -name '*.gz' | wc -l | tr -d ' ') $(left .gz)"
is "what it holds is there" "man" "$(ra -X -R "$ARGUSARCHIVE" -L-1 -M man -s proto | sort -u | tr -d ' ')"
fresh
truncate -s -7 "$ARGUSDATA/argus.out"
archive
ends "what racluster finds damaged" 1
is "is packed and archived as it is" "4 " "$(ra -X -R "$ARGUSARCHIVE" -L-1 -s proto 2>/dev/null | grep -c icmp) $(left .gz)"
fresh
mkdir "$T/anew/else" && mv "$ARGUSDATA/argus.out" "$T/anew/else/probe" && ln -s ../else/probe "$ARGUSDATA/argus.out"
mkdir "$T/anew/disk" "$ARGUSARCHIVE" && ln -s ../disk "$ARGUSARCHIVE/argus.archive"
chmod 640 "$T/anew/else/probe"
touch -d '5 days ago' "$T/anew/else/probe"
archive
ends "links are followed" 0
is "to both ends" "link 0 1" "$([ -L "$ARGUSDATA/argus.out" ] && echo link) $(ls "$T/anew/else" | wc -l | tr -d ' ') $(find "$T/anew/disk" -name '*.gz' -perm 640 | wc -l | tr -d ' ')"
mkdir -p "$T/anew/disk/2100/01/01" && mkrecords >"$T/anew/disk/2100/01/01/argus.x"
ARGUSKEEP=1 archive
is "also to forget what is there" "1" "$(find "$T/anew/disk" -type f | wc -l | tr -d ' ')"
fresh
ARGUSCOMPRESS=none archive
ends "what is not understood is told first" 1
is "and all stays where it is" "argus.out" "$(ls "$ARGUSDATA")"
fresh
if command -v flock >/dev/null; then
	mkdir -p "$ARGUSARCHIVE/argus.archive"
	flock "$ARGUSARCHIVE/argus.archive" env sh "$SRC/support/argusarchive" >"$T/out"
	has "only one is at work" "another argusarchive is at work" "$(cat "$T/out")"
	is "what there is waits for it" "$all argus.out" "$(sums) $(ls "$ARGUSDATA")"
fi
for i in 1 2 3 4 5; do
	probe $((1309168800 + i * 1000))
	archive
	[ $status = 0 ] || break
done
ends "several in one second are no trouble" 0
is "and are all there" "$(for i in 1 2 3 4 5 6; do mkrecords -c 4; done | ra -X -r - -w - - ip | racount -X -r - | awk '/ sum /{print $3, $6}') " "$(sums) $(left .gz)"

# Killed before or after any of the programs it runs, and run again: nothing is lost, nothing doubled.
mkdir "$T/stubs"
for program in mkdir mv sleep racluster gzip cp sync ln rm; do # those that change something
	real=$(PATH=${PATH#"$T/stubs:"} command -v "$program") || exit 1
	cat >"$T/stubs/$program" <<E
#!/bin/sh
calls=\$((\$(cat "$T/calls") + 1))
echo \$calls >"$T/calls"
[ \$calls != "\$KILL_BEFORE" ] || { kill -9 \$MAIN; exit 137; }
"$real" "\$@"
status=\$?
[ \$calls != "\$KILL_AFTER" ] || kill -9 \$MAIN
exit \$status
E
	chmod +x "$T/stubs/$program"
done
# The script is the process MAIN, which begins with an exec.
killed() {
	echo 0 >"$T/calls"
	run env PATH="$T/stubs:$PATH" "$@" sh -c 'MAIN=$$ exec env MAIN=$$ sh "$0"' "$SRC/support/argusarchive"
}
fresh
probe 1309169800
wanted=$(sums)
for how in "yes gzip" "no no"; do
	export ARGUSCOMPACT=${how% *} ARGUSCOMPRESS=${how#* }
	fresh
	killed
	last=$(cat "$T/calls") wrong=
	for when in BEFORE AFTER; do
		call=1
		while [ $call -le "$last" ]; do
			fresh
			(killed "KILL_$when=$call") 2>/dev/null
			probe 1309169800
			killed
			got="$status $(sums) $(left "$([ $ARGUSCOMPRESS = no ] || echo .gz)")"
			[ "$got" = "0 $wanted " ] || wrong="$wrong$when $call: $got; "
			call=$((call + 1))
		done
	done
	is "killed anywhere, at $last steps, and run again ($how)" "" "$wrong"
done

# argus.cron, as cron takes it: without the backslashes, and with our folders.
day=$(date -d yesterday +%Y/%m/%d)
mkdir -p "$T/cron/$day"
mkrecords -c 4 >"$T/cron/$day/argus.x"
mkrecords -c 4 >"$T/cron/$(echo $day | tr / -).argus.new" # of one that was killed
line=$(sed -n 's/^30 1 \* \* \*  root  //p' "$SRC/support/argus.cron" |
	sed "s/[\\]%/%/g; s|/usr/local/argus/argus.archive|$T/cron|; s|/var/log/argus|$T/cron|g")
sh -c "$line"; status=$?
ends "yesterday is put in one file" 0
once=$(racount -X -r "$T/cron"/*.argus | awk '/ sum /{print $2, $3, $6}')
is "which has its packets" "$(racount -X -r "$T/cron/$day/argus.x" | awk '/ sum /{print $3, $6}')" "${once#* }"
sh -c "$line"
is "and no more when it is made again" "$once" "$(racount -X -r "$T/cron"/*.argus | awk '/ sum /{print $2, $3, $6}')"

# rasplit.service, without systemd: what argus still gives when it is told to end is written.
if command -v pkill >/dev/null; then
	unit=$SRC/support/rasplit.service
	mkdir "$T/bin"
	cat >"$T/bin/argus" <<E
#!/bin/sh
trap 'sleep 0.3; mkrecords -c 4; exit' TERM
mkrecords -c 4 | head -c 940 # with the initial MAR
touch "$T/began"
while :; do sleep 0.05; done
E
	chmod +x "$T/bin/argus"
	# As systemd takes it: without the quotes, and with one % and \$ for two; and then our programs.
	command_of() {
		sed -n "s/^$1=.bin.sh -c '\(.*\)'$/\1/p" "$unit" |
			sed "s/%%/%/g; s/\\\$\\\$/\$/g; s|/usr/sbin/argus|$T/bin/argus|; s|/usr/bin/rasplit|rasplit|; s|/var/log/argus|$T/split|; s|\\\$MAINPID|$2|g"
	}
	sh -c "$(command_of ExecStart)" 2>"$T/err" & main=$!
	eventually test -e "$T/began"
	stop=$(command_of ExecStop "$main")
	timeout 20 sh -c "${stop:-pkill -P $main}" # without: all get the signal
	wait "$main"
	is "rasplit.service loses nothing when it ends" "$(mkrecords -c 4 | racount -X -r - | awk '/ sum /{print $2 + 5}')" \
		"$(ra -X -R "$T/split" -w - | racount -X -r - | awk '/ sum /{print $2}')"
fi
finish

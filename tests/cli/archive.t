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

find "$T/archive/argus.archive" -type f -exec touch -d '5 days ago' {} +
mkrecords >"$ARGUSDATA/argus.out"
sleep 1
ARGUSKEEP=3 archive
is "old days are forgotten" "1" "$(find "$T/archive/argus.archive" -type f | wc -l | tr -d ' ')"
finish

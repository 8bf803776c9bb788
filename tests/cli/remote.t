# SPDX-License-Identifier: GPL-3.0-or-later
# Records from servers: what a server sends is read as if it came from a file.
. "$SRC/tests/cli/lib.sh"
python3 -I -S -c 'import socket' 2>/dev/null || skip_all "no python3 for a server"
mkrecords >"$T/a"
mkrecords -c 2 >"$T/b"

serve() { start server.py "$@"; }
seqs() { run ra -X -L-1 -s seq "$@"; out=$(echo $out); }

serve "$T/a"
run ra -X -u -S "$at"; ends "a server is read to the end of its stream" 0
is "without a message" "" "$err"
is "and gives the lines of the file" "$(ra -X -u -r "$T/a")" "$out"
heard "it was asked to start" "START: "

serve "$T/a"
seqs -S "argus://me:pass@$at" - tcp
is "a filter selects" "$(words ra -X -L-1 -s seq -r "$T/a" - tcp)" "$out"
heard "and is sent, man besides" "FILTER: man or (tcp)
START: "
for how in "local tcp" "display tcp"; do
	serve "$T/a"
	seqs -S "argus-tcp://$at" - $how
	heard "what follows '${how%% *}' is not sent" "START: "
done
serve "$T/a"; seqs -S "$at" -E "$T/rejects" - tcp
heard "nor is one whose rejects are wanted" "START: "

serve "$T/a"; first=$at
serve "$T/b"; seqs -S "$first" -S "$at"
is "two servers are read at once" "15" "$(echo $out | wc -w)"
serve "$T/a"; first=$at
serve "$T/b"; seqs -S "$first $at" -r "$T/a"
is "files of the command line replace servers before them" "1 2 3 4 5" "$out"
serve "$T/a"; seqs -r "$T/b" -S "$at"
is "servers behind them are read after them" "1 2 3 4 5 6 7 8 9 10 1 2 3 4 5" "$out"

serve "$T/a"; echo "RA_ARGUS_SERVER=$at" >"$T/rc"
seqs -F "$T/rc"; is "a configuration names servers" "1 2 3 4 5" "$out"
serve "$T/a"; seqs -F "$T/rc" -S "$at"; is "those of the command line replace them" "1 2 3 4 5" "$out"
seqs -F "$T/rc" -r "$T/a"; is "and so do its files" "1 2 3 4 5" "$out"

serve "$T/a"; run ra -X -S "$at" -w "$T/o"
is "what is written can be read" "1 2 3 4 5" "$(words ra -X -L-1 -s seq -r "$T/o")"
serve "$T/b"; run racluster -X -L-1 -m proto -s pkts -S "$at"
is "every client reads servers" "$(racluster -X -L-1 -m proto -s pkts -r "$T/b")" "$out"
serve "$T/a"; run ra -X -L-1 -M poll -M man -S "$at"
is "poll takes the initial record alone" "1" "$(echo "$out" | wc -l)"
heard "and does not start the server" "DONE: "

serve "$T/a"; run ra -X -L-1 -M man -s cause -S "$at"
is "otherwise it is for files" "$(words ra -X -L-1 -M man -s cause -r "$T/a" | cut -d' ' -f2-)" "$(echo $out)"

# The end of a stream.
serve --hold "$T/a"; seqs -S "$at" -T 1; ends "-T ends it" 0
is "with what came" "1 2 3 4 5" "$out"
heard "in good order" "START: 
DONE: "
serve --hold "$T/a"; seqs -S "$at" -o RA_RUN_TIME=1; is "RA_RUN_TIME ends it too" "1 2 3 4 5" "$out"
serve --hold "$T/a"; seqs -S "$at" -N 3; is "so does -N" "1 2 3" "$out"
heard "in good order too" "START: 
DONE: "
serve --hold "$T/a"; seqs -T 0 -r "$T/a"; is "-T is nothing to files" "1 2 3 4 5" "$out"

lines() { [ "$(wc -l <"$1" 2>/dev/null)" -ge "$2" ]; }
serve --hold "$T/a"
: >"$T/out"
ra -X -L-1 -s seq -A -S "$at" >"$T/out" 2>"$T/err" & pid=$!
eventually lines "$T/out" 5 && pass "records are shown as they come" || fail "records are shown as they come" "$(cat "$T/err")"
kill -TERM "$pid"; wait "$pid"; status=$?
ends "a signal ends it in good order" 0
has "with the summary" "TotalFarRecords 5" "$(cat "$T/out")"
heard "which the server is told" "START: 
DONE: "

serve "$T/a" "$T/b"
seqs -o RA_RELIABLE_CONNECT=yes -S "$at" -N 16
is "a server that comes back is read on" "1 2 3 4 5 1 2 3 4 5 6 7 8 9 10" "$out"
has "which is said" "$at connection closed: connecting again" "$err"

size=$(wc -c <"$T/a")
head -c $((size - 140)) "$T/a" >"$T/cut"
serve "$T/cut"; seqs -S "$at"; ends "a stream that ends inside a record is status 3" 3
is "and no part of one is delivered" "1 2 3 4" "$out"
has "which is said" "$at: ends inside a record" "$err"
serve --reset "$T/cut"; seqs -S "$at"; ends "a connection that breaks is status 2" 2
is "what came before is there" "1 2 3 4" "$out"
has "which is said" "$at: Connection reset by peer" "$err"
has "and that it broke inside a record" "$at: ends inside a record" "$err"
serve --reset "$T/b" "$T/a"; seqs -o RA_RELIABLE_CONNECT=yes -S "$at" -T 5
is "it is soon there again" "1 2 3 4 5 6 7 8 9 10 1 2 3 4 5" "$out"
set -- $(ra -X -L-1 -s offset -r "$T/a")
{ head -c "$3" "$T/a"; head -c 64 /dev/zero | tr '\0' '\377'; tail -c +$(($3 + 1)) "$T/a"; } >"$T/damaged"
serve "$T/damaged"; seqs -S "$at"; ends "so is damage" 3
is "around which all is read" "1 2 3 4 5" "$out"
has "it is counted" "$at: damaged in 1 places, 64 bytes skipped" "$err"

# A file of the archive that a server keeps.
mkdir -p "$T/archive/2024"; cp "$T/b" "$T/archive/2024/b"
serve --archive "$T/archive" "$T/a"; run ra -X -u -S "$at/2024/b"; ends "a file of a server is read" 0
is "and is what the file is" "$(ra -X -u -r "$T/b")" "$out"
heard "and is asked for by its path" "FILE: /2024/b
START: 
DONE: "
serve --archive "$T/archive" "$T/a"; seqs -S "argus://me@$at/2024/b" - tcp
is "its filter is ours" "$(words ra -X -L-1 -s seq -r "$T/b" - tcp)" "$out"
heard "and not sent" "FILE: /2024/b
START: 
DONE: "
serve --archive "$T/archive" "$T/a"; run ra -X -S "$at/none"; ends "one that is not given is status 2" 2
has "which is said" "$at/none: remote file error" "$err"
serve --archive "$T/archive" --short 10 "$T/a"; seqs -S "$at/2024/b"; ends "one that breaks off is status 2" 2
is "and what came is shown" "1 2 3 4 5 6 7 8 9 10" "$out"
has "which is said" "closed the connection 10 bytes before the end of the file" "$err"
head -c $((size - 7)) "$T/a" >"$T/archive/cut"
serve --archive "$T/archive" "$T/a"; seqs -S "$at/cut"; ends "one that ends inside a record is status 3" 3
echo text >"$T/archive/text"
serve --archive "$T/archive" "$T/a"; run ra -X -S "$at/text"
has "other files are no records" "$at/text: not Argus data" "$err"
run ra -X -S "cisco://$at/b"; has "datagrams are of no file" "datagrams are of no file" "$err"

# What cannot be read.
serve "$T/a"; seqs -q -S "$at"; wait "$server"
run ra -X -S "$at"; ends "a refused connection is status 1" 1
is "and said" "ra: connect to $at failed 'Connection refused'" "$err"
serve --refuse 2 "$T/a"; run ra -X -S "$at"; ends "a full server is status 2" 2
has "and said" "$at: remote exceed listen error" "$err"
serve --refuse 1 "$T/a"; run ra -X -S "$at"; has "denied access is said" "remote access denied" "$err"
serve "$SRC/HACKING"; run ra -X -S "$at"; ends "another kind of server is status 1" 1
is "and said" "ra: $at is not an Argus 3 server" "$err"
serve --silent "$T/a"; run ra -X -o RA_CONNECT_TIME=1 -S "$at"; is "so is silence" "ra: $at does not answer" "$err"
serve --reply SY "$T/a"; run ra -X -S "$at" - tcp; ends "a filter that the server cannot read is status 2" 2
has "and said" "$at: remote filter syntax error." "$err"
serve --reply ER "$T/a"; run ra -X -S "$at" - tcp; has "other errors with it too" "remote filter error" "$err"
serve --reply "" "$T/a"; run ra -X -S "$at" - tcp; is "also when it just hangs up" "ra: $at connection closed" "$err"
serve "$T/a"; run ra -X -% -S "$at"; ends "-% cannot read a server twice" 1
serve "$T/a"; seqs -S "127.0.0.1:1 $at"; is "one that is away does not keep others from being read" "1 2 3 4 5" "$out"
ends "and is in the status" 1
seqs -o RA_RELIABLE_CONNECT=yes -S 127.0.0.1:1 -T 1; ends "one that is never there is status 1, however often it is tried" 1
has "and said" "127.0.0.1:1 was not reached" "$err"
serve "$T/a"; run ra -X -o "RA_SOURCE_PORT=${at#*:}" -S "$at"
is "connections come from RA_SOURCE_PORT: a port that is taken is none" "ra: connect to $at failed 'Address already in use'" "$err"
for other in ipfix ipfix-tcp; do
	run ra -X -S "$other://127.0.0.1"
	has "$other is refused by name" "$other:// is not read" "$err"
done
finish

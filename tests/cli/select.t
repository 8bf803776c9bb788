# SPDX-License-Identifier: GPL-3.0-or-later
# Which records: filter, -t, -N, -e, -M label=, -R, offsets.
. "$SRC/tests/cli/lib.sh"
mkrecords -l -c 2 >"$T/a"
show() { words ra -X -L-1 -s dport -n -r "$T/a" "$@"; }
seq() { words ra -X -L-1 -s seq -r "$T/a" "$@"; }

is "all records" "1 2 3 4 5 6 7 8 9 10" "$(seq)"
is "a filter" "1 6" "$(seq - tcp and port 80)"
is "a local filter" "1 6" "$(seq - local tcp and port 80)"
is "a filter for display selects nothing" "1 2 3 4 5 6 7 8 9 10" "$(seq - display icmp)"

is "-N n" "1 2 3" "$(seq -N 3)"
is "-N a-b" "2 3 4" "$(seq -N 2-4)"
is "-N a+n" "2 3 4" "$(seq -N 2+2)"
is "-N i counts what passes the filter" "2 5 7" "$(seq -N i3 - udp)"
is "-N o counts what is printed" "1 2 3" "$(seq -N o3)"
is "-N i counts before -t" "1 2 3" "$(seq -N 6 -t 2011/06/27.03:20:00+2s)"
is "-N o counts after -t" "6 7 8" "$(seq -N o3 -t 2011/06/27.03:21:00+10s)"
is "-N with the end before the start prints nothing" "" "$(seq -N 4-2)"
is "-N takes several inputs together, management records too" "1 2 3 4 5 6 7 8 9 10 1" "$(seq "$T/a" -N 12)"

is "-t takes records that begin or end in the range" "1 2 3" "$(seq -t 2011/06/27.03:20:00+2s)"
is "-t c takes records inside" "1 2" "$(seq -t c2011/06/27.03:20:00-03:20:02)"
is "-t xc takes the others" "3 4 5 6 7 8 9 10" "$(seq -t xc2011/06/27.03:20:00-03:20:02)"
is "-t n takes records around" "4" "$(seq -t n2011/06/27.03:20:04+1s)"
is "-t A - B" "6 7 8 9 10" "$(seq -t 2011/06/27.03:21 - 03:22)"
is "-t A -B" "6 7 8 9 10" "$(seq -t 2011/06/27.03:21 -03:22)"
is "-t A leaves a filter behind a dash alone" "6" "$(seq -t 2011/06/27.03:21 - port 80)"
is "-t with wildcards" "6 7 8 9 10" "$(seq -t '****/**/27.**:21')"
is "-t in another zone" "1 2 3 4 5 6 7 8 9 10" "$(seq -M TZ=EST5 -t 2011/06/26.22:20-22:22)"
run ra -X -r "$T/a" -t 1990; ends "-t that matches nothing is no error" 0
run ra -X -r "$T/a" -t foo; has "a bad range is named" "time syntax error foo" "$err"; ends "with status 1" 1
run ra -X -r "$T/a" -t 12-11; has "a range that ends before it starts" "invalid time range" "$err"; ends "with status 1" 1

is "-e looks at both sides" "1 6" "$(seq -e 'HTTP/1.0 200')"
is "-e s: looks at the source's data" "1 6" "$(seq -e s:GET)"
is "-e d: looks at the destination's data" "" "$(seq -e d:GET)"
is "-e is an extended regular expression" "1 6" "$(seq -e '(GET|POST) /')"
is "-i ignores case" "1 6" "$(seq -i -e 'get /INDEX')"
is "management records have no user data" "tcp tcp" "$(words ra -X -L-1 -M man -s proto -e 'GET /' -r "$T/a")"
ra -X -e nothing -r "$T/a" -w "$T/none"; is "nor do they make a file for records that are not there" "" "$(ls "$T/none" 2>/dev/null)"
run ra -X -r "$T/a" -e nothing; ends "-e without a match is status 1" 1
run ra -X -r "$T/a" -e '('; has "a bad expression is named" "user data regex error" "$err"; ends "with status 1" 1

is "-M label=" "2 7" "$(seq -M label=dns)"
is "-i before -M label=" "2 7" "$(seq -i -M label=DNS)"

run ra -X -r "$T/a" - icmp and tcp; ends "a filter that nothing passes is status 1" 1
run ra -X -r "$T/a" "$T/a" - icmp and tcp; ends "with several files too" 1
run ra -X -r "$T/a" - bogus host; ends "a filter with an error is status 1" 1
has "and is named" "filter syntax error: 'bogus host'" "$err"
run ra -X -b - tcp; ends "-b is no error" 0
[ -n "$out" ] && pass "-b shows the filter" || fail "-b shows the filter"

mkdir -p "$T/dir/sub/.hidden" && mkrecords -t 1000 >"$T/dir/sub/b" && mkrecords -t 2000 >"$T/dir/a" && mkrecords >"$T/dir/sub/.hidden/c"
echo "no records" >"$T/dir/text"
is "-R reads folders in the order of their names" "2000.000000 1000.000000" "$(words ra -X -L-1 -u -s stime -R "$T/dir" - tcp and port 80)"
run ra -X -R "$T/dir/sub/.hidden/none"; ends "a folder that is not there is an error" 2
run ra -X -L-1 -s proto -R "$T/none" "$T/dir/sub/b" -R "$T/nor" -r "$T/a"; ends "though the others are read" 2
is "all of them" "$(ra -X -L-1 -s proto -r "$T/dir/sub/b" "$T/a")" "$out"
has "and those that are missing named" "nor'" "$err"
mkdir "$T/empty"; run ra -X -R "$T/empty"; has "an empty folder is no input" "no input files" "$err"; ends "with status 1" 1

set -- $(ra -X -L-1 -s offset -r "$T/a" 2>/dev/null)
is "::START:STOP takes records by offset" "2 3" "$(words ra -X -L-1 -s seq -r "$T/a::$2:$4")"
finish

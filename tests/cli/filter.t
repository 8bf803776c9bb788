# SPDX-License-Identifier: GPL-3.0-or-later
# The flow filter at the command line: columns, units, the tree of -b, and how
# errors look. What each primitive means is in tests/unit/test_filter.c.
. "$SRC/tests/cli/lib.sh"
mkrecords -l -c 2 >"$T/a"
seq() { words ra -X -L-1 -s seq -r "$T/a" - "$@"; }

is "and, or: equal precedence, from the left" "2 7" "$(seq icmp or udp and port 53)"
is "parentheses" "2 3 7 8" "$(seq 'icmp or (udp and port 53)')"
is "a value takes the head before it" "1 2 6 7" "$(seq dst port 80 or 53)"
is "a column by number" "1 6" "$(seq 'dport = 80')"
is "a column by name of the state" "2 4 7 9" "$(seq 'state = CON')"
is "a column by regular expression" "2 7" "$(seq 'label ~ /dns/')"
is "a column that only prints" "1 4 5 6 9 10" "$(seq 'dir = "->"')"
is "a column by time" "7 8 9 10" "$(seq 'stime > 2011/06/27.03:21')"
is "a column by network" "1 3 5 6 8 10" "$(seq 'saddr = 10.0.0.0/8 and dport != 53')"
is "units behind a symbol" "$(seq sbytes \> 100)" "$(seq sbytes \> 0.1k)"
is "the user's data, from their beginning" "1 6" "$(seq 'suser ~ /^GET \/index/')"
is "unprintable bytes of them are dots" "1 6" "$(seq 'suser = "GET /index.html HTTP/1.0.."')"
is "a word without a value is a column before a symbol" "1 4 6 9" "$(seq 'synack >= 0')"
is "a backslash makes a column of a word" "4 9" "$(seq '\pkts = 30')"
is "with and without blanks" "4 9" "$(seq '(\pkts=30)')"
is "a port by its name" "1 6" "$(seq 'dport = http')"
is "a protocol by its name" "3 8" "$(seq '\proto = icmp')"
is "letters of encapsulations" "" "$(seq 'senc = q')"
is "what compares as it prints has no blanks around it" "$(seq 'dir = "->"')" "$(seq 'dir = " -> "')"
is "time since a record was touched" "1 2 3 4 5 6 7 8 9 10" "$(seq 'idle > 1M')"
for text in 'sport = htpt' 'ias = 1.70000' 'idle > soon' 'stime > noon'; do
	run ra -X -r "$T/a" - "$text"; has "'$text' is an error" "is not a value of the column" "$err"
done
run ra -X -r "$T/a" - 'rank < 3'; has "a column that is numbered when it is printed cannot be compared" "not known before" "$err"

run ra -X -b - 'tcp and not (dst port 80 or 443)'
is "-b shows a tree" "and
    tcp
    not
        or
            dst port 80
            dst port 443" "$out"

run ra -X -r "$T/a" - 'host 10.8.0.1 port 80'
is "an error shows its place" "ra: filter syntax error: 'host 10.8.0.1 port 8 ...'
    host 10.8.0.1 port 80
                  ^~~~
    column 15: 'port' does not fit here; 'and' or 'or' is missing before it" "$err"
ends "and is status 1" 1
run ra -X -r "$T/a" - 'tcp and hots 10.0.0.1'
has "a misspelt word is recognised" "did you mean 'host'?" "$err"
run ra -X -r "$T/a" - 'bytes gt 5k'
ends "a unit behind a word is an error" 1
run ra -X -r "$T/a" -w "$T/out" 'port 80k'
has "so is the filter of an output" "unknown port '80k'" "$err"
[ ! -e "$T/out" ] && pass "and nothing is written" || fail "and nothing is written"
finish

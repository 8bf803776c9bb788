# SPDX-License-Identifier: GPL-3.0-or-later
# The rules of the command line: bundling, attached values, lists, permutation.
. "$SRC/tests/cli/lib.sh"
mkrecords >"$T/a"
mkrecords -t 1309148400 >"$T/b"

all="tcp udp icmp tcp udp"
is "a value is attached or the next word" "$all" "$(words ra -X -L-1 -s proto -r"$T/a")"
is "options may be bundled, the last one with its value" "6 17 1 6 17" "$(words ra -XnnL-1 -s proto -r "$T/a")"
is "a list option takes every word up to the next option" "$all $all" "$(words ra -X -L-1 -r "$T/a" "$T/b" -s proto)"
is "a lone dash ends the list, and begins the filter" "icmp" "$(words ra -X -L-1 -s proto -r "$T/a" - icmp)"
is "options may stand behind the filter" "tcp" "$(words ra -X - tcp and port 80 -L-1 -s proto -r "$T/a")"
is "two dashes end the options" "icmp" "$(words ra -X -L-1 -s proto -r "$T/a" -- icmp)"
is "a lone dash may follow two" "icmp" "$(words ra -X -L-1 -s proto -r "$T/a" -- - icmp)"
is "later inputs append" "$all $all" "$(words ra -X -L-1 -s proto -r "$T/a" -r "$T/b")"
is "columns are removed by -s of their own" "$all" \
	"$(words ra -X -L-1 -r "$T/a" -s -stime -s -flgs -s -saddr -s -sport -s -dir -s -daddr -s -dport -s -pkts -s -bytes -s -state)"
is "columns are inserted by position" "1.500000 tcp" "$(words ra -X -L-1 -N1 -r "$T/a" -s proto -s +0dur)"
is "each column to sort by may have a sign" "udp 0.000000 udp 0.020000 tcp 1.500000 tcp 2.000000 icmp 0.300000" \
	"$(words rasort -X -m proto +dur -L-1 -s proto dur -r "$T/a")"
is "also the later ones a dash" "udp 0.020000 udp 0.000000 tcp 2.000000 tcp 1.500000 icmp 0.300000" \
	"$(words rasort -X -m proto -dur -L-1 -s proto dur -r "$T/a")"
is "what is no column behind a dash is an option" "17 90 17 210" "$(words rasort -X -m proto +bytes -nnN o2 -L-1 -s proto bytes -r "$T/a")"
is "columns of -P, too" "udp tcp icmp" "$(words racluster -X -m proto -P -trans -proto -L-1 -s proto -r "$T/a")"
is "and objects of keys" "icmp 1 tcp 2 udp 2" "$(words racluster -X -m -saddr -daddr -sport -dport -L-1 -s proto trans -r "$T/a")"
is "-X does not forget the ranks that are put out" "$(words ra -X -N o2-3 -L-1 -s rank -r "$T/a")" \
	"$(words ra -N 1 -N o2-3 -X -L-1 -s rank -r "$T/a")"
is "-X forgets what stood before it" "$all" "$(words ra -nn -X -L-1 -s proto -r "$T/a")"
is "but not how the tool is to work" "udp,3 tcp,39 icmp,4" \
	"$(words racluster -m proto -X -c, -M nopreserve -Xs proto pkts -r "$T/a" -L-1)"
is "nor a delimiter in the same word" "tcp:1.50" "$(words ra -c: -p3 -Xp2 -L-1 -N1 -s proto dur -r "$T/a")"
is "words of what is forgotten are not looked at" "tcp" \
	"$(words ra -r none -t 2011/06/27 -5 -s dur sport -w out "tcp" -c_ -X -L-1 -N1 -s proto -r "$T/a")"
is "-p sets the digits of fractions" "1.50" "$(words ra -X -L-1 -N1 -p2 -s dur -r "$T/a")"
is "-u prints seconds since 1970" "1309144800.000000" "$(words ra -X -L-1 -N1 -u -s stime -r "$T/a")"
is "-c parts columns" "tcp,10.0.0.1,80" "$(words ra -X -L-1 -nN1 -c, -s proto saddr dport -r "$T/a")"
is "-c takes \\t" "$(printf 'tcp\t80')" "$(ra -X -L-1 -nN1 -c '\t' -s proto dport -r "$T/a")"
is "-o sets a variable" "tcp;80" "$(words ra -X -o "RA_FIELD_DELIMITER=';'" -L-1 -nN1 -s proto dport -r "$T/a")"
is "-L 2 repeats the title line" "Proto tcp udp Proto icmp tcp Proto udp" "$(words ra -X -L 2 -s proto -r "$T/a")"
is "standard input is read when no input is named" "$all" "$(words ra -X -L-1 -s proto <"$T/a")"
is "standard input is also named by a dash" "$all" "$(words ra -X -L-1 -s proto -r - <"$T/a")"

run ra -X -r "$T/a" -E; ends "a missing value is an error" 1
has "and says which" "option -E needs a value" "$err"
run ra -X --hepl; has "a long option that does not exist is named with its like" "is it --help?" "$err"
run ra -X -y; has "an unknown letter is an error" "unknown option -y" "$err"; ends "with status 1" 1
run ra -X -M rmom; has "an unknown mode is named with its like" "unknown mode 'rmom' (is it rmon?)" "$err"
run ra -X -s stiem -r "$T/a"; has "an unknown column is named with its like" "stime" "$err"; ends "with status 1" 1
run ra -X -o RA_TZZ=UTC; has "an unknown variable is named with its like" "is it RA_TZ?" "$err"
run ra -X -r "$T/a" -X; has "inputs that a late -X took away are missed" "no input files" "$err"; ends "with status 1" 1
for word in -p=x -Lx -Nx -Zx -Dx; do
	run ra -X $word -r "$T/a"; ends "$word is refused" 1
done
for words in "-a 5" "-B 5m" "-f x" "-G" "-J" "-l" "-m saddr daddr" "-P bytes" "-Q 1" "-v" "-V" "-3" "-O" "-D 0"; do
	is "$words of other tools is taken" "$all" "$(words ra -X $words -L-1 -s proto -r "$T/a")"
done

run ra -h; ends "-h is no error" 0
has "and shows the usage" "usage: ra [options] [- filter]" "$out"
run ra --help; ends "--help is no error" 0
run ra --version; ends "--version is no error" 0
has "and says what is built in" "built with:" "$out"
is "a delimiter in a cell is not quoted unless asked for" "21:42:06:tcp" "$(ra -X -c: -o RA_TIME_FORMAT=21:42:06 -L-1 -N1 -s stime proto -r "$T/a")"
is "it is with RA_FIELD_QUOTED" '"21:42:06":tcp' \
	"$(ra -X -c: -o RA_TIME_FORMAT=21:42:06 -o RA_FIELD_QUOTED=double -L-1 -N1 -s stime proto -r "$T/a")"
is "a blank between columns leaves cells of several words their width" "$(printf 'Proto SrcAddr Sport Dir Label Dur \ntcp 10.0.0.1 40000    ->  1.500000')" \
	"$(ra -X -c ' ' -N1 -s proto saddr sport dir label dur -r "$T/a")"
is "but for quotes" 'tcp "   ->"' "$(ra -X -c ' ' -o RA_FIELD_QUOTED=double -L-1 -N1 -s proto dir -r "$T/a")"
is "the numbers of ICMP are cut as names of ports are" "0x0* 0x*" "$(words ra -X -L-1 -s sport:4 dport:3 -r "$T/a" - icmp)"
is "and left whole with them" "0x0008 0x0007" "$(words ra -X -n -L-1 -s sport:4 dport:3 -r "$T/a" - icmp)"
is "-z wins over -Z" "sSEf* sSEf*" "$(words ra -X -z -Zb -L-1 -N1 -s state -r "$T/a") $(words ra -X -Zb -z -L-1 -N1 -s state -r "$T/a")"
is "abbreviated numbers without a unit end with a delimiter too" "9.000,4.500K" "$(ra -X -H -c, -L-1 -N1 -s pkts bytes -r "$T/a")"
is "a format makes a number of an address" "167772161 0xa000001" "$(words ra -X -L-1 -N1 -s saddr:18:%u saddr:18:0x%x -r "$T/a")"
is "of one of IPv6 too" "0x20010db8000000000000000000000001 42540766411282592856903984951653826562" \
	"$(words ra -X -L-1 -s saddr:60:%x daddr:60:%d -r "$T/a" - ipv6)"
is "records from -N FIRST on have no management record in front" "udp,2 icmp,3" "$(words ra -X -c, -L-1 -M man -N 2-3 -s proto seq -r "$T/a")"
is "the first N have" "man,0 tcp,1" "$(words ra -X -c, -L-1 -M man -N 1 -s proto seq -r "$T/a")"
is "the length of hexadecimal digits is one of fours" "s[20]=474554202F696E64" "$(words ra -X -L-1 -N1 -s suser:9 -M printer=encode32 -r "$T/a" | cut -c1-22)"
is "a cause is cut without a mark" "Sta St S Start" "$(words ra -X -L-1 -N1 -s cause:3 cause:2 cause:1 cause:5 -r "$T/a")"
is "that of a management record too" "Sto" "$(words ra -X -L-1 -M man -s cause:3 -r "$T/a" - man and stop)"
is "a management record has the place that it has in its file" "0 128 384 452 520 736 812" "$(words ra -X -L-1 -M man -s offset -r "$T/a")"
is "and the rank of the flow before it" "1 2 3 4 5 5 6 7 8 9 10 10" "$(words ra -X -L-1 -M man -s rank -r "$T/a" "$T/a" - not start or far | tr -s ' ')"
finish

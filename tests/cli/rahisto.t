# SPDX-License-Identifier: GPL-3.0-or-later
# rahisto: how often values occur. The records have 4500, 210, 392, 21000 and 90 bytes,
# and last 1.5, 0.02, 0.3, 2 and 0 seconds.
. "$SRC/tests/cli/lib.sh"
cd "$T" || exit 1
mkrecords >a
rows() { rahisto -X -r a -H "$@" 2>/dev/null | sed '1,/Class/d' | awk '{ printf "%s%g=%s", sep, $2, $3; sep = " " }'; }
about() { rahisto -X -c, -r a -H "$@" | head -1; }

is "linear bins" "0=3 10000=0 20000=1 30000=0" "$(rows bytes 4:10K - not udp port 123 | sed 's/^//')"
is "a bin holds where it begins, the last where it ends" "0=2 0.5=0 1=0 1.5=2" "$(rows dur 4:0-2 - not port 53)"
is "a flow without duration counts" "0=1 1e-06=0" "$(rows dur 2:1u)"
is "logarithmic bins" "10=1 100=2 1000=1 10000=1" "$(rows bytes 4L:10-100000)"
is "those that begin at 0 begin at 1" "1=0 10=1 100=2" "$(rows bytes 3L:0-1K)"
is "without a range: up to the greatest" "0=4 10500=1" "$(rows bytes 2)"
is "and with a filter behind it" "0=0 105=1" "$(rows bytes 2 - port 53)"
is "the beginning of a name" "$(rows bytes 3)" "$(rows byte 3)"
is "what lies outside" "0=1 100=2 500=2" "$(rows bytes 1:100-500 -M outlayer)"
is "bins without records can be left out" "0=4 16800=1" "$(rows bytes 5:4200 -M nozero -N 5 | sed 's/0=3 4200=1/0=4/')"
has "intervals" "0.000000e+00-1.000000e+03" "$(rahisto -X -r a -H bytes 2:1K -M interval)"
is "what all have together" "N=5,mean=5238.400000,stddev=8052.970771,max=21000,min=90,median=392,95%=21000,mode=" "$(about bytes 2)"
has "precision" "mean=5238.40,stddev=8052.97," "$(about bytes 2 -p2)"
has "values that are not whole have digits" "max=2.000000,min=0.000000,median=0.300000" "$(about dur 2)"
has "the median of an even number lies between" "median=301.000000" "$(about bytes 2:0-1K -M outlayer - port 53 or icmp)"
is "each end of a range may have its suffix" "1000=1 10000=1" "$(rows bytes 2L:1K-100K)"
is "one at the end counts for both" "1000=1 10000=1" "$(rows bytes 2L:1-100K)"
is "merged columns" "4500 21000" "$(rahisto -X -c, -L0 -r a -s bytes -H bytes 2L:1K-100K | sed 1,2d | cut -d, -f6 | tr '\n' ' ' | sed 's/ $//')"
rahisto -X -r a -H bytes 2:1K -M outlayer -w out
is "written: a record a bin" "0.0 1000.0 692
2000.0 21000.0 25500" "$(ra -X -u -p1 -c ' ' -L-1 -s stime ltime bytes -r out)"
for bad in "bytes" "bytes 0" "bytes x" "bytes 3:5-1" "bytes 3:1-2Q" "saddr 3" "nonsense 3" "bytes 3 4"; do
	run rahisto -X -r a -H "$bad"
	ends "-H '$bad' is an error" 1
done
run rahisto -X -r a
ends "so is none" 1
run rahisto -X -r a -H bytes 2 - port 1
ends "nothing selected is status 1" 1
is "and prints nothing" "" "$out"
finish

# SPDX-License-Identifier: GPL-3.0-or-later
# What articles and manuals tell people to type, on generated records: nothing is lost
# on the way, and the results are what the texts promise.
. "$SRC/tests/cli/lib.sh"
cd "$T" || exit 1
sum() { ra -X "$@" -w - 2>/dev/null | racount -X -r - | awk '/ sum /{print $3, $6}'; } # packets bytes
count() { ra -X -L-1 -s seq "$@" 2>/dev/null | wc -l | tr -d ' '; }

# Collect: a stream on standard input.
mkrecords -c 30 -t 1309168500 >all # 09:55 to 10:25
all=$(sum -r all)
ra -X -r all -w - | rastream -X -r - -M time 10m -w "log/%Y-%m-%d/argus.%H.%M.%S" - ip
is "a file for each ten minutes" "argus.09.50.00 argus.10.00.00 argus.10.10.00 argus.10.20.00" "$(words ls log/2011-06-27)"
is "with all records" "$all" "$(sum -R log)"
ra -X -r all -w - | rasplit -X -r - -M time 5m -w 'archive/$srcid/%Y/%m/%d/argus.%H.%M.%S' - ip
is "a folder for each probe and day" "6" "$(find archive/*/2011/06/27 -name 'argus.*.*.00' | wc -l | tr -d ' ')"
is "with all records, too" "$all" "$(sum -R archive)"
ra -X -r all -w - | rasplit -X -r - -M size 2k -w size. - ip
is "files by size" "" "$(find . -name 'size.*' -size +2048c)"
is "have all records" "$all" "$(sum -r size.??)"
ra -X -r all -w - | rasplit -X -r - -M count 25 -w count. - ip
is "files by count" "25 25 25 25 25 25" "$(for file in count.??; do count -r $file; done | words cat)"
ra -X -r all -w - | rasplit -X -r - -M flow '(syn or synack) and dst host 10.0.0.2 and dst port 80' -w ssh. - ip
is "a new file at each connection to a host" "30" "$(ls ssh.?? | wc -l | tr -d ' ')"
is "which is its first record" "http" "$(words ra -X -L-1 -N 1 -r ssh.ab -s dport)"
for which in tcp udp icmp; do
	ra -X -r all -w - | rasplit -X -r - -M time 1h -w "$which/%H" - $which &
done
wait
is "collectors beside each other" "60 60 30" "$(count -R tcp) $(count -R udp) $(count -R icmp)"

# Keep: a day at a time.
DAY=2011-06-27
for hour in 00 08 16 23; do
	mkdir -p $DAY
	mkrecords -c 60 -t $((1309132800 + ${hour#0} * 3600)) >$DAY/argus.$hour
done
racluster -X -R $DAY/ -w $DAY.log
is "a day is one record a flow" "5 $(sum -R $DAY)" "$(count -r $DAY.log) $(sum -r $DAY.log)"
racluster -X -R $DAY/ -w $DAY.tcp - tcp
is "of one protocol" "2 $(sum -R $DAY - tcp)" "$(count -r $DAY.tcp) $(sum -r $DAY.tcp)"
before=$(find $DAY -type f -exec cat {} + | wc -c)
cp -r $DAY argus.data
racluster -X -M replace -R argus.data
after=$(find argus.data -type f -exec cat {} + | wc -c)
is "archives shrink" "yes" "$([ $((after * 10)) -lt $((before * 6)) ] && echo yes)"
is "and lose nothing" "$(sum -R $DAY)" "$(sum -R argus.data)"

# Connections that are complete, and those that go on in the next file.
whole='tcp and ((syn or synack) and (fin or finack or reset))'
for i in $DAY/*; do
	ra -X -r $i -E $i.cont -w argus.out - "$whole"
done
whole_sum=$(sum -r argus.out)
rest_sum=$(cat $DAY/*.cont | sum -r -)
mkdir one && mv $DAY/*.cont one
is "together they are all" "$(sum -R $DAY)" "$(echo "$whole_sum $rest_sum" | awk '{ print $1 + $3, $2 + $4 }')"
racluster -X -r one/*.cont -w argus.out
is "what goes on is joined, behind them" "$(echo "$whole_sum $rest_sum" | awk '{ print $1 + $3, $2 + $4 }')" "$(sum -r argus.out)"
rasplit -X -M nomodify -r argus.out -M time 5m -w data/argus.%Y.%m.%d.%H.%M.%S - ip
rasort -X -R data -M replace
rm argus.out
ra -X -R data -w argus.out
is "split, sorted and joined, it is all there" "$(sum -R $DAY)" "$(sum -r argus.out)"

# racluster.conf.
cat >conf <<'C'
filter="dst host 10.0.0.4 and src pkts eq 1 and dst pkts eq 1 and dst port 53" model="saddr/16 daddr proto dport"
filter="src net 10.0.0.0/8" model="saddr/8 proto dport"
C
is "rules make groups" "tcp/10.0.0.0/8 udp/10.0.0.0/16" "$(racluster -X -f conf -r all -L-1 -nn -s proto saddr - 'port 80 or port 53' | sed 's/^ *6 *10.*/tcp\/10.0.0.0\/8/; s/^ *17 *10.*/udp\/10.0.0.0\/16/' | sort | words cat)"
is "and lose nothing" "$all" "$(racluster -X -f conf -r all -w - | sum -r -)"
is "however little memory there is" "$(racluster -X -R $DAY -c, -s saddr daddr spkts dpkts)" "$(racluster -X -M memory=1m -R $DAY -c, -s saddr daddr spkts dpkts)"
finish

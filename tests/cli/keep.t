# SPDX-License-Identifier: GPL-3.0-or-later
# What people do with archives: compact, replace, sort, split, join.
. "$SRC/tests/cli/lib.sh"
cd "$T" || exit 1
count() { racount -X -r "$@" | awk '/ sum /{print $2, $3, $6}'; } # records packets bytes

mkdir -p day/10 day/11
mkrecords -c 20 -t 1309168800 >day/10/a
mkrecords -c 20 -t 1309169400 >day/11/b
all=$(ra -X -R day -w - | count -)
is "there are two hundred records" "200 1840 1047680" "$all"

racluster -X -R day -w log
is "a day is compacted, packets and bytes kept" "5 1840 1047680" "$(count log)"
racluster -X -r log -w again
is "and compacted again is the same" "$(ra -X -c, -r log)" "$(ra -X -c, -r again)"
racluster -X -R day -w tcp - tcp
is "of one protocol only" "2" "$(count tcp | cut -d' ' -f1)"
racluster -X -M memory=1m -R day -w small
is "little memory makes no difference" "$(ra -X -c, -r log)" "$(ra -X -c, -r small)"

gzip -k day/11/b && mv day/11/b b.saved
run racluster -X -M replace -R day
ends "replacing works" 0
is "each file has its own flows" "10" "$(ra -X -R day -w - | count - | cut -d' ' -f1)"
is "a compressed file stays compressed" "1f8b" "$(od -An -tx1 -N2 day/11/b.gz | tr -d ' ')"
run racluster -X -M replace -r log -w out
ends "replace and -w do not go together" 1
has "and it says so" "replace mode and -w option are incompatible" "$err"

mkrecords -c 2000 >whole
mkrecords -c 3 -t 1500000000 >sound
# A file that cannot be read to its end, and one after it.
gzip <whole >damaged.gz
printf 'XXXXXXXXXXXXXXXX' | dd of=damaged.gz bs=1 seek=$(($(wc -c <damaged.gz) / 2)) conv=notrunc 2>/dev/null
cp damaged.gz as-it-was
has "what comes before the damage is read" "1" "$([ "$(count damaged.gz | cut -d' ' -f1)" -gt 100 ] && echo 1)"
for tool in racluster rasort rastrip; do
	cp sound next
	run $tool -X -M replace -r damaged.gz next
	ends "$tool: a damaged input is told" 3
	if cmp -s damaged.gz as-it-was; then pass "it stays as it was"; else fail "it stays as it was"; fi
	is "and is not in the next one" "$(count sound | cut -d' ' -f2-)" "$(count next | cut -d' ' -f2-)"
done
is "aggregated by itself, too" "$(count sound | cut -d' ' -f2-)" "$(racluster -X -M ind -r damaged.gz sound -w - | count - -t 2017/07 2>/dev/null | cut -d' ' -f2-)"
cp whole grows
cp whole all-of-it
mkfifo start
racluster -X -M replace -M rtime:60000 -r grows 2>told &
pid=$!
has_open() { ls -l /proc/$pid/fd 2>/dev/null | grep -q "$1\$"; }
eventually has_open /grows
cat whole >>grows
cat whole >>all-of-it
wait $pid; status=$?
ends "a file that is written to meanwhile is not replaced" 2
has "and that is told" "grows stays as it was: it was written to meanwhile" "$(cat told)"
if cmp -s grows all-of-it; then pass "it has all"; else fail "it has all"; fi
cat whole >start &
run racluster -X -M replace -r start
ends "a pipe cannot be replaced" 1
has "and it says so" "only a file can be replaced" "$err"
is "it is one still" "start" "$(find start -type p)"

# Others may rotate what a client writes from a stream.
mkrecords >five
flows() { ra -X -L-1 -s proto -r "$@" 2>/dev/null | wc -l | tr -d ' '; }
for tool in ra "rastrip -M time flow metric"; do
	for how in "mv out out.1" "rm out" "truncate -s 0 out"; do
		rm -f out out.1 stream
		mkfifo stream
		(exec 3>stream; cat five >&3; eventually test -e go; tail -c +129 five >&3; rm -f go) &
		writer=$!
		$tool -X -r stream -w out & pid=$!
		grown() { [ "$(flows out)" = 5 ]; }
		eventually grown
		$how
		sleep 1.3 # it looks once a second
		touch go
		wait $writer $pid
		is "$tool: $how" "5$([ "${how% *}" != "mv out" ] || echo 5)" "$(flows out)$([ ! -e out.1 ] || flows out.1)"
	done
done

# What is written is not read.
for output in "ra -r own -w own" "ra -r own -w -" "ra -r own" "ra -r - -w own"; do
	cp sound own
	run timeout 20 sh -c "ulimit -f 2000; $(echo "$output" | sed 's/^ra/ra -X/') <own >>own"
	ends "$output: its own input is no output" 1
	if cmp -s own sound; then pass "it stays as it was"; else fail "it stays as it was"; fi
done
for how in "-M 1h -w own/%Y" "-M count 10 -w own/fa" "-M time 1h atomic -w own/%Y"; do
	rm -rf own; mkdir own; cp whole own/2011; ln own/2011 own/faaa
	run rasplit -X -r own/2011 $how
	ends "rasplit $how: nor does it go on with it" 1
	has "and it says so" "is read and written at once" "$err"
	if cmp -s own/2011 whole; then pass "it stays as it was"; else fail "it stays as it was"; fi
done
rm -rf own

for tool in racluster rasort rastrip; do
	cp day/10/a first
	$tool -X -M replace -N i3 -r first
	is "$tool: with -N the first records are all of the new file" "3" "$(ra -X -r first -s trans -w - | racount -X -r - | awk '/ sum /{print $2}')"
	cp day/10/a first
	$tool -X -M replace -M rtime -r first 2>told &
	pid=$!
	eventually grep -q '^SigCgt:.*[4-7c-f]...$' /proc/$pid/status # TERM is caught
	[ $tool != rastrip ] || eventually test -e .first.$pid
	kill $pid; wait $pid
	has "$tool: a signal leaves the file alone" "first stays as it was: ended by a signal" "$(cat told)"
	if cmp -s day/10/a first; then pass "and it is"; else fail "and it is"; fi
	is "nor is there another" "" "$(ls -A | grep '^[.]')"
done

rasort -X -m bytes -r log -w sorted
is "sorted by bytes, greatest first" "$(ra -X -r log -L-1 -s bytes | sort -rn | tr -s ' \n' ' ')" \
	"$(ra -X -r sorted -L-1 -s bytes | tr -s ' \n' ' ')"
rasort -X -m -bytes +stime -r log -w - >/dev/null
is "directions can be told" "$(ra -X -r log -L-1 -s bytes | sort -n | tr -s ' \n' ' ')" \
	"$(rasort -X -m +bytes -r log -L-1 -s bytes | tr -s ' \n' ' ')"
run rasort -X -m nonsense -r log
ends "unknown columns are errors" 1

mkrecords -c 20 -t 1309168800 >a
rasplit -X -M time 5m -w 'data/argus.%H.%M' -r a - ip
is "a file for each five minutes" "argus.10.00 argus.10.05 argus.10.10 argus.10.15" "$(ls data | tr '\n' ' ' | sed 's/ $//')"
is "nothing is lost" "$(count a | cut -d' ' -f2-)" "$(ra -X -R data -w - | count - | cut -d' ' -f2-)"
rasort -X -R data -M replace
is "nor by sorting what is there" "$(count a | cut -d' ' -f2-)" "$(ra -X -R data -w - | count - | cut -d' ' -f2-)"
rasplit -X -M nomodify time 5m -w 'by/$saddr/argus.%H' -r a - ip
is "a folder for each source" "5" "$(ls by | wc -l | tr -d ' ')"
rasplit -X -M count 30 -w c -r a - ip
is "thirty records a file" "caa cab cac cad 30 10" "$(echo c??) $(count caa | cut -d' ' -f1) $(count cad | cut -d' ' -f1)"
rasplit -X -M size 4k -w s -r a - ip
is "no file is too large" "" "$(find . -name 's??' -size +4096c)"
wanted=$(ra -X -r a a a -w - - ip | count -)
for i in 1 2; do rasplit -X -M size 4k -w s -r a - ip; done
is "nor when an earlier run has written some" "$wanted" "$(find . -name 's??' -size +4096c)$(cat s?? | count -)"
rasplit -X -M flow "udp port 123" -w f -r a - ip
is "an event begins a file" "21" "$(ls f?? | wc -l | tr -d ' ')"
long=$(printf 'l%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30)
long=$long$long$long$long$long$long$long$long$long$long
printf 'filter="tcp" label=".."\nfilter="udp" label="%s"\nfilter="" label=".a/../b"\n' "$long" >conf
racluster -X -f conf -r a -w named
run rasplit -X -w 'in/here/$label/f' -r named
ends "values are no paths" 0
is "nor longer than a name may be" "./_./faa ./_a_.._b/faa ./$(echo "$long" | cut -c1-192)/faa" \
	"$(cd in/here && find . -type f | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
is "they are where they belong" "here" "$(ls -A in)"
rasplit -X -M time 5m atomic -w 'at/%H.%M' -r a - ip
is "atomic files are whole" "4" "$(ls at | wc -l | tr -d ' ')"

rasplit -X -M time 5m -w 'plain/%H.%M' -r a - ip
for i in 1 2; do
	rasplit -X -M time 5m atomic -w 'at/%H.%M' -r a - ip
	rasplit -X -M time 5m -w 'plain/%H.%M' -r a - ip
done
is "and keep what is there already" "" "$(for i in at/*; do cmp -i 128 $i plain/${i#at/}; done)"
truncate -s -10 at/10.05 plain/10.05
rasplit -X -M time 5m atomic -w 'at/%H.%M' -r a - ip
rasplit -X -M time 5m -w 'plain/%H.%M' -r a - ip
is "without a record that was cut off" "" "$(for i in at/*; do cmp -i 128 $i plain/${i#at/}; done)"
gzip <at/10.10 >packed && mv packed at/10.10
rasplit -X -M time 5m atomic -w 'at/%H.%M' -r a - ip
is "nor is it lost when it is packed" "1f8b $(count at/10.00)" "$(od -An -tx1 -N2 at/10.10 | tr -d ' ') $(count at/10.10)"

# The names of temporary files are longer, but a name has 255 bytes at most.
long=$(printf '%0120d' 0 | sed 's/0/é/g')
cp a "$long.12345.gz.abc-x"
run rasort -X -M replace -r "$long.12345.gz.abc-x"
ends "a file with a long name is replaced" 0
is "and is whole" "$(count a)" "$(count "$long.12345.gz.abc-x")"
run rasplit -X -M time 5m atomic -w "long/$long.%H.%M.abcde" -r a - ip
ends "files with long names are written whole" 0
is "each with its own" "4 $(count a | cut -d' ' -f2-)" "$(ls -A long | wc -l | tr -d ' ') $(ra -X -R long -w - | count - | cut -d' ' -f2-)"

run rasplit -X -M time 5m -w '/sys/argus-test/folder/%H.%M' -r a
ends "a folder that cannot be made is an error" 2
is "and what is told is why" "" "$(echo "$err" | grep 'No such file')"

printf '#!/bin/sh\necho "$1" "$(basename "$2")" >>%s/calls\n' "$T" >program
chmod +x program
mkdir -p half/10.00
run rastream -X -M time 5m -w 'half/%H.%M' -f "$T/program" -r a - ip
ends "a file that cannot be written is an error" 2
has "and told" "open 'half/10.00': Is a directory" "$err"
is "the others are written" "10.05 10.10 10.15" "$(cd half && find . -type f | sort | sed 's/..//' | tr '\n' ' ' | sed 's/ $//')"
is "and the program sees them" "-r 10.05 -r 10.10 -r 10.15" "$(tr '\n' ' ' <calls | sed 's/ $//')"
rm calls
run rasplit -X -M time 5m atomic -w 'half/%H.%M' -r a - ip
is "no half-written files are left" "10.00 10.05 10.10 10.15" "$(ls -A half | tr '\n' ' ' | sed 's/ $//')"
rastream -X -M time 5m -w 'st/%H.%M' -f "$T/program" -r a - ip
is "the program sees each file" "-r 10.00 -r 10.05 -r 10.10 -r 10.15" "$(tr '\n' ' ' <calls | sed 's/ $//')"

cat >conf <<'E'
filter="tcp and ((syn or synack) and ((fin or finack) or reset))" status=-1 idle=0
filter="" model="saddr daddr proto sport dport"
E
is "rules of the old examples work" "5" "$(racluster -X -f conf -r a -w - | count - | cut -d' ' -f1)"
cat >conf <<'E'
filter="tcp" flush="finack or reset"
E
is "a closed connection is put out at once" "20" "$(racluster -X -f conf -r a -w - - tcp and port 80 | count - | cut -d' ' -f1)"

# -A: a flow ends when its service begins or ceases to answer.
mkrows >answers <<'E'
1000000000.1,1000000000.1,0,1,6,10.0.0.1,1000,->,10.0.0.2,80,1,0,60,0,0,0,REQ
1000000001.1,1000000001.2,0.1,1,6,10.0.0.1,1001,->,10.0.0.2,80,5,4,600,400,0,0,CON
1000000002.1,1000000002.2,0.1,1,6,10.0.0.1,1002,->,10.0.0.2,80,5,4,600,400,0,0,FIN
1000000003.1,1000000003.1,0,1,6,10.0.0.1,1003,->,10.0.0.2,80,1,0,60,0,0,0,REQ
1000000004.1,1000000004.1,0,1,6,10.0.0.1,1004,->,10.0.0.2,80,1,0,60,0,0,0,REQ
1000000006.1,1000000006.1,0,1,17,10.0.0.1,1006,->,10.0.0.2,53,1,0,60,0,0,0,REQ
1000000007.1,1000000007.2,0.1,1,17,10.0.0.1,1007,->,10.0.0.2,53,1,1,60,90,0,0,CON
1000000008.1,1000000008.2,0.1,1,17,10.0.0.1,1008,->,10.0.0.2,53,1,1,60,90,0,0,CON
1000000009.1,1000000009.1,0,1,50,10.0.0.1,1008,->,10.0.0.2,53,1,0,60,0,0,0,INT
E
is "-A tells when a service answered and when it did not" "6 1 0 REQ 1
6 10 8 FIN 2
17 1 0 REQ 1
50 1 0 INT 1
17 2 2 CON 2
6 2 0 REQ 2" "$(racluster -X -A -L-1 -nn -m saddr daddr proto dport -r answers -s proto spkts dpkts state trans | sed 's/^ *//; s/ *$//' | tr -s ' ')"
is "of all protocols together, too" "1 2 3 3" "$(words racluster -X -A -L-1 -m saddr -r answers -s trans)"
for proto in 2 47 50; do
	mkrows >"answers$proto" <<E
1.0,1.5,0,1,$proto,10.0.0.1,0,->,10.0.0.2,0,1,1,60,60,0,0,CON
2.0,2.5,0,1,$proto,10.0.0.1,0,->,10.0.0.2,0,2,0,60,0,0,0,INT
3.0,3.5,0,1,$proto,10.0.0.1,0,->,10.0.0.2,0,0,4,0,60,0,0,CON
4.0,4.5,0,1,$proto,10.0.0.1,0,->,10.0.0.2,0,8,8,60,60,0,0,CON
E
done
is "any protocol answers with a packet, but of ESP that is not known" "1 2 8 1 2 8 11" \
	"$(for proto in 2 47 50; do words racluster -X -A -L-1 -m saddr proto -r "answers$proto" -s spkts; echo; done | tr '\n' ' ' | sed 's/ $//')"
is "without it flows go on" "1 3 5" "$(racluster -X -L-1 -m saddr daddr proto dport -r answers -s trans | sort -n | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')"

i=0
while [ $i -lt 2000 ]; do
	echo "filter=\"dst host 10.1.$((i / 250)).$((i % 250)) and dst port 53\" model=\"saddr/16 daddr proto dport\""
	i=$((i + 1))
done >conf
echo 'filter="dst host 10.0.0.4 and dst port 53" model="saddr/16 proto dport" label="dns"' >>conf
echo 'filter="dst host 2001:db8::2" model="saddr" label="six"' >>conf
echo 'filter="tcp" model="proto" label="rest"' >>conf
is "thousands of rules find theirs" "dns" "$(words racluster -X -f conf -r a -L-1 -s label - udp port 53)"
is "of other addresses, too" "rest six" "$(racluster -X -f conf -r a -L-1 -s label - tcp | tr -d ' ' | sort | words cat)"
echo 'filter="udp" modle="saddr"' >conf
run racluster -X -f conf -r a
ends "a wrong word in a rule is an error" 1
has "with its line" "syntax error line 1: modle" "$err"
run racluster -X -m sadr -r a
ends "so is an unknown key" 1
has "with the nearest word" "did you mean 'saddr'?" "$err"

ra -X -M dsrs=label -r a -w bare - ip
run racount -X -r bare
ends "records of which nothing is left are no damage" 0
is "and are there" "$(ra -X -r a -w - - ip | count - | cut -d' ' -f1) 0 0" "$(count bare)"
is "rmon counts both ends" "1840" "$(racluster -X -M rmon -m saddr -r a -w - | racount -X -r - | awk '/ sum /{print $3}')"
echo 'filter="" flush="pkts gt 0"' >conf
rabins -X -M time 5m -f conf -w 'early/%H.%M' -r a - ip
is "what is put out before its bin goes to the file of that" "10.00 10.05 10.10 10.15" "$(ls early | tr '\n' ' ' | sed 's/ $//')"
is "all of it" "$(ra -X -r a -w - - ip | count - | cut -d' ' -f2-)" "$(ra -X -R early -w - | count - | cut -d' ' -f2-)"
is "and to one file before the frame of the bin" "man man" "$(words rabins -X -M 1d -f conf -M man -r a -L-1 -s proto - ip | sed 's/.* \(.* .*\)/\1/')"
is "bins add up" "$(count a | cut -d' ' -f2-)" "$(rabins -X -M time 10s -r a -w - | count - | cut -d' ' -f2-)"
finish

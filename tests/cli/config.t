# SPDX-License-Identifier: GPL-3.0-or-later
# Configuration files: which are read, in which order, and what is wrong with them.
. "$SRC/tests/cli/lib.sh"
mkrecords >"$T/a"
mkdir "$T/home" "$T/argus" "$T/path"
show() { words ra -M noman -L-1 -r "$T/a" -N1 "$@"; } # the system's own configuration may ask for man

echo 'RA_FIELD_SPECIFIER="proto"' >"$T/.rarc"
is ".rarc of the home folder is read" "tcp" "$(show)"
is "-X keeps it from being read" "" "$(words ra -X -L-1 -r "$T/a" -N1 | grep '^tcp$')"
mkrecords >"$T/a-X.argus"
is "an X in the name of a file does not" "tcp" "$(words ra -M noman -L-1 -r "$T/a-X.argus" -N1)"
echo 'RA_FIELD_SPECIFIER="saddr"' >"$T/path/.rarc"
is "ARGUSPATH comes instead of it" "10.0.0.1" "$(ARGUSPATH=/nonexistent:$T/path show)"
is "ARGUSPATH alone counts, found or not" "03:20:00.000000" "$(ARGUSPATH=/nonexistent show | cut -d' ' -f1)"
echo 'RA_FIELD_SPECIFIER="daddr"' >"$T/argus/ra.conf"
is "ARGUSHOME/ra.conf comes before .rarc" "tcp" "$(ARGUSHOME=$T/argus show)"
rm "$T/.rarc"
is "and counts without one" "10.0.0.2" "$(ARGUSHOME=$T/argus show)"

echo 'RA_FIELD_SPECIFIER="dport"' >"$T/conf"
is "-F is read where it stands" "80" "$(show -X -n -L-1 -F "$T/conf" -r "$T/a" -N1)"
is "-s behind it edits its list" "80 tcp" "$(show -X -n -L-1 -F "$T/conf" -s +proto -r "$T/a" -N1)"
is "without a sign it begins a list of its own" "tcp 1" "$(show -X -n -L-1 -F "$T/conf" -s proto -s seq -r "$T/a" -N1)"
is "a second file does too" "10.0.0.2" "$(show -X -n -L-1 -F "$T/conf" -F "$T/argus/ra.conf" -r "$T/a" -N1)"
echo 'RA_FIELD_SPECIFIER="+seq"' >"$T/more"
is "or edits the list of the first" "80 1" "$(show -X -n -L-1 -F "$T/conf" -F "$T/more" -r "$T/a" -N1)"
cp "$T/conf" "$T/.rarc"
is "so does -s behind .rarc" "tcp" "$(show -L-1 -s proto -r "$T/a" -N1 - tcp and port 80)"
rm "$T/.rarc"
run ra -X -F "$T/none" -r "$T/a"; ends "-F of a file that is not there is an error" 1
has "and says so" "No such file" "$err"

printf 'RA_PRINT_LABLES=0\nRA_PRINT_UNIX_TIME=maybe\nRA_FILTER="udp"\n' >"$T/conf"
run ra -X -F "$T/conf" -L-1 -s proto -r "$T/a"
is "warnings name file and line" "ra: $T/conf:1: unknown variable 'RA_PRINT_LABLES' (is it RA_PRINT_LABELS?)
ra: $T/conf:2: RA_PRINT_UNIX_TIME: 'maybe' is taken as no: it is neither yes nor no" "$err"
is "and the rest counts" "udp udp" "$(echo $out)"
is "a filter of the command line replaces RA_FILTER" "icmp" "$(words ra -X -F "$T/conf" -L-1 -s proto -r "$T/a" - icmp)"

printf 'RA_USEC_PRECISION=x\nRA_FILTER="udp"\n' >"$T/.rarc"
run ra -L-1 -s proto -r "$T/a"; ends "a wrong value ends it, also where no one named the file" 1
is "with file and line" "ra: $T/.rarc:1: RA_USEC_PRECISION: 'x' is not a number" "$err"
rm "$T/.rarc"

printf 'RA_INPUT_FILE="%s"\nRA_PRINT_LABELS=-1\nRA_FIELD_SPECIFIER="seq"\n' "$T/a" >"$T/conf"
is "RA_INPUT_FILE names an input" "1 2 3 4 5" "$(words ra -X -F "$T/conf")"
mkrecords -c 2 >"$T/b"
is "-r replaces it" "1 2 3 4 5 6 7 8 9 10" "$(words ra -X -F "$T/conf" -r "$T/b")"
printf 'RA_OUTPUT_FILE="%s tcp"\nRA_OUTPUT_FILE=%s "udp"\n' "$T/o1" "$T/o2" >"$T/conf"
ra -X -F "$T/conf" -r "$T/a"
is "RA_OUTPUT_FILE has a filter behind the name" "1 4 2 5" "$(words ra -X -L-1 -s seq -r "$T/o1" "$T/o2")"

printf "RA_FIELD_DELIMITER='\\\\t'\nRA_PRINT_NAMES=none\nRA_PRINT_UNIX_TIME=yes // seconds\nRA_TZ=\"EST5\"\nRA_NUMBER=1\n" >"$T/conf"
is "values have types, quotes and comments" "$(printf '1309144800.000000\t6')" "$(ra -X -F "$T/conf" -L-1 -s stime proto -r "$T/a")"

for word in $(ra --describe | awk -F'\t' '$1 == "key" { print $2 }'); do
	grep -q "^#*$word=" "$SRC/support/ra.conf" || missing="$missing $word"
done
is "support/ra.conf shows every variable" "" "$missing"
run ra -X -F "$SRC/support/ra.conf" -r "$T/a"; is "and is right as it stands" "" "$err"

# Every line of it, but for the files that are not here and the sources that are not built in.
sed -n 's/^#\(R*A[A-Z_]*=\)/\1/p' "$SRC/support/ra.conf" | grep -v '^RA_.*\(FILE\|VENDORS\|SERVER\|NETFLOW_PORT\|SET_PID\)=' >"$T/conf"
run ra -X -F "$T/conf" -w - -r "$T/a"; is "its examples are right too" "" "$err"

# directed CLASSES FROM-TO ...: how records between such ports are shown that saw no SYN.
directed() {
	classes=$1
	shift
	for pair; do
		echo "1476111264.364066,1476111265.324979,0.960913,1,6,10.0.0.1,${pair%-*},  <?>,10.0.0.2,${pair#*-},19,18,1398,1196,319,212,CON"
	done | mkrows >"$T/ports"
	words ra -X -n -L-1 -c- -o "RA_PORT_DIRECTION=$classes" -s sport dport $mode -r "$T/ports"
}
is "a record goes towards the well-known port" "5000-80 5000-80 300-200 5000-6000" "$(directed wellknown 80-5000 5000-80 200-300 5000-6000)"
is "or the service, the lower one of two" "50000-443 3306-80 5000-2" "$(directed services 443-50000 80-3306 5000-2)"
is "or the registered port, the lower one of two" "50000-5000 6000-5000 50000-60000" "$(directed registered 5000-50000 5000-6000 50000-60000)"
is "the well-known port decides alone" "443-81 60000-3306 50000-5000" \
	"$(directed services,wellknown,registered 81-443 3306-60000 5000-50000)"
mode="-M rmon" && is "not where every record is shown from both ends" "80-5000 5000-80" "$(directed wellknown 80-5000)"
finish

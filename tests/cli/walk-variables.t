# SPDX-License-Identifier: GPL-3.0-or-later
# A walk along the table of ra.conf's variables: each is shown to do what
# walk-variables.tsv says, and tells a wrong value with file and line. A new variable
# without a line there fails.
. "$SRC/tests/cli/lib.sh"
rows=$SRC/tests/cli/walk-variables.tsv
cd "$T" || exit 1
mkrecords -l >a
mkrecords -a >full
mkrecords -e >events
printf 'filter="tcp" model="proto"\nfilter="" model="proto"\n' >rules
printf '02:00:00\tAcme\tAcme Works\n' >vendors
mkrows >row <<'END'
1000.0,1001.0,1.0,1,6,10.0.0.1,80,<?>,10.0.0.2,40000,3,2,300,200,0,0,CON
END
A="-L-1 -r a"
tab=$(printf '\t')

# with WORDS: what the command prints with these words behind -X, without stamps, and its status.
with() {
	rm -f out err
	out=$(eval "${command%% *} -X $* $more" 2>err </dev/null); status=$?
	out=$(printf '%s\n' "$out" | sed 's/\[[0-9]*\]: [0-9:.]*//')
}

wrong() { echo "$name=$value, $command: $*"; }
while IFS=$tab read -r name kind value command seen; do
	case $name in \#* | '') continue ;; esac
	[ "$command" = "${command#* }" ] && more= || more=${command#* }
	printf '%s=%b\n' "$name" "$value" >conf
	case $kind in
	any) ;;
	@) grep -qF -e "$seen$command" "$SRC/tests/cli/$value" || wrong "is not in $value" ;;
	= | 0)
		with; plain=$out
		with -F conf; got=$out
		[ ! -s err ] || wrong "says $(cat err)"
		[ "$got" != "$plain" ] || wrong "has no effect"
		if [ "$kind" = 0 ]; then [ "$(echo $got)" = "$seen" ] || wrong "prints $got"
		else with $seen; [ "$got" = "$out" ] || wrong "prints $got, with $seen $out"; fi ;;
	[12])
		with -F conf
		[ "$status" = "$kind" ] || wrong "status $status"
		[ "$kind" = 2 ] || seen="conf:1: $name: $seen"
		grep -qF -e "$seen" err || wrong "says $(cat err)" ;;
	w)
		with -F conf
		[ "$status" = 0 ] && grep -q "conf:1: $name: .*$seen" err || wrong "status $status, says $(cat err)" ;;
	*) wrong "is of no kind" ;;
	esac
done <"$rows" >offences
is "every variable does what the table says" "" "$(cat offences)"

has_line() { awk -F'\t' -v name="$1" -v kinds="$2" '$1 == name && index(kinds, $2) { found = 1 } END { exit !found }' "$rows"; }
ra --describe | sed -n '/^key/p' >keys
more= command=ra
with $A; plain=$out
while IFS=$tab read -r key name type help; do
	case $help in
	"no effect: "*)
		echo "$name=x" >conf
		with -F conf $A
		[ "$out" = "$plain" ] && [ ! -s err ] || echo "$name has an effect: $(cat err)" ;;
	*)
		has_line "$name" "=02@w" || echo "no line shows $name"
		has_line "$name" "12wany" || echo "no wrong value of $name" ;;
	esac
done <keys >offences
is "every variable has its lines" "" "$(cat offences)"
is "the table has no variable that is none" "" "$(cut -f1 "$rows" | grep -v '^#' | sort -u | grep -vxF -f "$(cut -f2 keys >names; echo names)")"
finish

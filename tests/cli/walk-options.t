# SPDX-License-Identifier: GPL-3.0-or-later
# A walk along the option and mode tables of every client: each row is shown to do
# what walk-options.tsv says, refuses what is wrong with its place named, and stands
# in the usage text and in the manual. A new row without a line there fails.
. "$SRC/tests/cli/lib.sh"
rows=$T/rows
# What a build without libsasl2 refuses is the matter of sasl.t.
if ra --version | grep -qw sasl; then unbuilt=; else unbuilt='-U\|saslmech='; fi
grep -v "^ra$(printf '\t')\($unbuilt\)$(printf '\t')" "$SRC/tests/cli/walk-options.tsv" >"$rows"
clients="ra rabins racluster racount rahisto rasort rasplit rastream rastrip ratimerange"
cd "$T" || exit 1
mkrecords -l >a
mkrecords -a >full
mkdir dir && cp a dir/x
echo 'RA_FIELD_SPECIFIER=proto' >conf
printf 'RA_FIELD_SPECIFIER=proto\nRA_PRINT_LABELS=x\n' >wrong
printf 'filter="tcp" model="proto"\nfilter="" model="proto"\n' >rules
printf '02:00:00\tAcme\tAcme Works\n' >vendors
mkrows >row <<'END'
1000.0,1001.0,1.0,1,6,10.0.0.1,80,<?>,10.0.0.2,40000,3,2,300,200,0,0,CON
END
mkrows >turned <<'END'
1000.0,1001.0,1.0,1,6,10.0.0.1,40000,->,10.0.0.2,80,3,2,300,200,0,0,CON
1002.0,1003.0,1.0,1,6,10.0.0.2,80,<?>,10.0.0.1,40000,2,3,200,300,0,0,CON
END
A="-L-1 -r a"

# Every line of the table. What a line writes is gone before the next.
tab=$(printf '\t')
while IFS=$tab read -r program name wanted words seen; do
	case $program in \#* | '') continue ;; esac
	if [ "$wanted" = @ ]; then
		grep -qF -e "$seen" "$SRC/tests/cli/$words" || echo "$words has no $seen"
		continue
	fi
	rm -f out bin.* s.* x*
	cp a copy
	out=$(eval "$program -X $words" 2>err </dev/null); status=$?
	case $wanted$seen in
	0~*) out=$(echo $out) && case $out in *"${seen#\~}"*) got=good ;; *) got=$out ;; esac ;;
	0*) out=$(echo $out) && if [ "$out" = "$seen" ]; then got=good; else got=$out; fi ;;
	*) if grep -qF -e "$seen" err; then got=good; else got=$(cat err); fi ;;
	esac
	[ "$status $got" = "$wanted good" ] || echo "$program -X $words: status $status, not $wanted, or not '$seen': $got $(cat err)"
done <"$rows" >offences
is "every option and mode does what the table says" "" "$(cat offences)"

# has_line PROGRAM NAME STATUS
has_line() { awk -F'\t' -v p="$1" -v n="$2" -v s="$3" '$1 == p && $2 == n && ($3 != "0" && $3 != "@") == s { found = 1 } END { exit !found }' "$rows"; }
is_in() { grep -qF -e "$1" "$2"; }

# The rows of options and modes; empty cells as a dash.
table_rows() { sed -n '/^option\|^mode/{s/\t\t/\t-\t/g; s/\t\t/\t-\t/g; p;}'; }
ra --describe | table_rows >common
missing=
for program in $clients; do
	page=$SRC/man/$program.1
	sed 's/\\-/-/g; s/\\f.//g' "$page" >page
	"$program" -h >usage
	"$program" --describe | table_rows >table
	[ "$program" = ra ] || { grep -vxF -f common table >own; mv own table; }
	while IFS=$tab read -r kind name argument list help; do
		has_line "$program" "$name" 0 || missing="$missing, no line for $program $name"
		is_in "$name" usage || missing="$missing, $program -h lacks $name"
		is_in "${name%=}" page || missing="$missing, $program.1 lacks $name"
		[ "$kind" = option ] && [ "$argument" != - ] || continue
		run "$program" -X "$name"
		case $status$err in "1$program: option $name needs a value: "*) ;; *) missing="$missing, $program $name without a value: $err" ;; esac
		case $help in "for other tools") continue ;; esac
		has_line "$program" "$name" 1 || missing="$missing, no wrong form of $program $name"
	done <table
	has_line "$program" -M 1 || missing="$missing, no wrong mode of $program"
done
is "every row of the tables has its lines, its usage and its place in the manual" "" "$missing"

# What the program takes is what the table has, what the table has the manual, and the other way round.
cut -f2 common | grep '^-.$' | sort >table
for letter in a b c d e f g h i j k l m n o p q r s t u v w x y z A B C D E F G H I J K L M N O P Q R S T U V W X Y Z \
	0 1 2 3 4 5 6 7 8 9 % , . : '?' @ _ + = / '#' '!'; do
	ra -X -q "-$letter" </dev/null 2>&1 | grep -q "unknown option -[$letter]" || printf '%s\n' "-$letter"
done | grep -vx -e "${unbuilt%%\\*}" | sort >taken
is "what ra takes is what its table has" "" "$(diff table taken)"
sed -n '/^\.SH OPTIONS/,/^\.SH MODES/p' "$SRC/man/ra.1" | grep '^\.[BI]' | grep -o '\\-[A-Za-z0-9%]\>\|\\-%' | sed 's/\\//' | sort -u | grep -vx -e "${unbuilt%%\\*}" >explained
is "what ra(1) explains is what its table has" "" "$(diff table explained)"
for name in --help --version --describe; do
	is_in "$name" "$SRC/man/ra.1" || sed 's/\\-/-/g' "$SRC/man/ra.1" | grep -qF -e "$name" || echo "$name"
	ra -h | grep -qF -e "$name" || echo "$name"
done >offences
is "long options stand in usage and manual" "" "$(cat offences)"
finish

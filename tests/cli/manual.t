# SPDX-License-Identifier: GPL-3.0-or-later
# The manual pages and the completion say what the tables say.
. "$SRC/tests/cli/lib.sh"
ra --describe >"$T/tables"

same_list() { # PAGE LIST
	awk -v list="$2" -f "$SRC/man/tables.awk" "$T/tables" >"$T/wanted"
	sed -n "/^\.\\\\\" begin $2\$/,/^\.\\\\\" end $2\$/p" "$SRC/man/$1" | sed '1d;$d' >"$T/got"
	if cmp -s "$T/wanted" "$T/got"; then pass "$1 has the list of $2"
	else fail "$1 has the list of $2" "run: man/update BUILD/ra" "$(diff "$T/wanted" "$T/got" | head -5)"; fi
}
same_list ra.1 columns
same_list rarc.5 keys

for letter in $(awk -F'\t' '$1 == "option" { print substr($2, 2) }' "$T/tables"); do
	grep -q "\\\\-$letter\\b\|\\\\-$letter\$" "$SRC/man/ra.1" || missing="$missing -$letter"
done
is "ra.1 explains every option" "" "$missing"
missing=
for mode in $(awk -F'\t' '$1 == "mode" { print $2 }' "$T/tables"); do
	grep -q "^\.[A-Z].*\\b$mode" "$SRC/man/ra.1" || missing="$missing $mode"
done
is "ra.1 explains every mode" "" "$missing"

# The examples of the pages, as they are printed there, but for places that are not ours.
mkdir -p "$T/here/archive/2026/11/28" "$T/here/var/2026/11/28"
cd "$T/here" || exit 1
mkrecords | tee argus.out archive/2026/11/28/a >var/2026/11/28/a
examples() { # PAGE
	awk '/^\.SH/ { on = /EXAMPLES/ } on && /^    / { sub(/^ +/, ""); if (sub(/ *\\e$/, " ")) printf "%s", $0; else print }' "$SRC/man/$1" |
		sed -e 's/\\-/-/g' -e "s:/var/log/argus:$T/here/var:; s: '/archive/: 'other/:; s:/usr/share/argus/:$SRC/support/:" | grep '^ra'
}
for page in racluster rabins rasort rasplit rastream racount rahisto rastrip ratimerange; do
	examples "$page.1" >"$T/examples"
	[ -s "$T/examples" ] || echo "no examples" >"$T/examples"
	while read -r line; do
		run sh -c "$line" <argus.out
		[ "$status$err" = 0 ] || wrong="$wrong$line: $status $err
"
	done <"$T/examples"
done
is "the examples of the pages run" "" "$wrong"

"$SRC/support/completion" bash ra >"$T/bash" && bash -n "$T/bash" && pass "the completion is right bash" || fail "the completion is right bash"
complete() { bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _argus_client "$1"; echo ${COMPREPLY[@]}' - "$T/bash" "$@"; }
is "it completes columns" "state" "$(complete ra -r f -s stime stat)"
is "it completes modes" "rmon rtime realtime" "$(complete ra -M r)"
is "it completes options" "--version" "$(complete ra --v)"
is "it leaves filters alone" "" "$(complete ra -n s)"
finish

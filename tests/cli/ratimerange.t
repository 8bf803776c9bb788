# SPDX-License-Identifier: GPL-3.0-or-later
# ratimerange: the earliest and the latest time.
. "$SRC/tests/cli/lib.sh"
mkrecords >"$T/a"
mkrecords -t 1309231200 >"$T/b"

is "first and last of a day" "03:20:00.000000 - 03:20:05.000000" "$(ratimerange -X -r "$T/a")"
is "as seconds since 1970" "1309144800.000 - 1309144805.000" "$(ratimerange -X -u -p3 -r "$T/a")"
is "with the date over several days" "2011/06/27.03:20:00.000000 - 2011/06/28.03:20:05.000000" \
	"$(ratimerange -X -r "$T/b" "$T/a")"
is "of what is selected" "03:20:01.000000 - 03:20:01.020000" "$(ratimerange -X -r "$T/a" - udp port 53)"
range=$(ratimerange -X -r "$T/b" "$T/a" | sed 's/\.[0-9]* - /-/; s/\.[0-9]*$//')
is "which -t takes" "10" "$(ra -X -L-1 -t "$range" -r "$T/a" "$T/b" | wc -l | tr -d ' ')"
run ratimerange -X -r "$T/a" - port 1
ends "nothing selected is status 1" 1
is "and prints nothing" "" "$out"
if [ -w /dev/full ]; then
	ratimerange -X -r "$T/a" >/dev/full 2>"$T/err"; status=$?
	ends "a full disk is status 2" 2
fi
finish

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A file may include only what stands on its own floor or below: the design's
# one structural rule. Prints each offence and fails if there is one.
top=${srcdir:-.}
[ -d "$top/common" ] || top=$(dirname "$0")/..

floor() {
	case $1 in
	base) echo 0 ;; record) echo 1 ;; io) echo 2 ;; query) echo 3 ;; out) echo 4 ;; tool) echo 5 ;; *) echo 6 ;;
	esac
}

bad=0
for room in base record io query out tool; do
	mine=$(floor $room)
	for file in "$top"/common/$room/*.[chly] "$top"/include/argus/$room/*.h; do
		[ -f "$file" ] || continue
		for used in $(sed -n 's/^#include "argus\/\([a-z]*\)\/.*/\1/p; s/^#include "common\/\([a-z]*\)\/.*/\1/p' "$file" | sort -u); do
			if [ "$(floor "$used")" -gt "$mine" ]; then
				echo "$file (floor $mine, $room) includes from $used (floor $(floor "$used"))"
				bad=1
			fi
		done
		if grep -nE '^#include "(argus|clients)/[a-z_]+\.h"' "$file"; then
			echo "$file includes a header of a program"
			bad=1
		fi
	done
done
exit $bad

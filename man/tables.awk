# SPDX-License-Identifier: GPL-3.0-or-later
# The lists of the manual pages, out of what `ra --describe` says:
#
#	ra --describe | awk -v list=columns -f man/tables.awk	(ra.1)
#	ra --describe | awk -v list=keys -f man/tables.awk	(rarc.5)
#
# Each stands in its page between two comments, "begin LIST" and "end LIST".
# man/update puts them there; tests/cli/manual.t says when that is due.
BEGIN { FS = "\t"; kind = list == "columns" ? "column" : "key" }

function escaped(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	sub(/^[.']/, "\\\\\\&&", text)
	return text
}

$1 != kind { next }
list == "columns" {
	unit = $5 != "" ? " (" $5 ")" : ""
	print ".TP 14\n.B " $2 "\n" escaped($6 unit) "."
}
list == "keys" {
	print ".TP\n.B " $2 "\n\\fI" $3 "\\fR: " escaped($4) "."
}

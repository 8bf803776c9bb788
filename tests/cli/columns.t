# SPDX-License-Identifier: GPL-3.0-or-later
# A walk along the field table: every column prints, sorts, is found again by its
# own value, survives JSON through other readers, and stands in the manual.
. "$SRC/tests/cli/lib.sh"
command -v python3 >/dev/null && command -v jq >/dev/null || skip_all "needs python3 and jq"
mkrecords -a >"$T/a"
names=$("$BUILD/common/out/describe" words)

missing=
for name in $names; do
	grep -q "^\\.BR\\? *\"\\?$name\\b\\|\\\\fB$name\\\\fR\\|\\b$name\\b" "$SRC/man/ra.1" || missing="$missing $name"
done
is "every column stands in ra(1)" "" "$missing"

for name in $names; do
	ra -X -M json -r "$T/a" -s "$name" 2>&1 | jq -e -c 'type == "object"' >/dev/null || echo "$name"
done >"$T/jq"
is "jq reads every column" "" "$(cat "$T/jq")"

python3 - "$BUILD" "$T/a" $names >"$T/walk" <<'END'
import json, subprocess, sys
build, records, names = sys.argv[1], sys.argv[2], sys.argv[3:]

# Words of the older language that mean something else: a backslash makes them columns.
WORDS = {'pkts', 'bytes', 'rate', 'load', 'nstroke', 'proto', 'cor', 'trans', 'seq', 'dur', 'srcid', 'sid', 'loss', 'inode'}
# Not to be compared, and why: their values come to be when a record is printed.
PRINTED = {'rank', 'rtime'}

def wanted(name, value):
    """A value as the filter has it."""
    if isinstance(value, float):
        return f'{value:.9f}'
    if isinstance(value, str):  # unprintable bytes compare as they print
        return '"' + ''.join('\\"' if c == '"' else c if ' ' <= c <= '~' else '.' for c in value) + '"'
    return str(value)

def run(*words):
    done = subprocess.run(words, capture_output=True)
    return done.returncode, done.stdout.decode('utf-8', 'replace'), done.stderr.decode('utf-8', 'replace').strip()

for name in names:
    for form in ([], ['-c', ','], ['-M', 'xml']):
        status, out, err = run(f'{build}/ra', '-X', '-r', records, '-s', name, *form)
        if status or err:
            print(name, form, 'prints with', status, err)
    status, out, err = run(f'{build}/rasort', '-X', '-m', name, '-r', records, '-w', '-')
    if status:
        print(name, 'does not sort:', err)
    shown = name + ':500' if name in ('suser', 'duser') else name
    status, out, err = run(f'{build}/ra', '-X', '-u', '-nn', '-p', '9', '-M', 'json', '-r', records, '-s', shown)
    values = [json.loads(line).get(name) for line in out.splitlines()]
    values = [v for v in values if v not in (None, '')]
    if not values:
        continue
    column = '\\' + name if name in WORDS else name
    text = f'{column} = {wanted(name, values[0])}'
    if name == 'idle':  # it has grown since
        text = f'{column} >= {wanted(name, values[0])}'
    status, out, err = run(f'{build}/ra', '-X', '-nn', '-L-1', '-r', records, '-s', name, '-', text)
    if name in PRINTED:
        if 'before the record is printed' not in err:
            print(text, 'is not refused', err)
    elif status or not out:
        print(text, 'finds nothing', err)
END
is "every column prints, sorts and is found by its value" "" "$(cat "$T/walk")"
finish

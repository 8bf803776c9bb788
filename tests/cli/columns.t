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

# Not found by their own value, and why.
OTHERWISE = {
    'idle': 'asks the clock', 'rank': 'is given when printed', 'offset': 'as rank, when the input is one pipe',
    'pkts': 'an older word: of either side', 'bytes': 'an older word: of either side',
    'rate': 'an older word: of either side', 'load': 'an older word: of either side',
    'nstroke': 'an older word: of either side', 'synack': 'an older word: a flag', 'cor': 'an older word: a count',
    'srcid': 'an older word with addresses of its own', 'sid': 'as srcid',
    'senc': 'the words are encaps NAME', 'denc': 'as senc', 'ias': 'printed in parts, compared as a number',
    'spktsz': 'a picture, not a value', 'dpktsz': 'a picture, not a value',
    'flgs': 'begins with a blank that JSON keeps', 'suser': 'JSON shows its beginning', 'duser': 'JSON shows its beginning',
}

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
    status, out, err = run(f'{build}/ra', '-X', '-u', '-nn', '-p', '9', '-M', 'json', '-r', records, '-s', name)
    values = [json.loads(line).get(name) for line in out.splitlines()]
    values = [v for v in values if v not in (None, '')]
    if not values or name in OTHERWISE:
        continue
    text = json.dumps(values[0]) if isinstance(values[0], str) else \
        f'{values[0]:.9f}' if isinstance(values[0], float) else str(values[0])
    status, out, err = run(f'{build}/ra', '-X', '-nn', '-L-1', '-r', records, '-s', name, '-', f'{name} = {text}')
    if status or not out:
        print(name, '=', text, 'finds nothing', err)
END
is "every column prints, sorts and is found by its value" "" "$(cat "$T/walk")"
finish

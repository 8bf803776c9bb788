#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds lines of JSON against our schema.  usage: json_schema.py SCHEMA LINES

Uses python3-jsonschema where it is installed. Otherwise the part of JSON Schema
that our schema needs (type, properties, additionalProperties, required, enum,
const, pattern, minimum, oneOf) is checked here. The lines are those of one set of
options: so every column has one type. Prints each offence; status 1 if there is one."""
import json, re, sys

TYPES = {'object': dict, 'array': list, 'string': str, 'number': (int, float), 'integer': int, 'boolean': bool, 'null': type(None)}


def offences(schema, value, at='$'):
    if 'oneOf' in schema:
        tries = [list(offences(s, value, at)) for s in schema['oneOf']]
        if sum(not t for t in tries) != 1:
            yield from min(tries, key=len) or [f'{at}: fits several']
        return
    kinds = schema.get('type', [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(isinstance(value, TYPES[k]) and not (isinstance(value, bool) and k != 'boolean') for k in kinds):
        yield f'{at}: {value!r} is not {kinds}'
    if 'enum' in schema and value not in schema['enum']:
        yield f'{at}: {value!r} is none of {schema["enum"]}'
    if 'const' in schema and value != schema['const']:
        yield f'{at}: {value!r} is not {schema["const"]!r}'
    if 'pattern' in schema and isinstance(value, str) and not re.search(schema['pattern'], value):
        yield f'{at}: {value!r} does not match {schema["pattern"]}'
    if 'minimum' in schema and isinstance(value, (int, float)) and value < schema['minimum']:
        yield f'{at}: {value} is below {schema["minimum"]}'
    if isinstance(value, dict):
        known = schema.get('properties', {})
        for name in schema.get('required', []):
            if name not in value:
                yield f'{at}: no {name}'
        for name, item in value.items():
            if name in known:
                yield from offences(known[name], item, f'{at}.{name}')
            elif schema.get('additionalProperties') is False:
                yield f'{at}: {name} is not in the schema'


def kind_of(value):
    return 'a number' if isinstance(value, (int, float)) else 'a string'


def main():
    schema = json.load(open(sys.argv[1]))
    try:
        import jsonschema
        validator = jsonschema.validators.validator_for(schema)(schema)
        check = lambda value: (e.message for e in validator.iter_errors(value))
    except ImportError:
        check = lambda value: offences(schema, value)
    bad = 0
    first = {}  # the type of each column, and where it was seen
    for number, line in enumerate(open(sys.argv[2], encoding='utf-8'), 1):
        record = json.loads(line)
        changed = [f'{name} is {kind_of(value)}, in line {first[name][1]} {first[name][0]}' for name, value in record.items()
                   if first.setdefault(name, (kind_of(value), number))[0] != kind_of(value)]
        for text in [*check(record), *changed]:
            bad += 1
            if bad <= 20:
                print(f'line {number}: {text}')
    sys.exit(bad != 0)


main()

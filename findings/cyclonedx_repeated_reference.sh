#!/bin/sh
# Two components of one `bom-ref`: cyclonedx-python-lib gives all but one of them a new, random one while it writes the document.
#
# Guessed: a reference that stands twice is an error, or is written twice, as it was given; the same input gives the same text.
# Seen with cyclonedx-python-lib 11.12.0 and Python 3: it is written without a word, each time with another reference, because
# the library makes references unique with random parts.
# So: a bill of materials whose serial number and time are fixed is still another one at each run, and the dependencies that name
# the repeated reference no longer lead to the component that was meant. Give each component a reference of its own.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cyclonedx-python-lib==11.12.0
cat > "$folder/write.py" <<'PYTHON'
import sys
from datetime import UTC, datetime
from uuid import UUID

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component
from cyclonedx.output.json import JsonV1Dot6

bom = Bom(serial_number=UUID(int=1))
bom.metadata.timestamp = datetime(2020, 1, 1, tzinfo=UTC)
for name, reference in zip(("curl", "zlib"), sys.argv[1:], strict=True):
    bom.components.add(Component(name=name, version="1.0", bom_ref=reference))
print(JsonV1Dot6(bom).output_as_string(indent=1))
PYTHON
seen() { # whether two runs write the same, references
    expected=$1
    shift
    for run in first second; do "$folder/venv/bin/python" "$folder/write.py" "$@" > "$folder/$run"; done
    if cmp -s "$folder/first" "$folder/second"; then found="the same twice"; else found="another one each time"; fi
    echo "references $*: $found"
    test "$found" = "$expected" || { echo "and was: $expected" >&2; exit 1; }
}
seen "the same twice" shared/a shared/b
seen "another one each time" shared/a shared/a

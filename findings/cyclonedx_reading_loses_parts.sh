#!/bin/sh
# cyclonedx-python-lib reads a valid list of contents, and writes it without parts that it does not know: "incomplete", for one.
#
# Guessed: Bom.from_json refuses what it cannot represent, or keeps it, because a document that is lost in part says something else.
# Seen with cyclonedx-python-lib 11.12.0 on documents of version 1.6 that its own strict validator accepts: `compositions`,
# `annotations`, `formulation` and `declarations` are gone from what is written again, and so are `data` and `modelCard` of components
# and `provides` of dependencies. No error, no warning. `services`, `vulnerabilities` and `properties` stay.
# So: a program that adds a component to such a list by this library takes away that the list is known to be incomplete. It edits the
# JSON, or compares what was read with what would be written.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'cyclonedx-python-lib[json-validation]==11.12.0'
"$folder/venv/bin/python" -W error::UserWarning - <<'PYTHON'
import json
from datetime import UTC, datetime

from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

COMPONENT = {"type": "library", "name": "zlib", "version": "1.0", "bom-ref": "zlib"}
AUTHOR = {"component": {"type": "application", "name": "scanner"}}
NOTE = {"subjects": ["zlib"], "annotator": AUTHOR, "timestamp": datetime(2020, 1, 1, tzinfo=UTC).isoformat(), "text": "seen"}
PARTS = {  # in the document, or in its component: whether it is there afterwards
    "compositions": ({"compositions": [{"aggregate": "incomplete", "assemblies": ["zlib"]}]}, False),
    "annotations": ({"annotations": [NOTE]}, False),
    "formulation": ({"formulation": [{"bom-ref": "build"}]}, False),
    "declarations": ({"declarations": {"affirmation": {"statement": "all of it"}}}, False),
    "provides": ({"dependencies": [{"ref": "zlib", "provides": ["zlib"]}]}, False),
    "modelCard": ({"components": [{**COMPONENT, "modelCard": {"bom-ref": "card"}}]}, False),
    "dataset": ({"components": [{**COMPONENT, "type": "data", "data": [{"type": "dataset"}]}]}, False),
    "services": ({"services": [{"name": "database"}]}, True),
    "vulnerabilities": ({"vulnerabilities": [{"id": "CVE-2020-0001"}]}, True),
    "properties": ({"properties": [{"name": "made", "value": "here"}]}, True),
}
validator = JsonStrictValidator(SchemaVersion.V1_6)
for name, (part, kept) in PARTS.items():
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [COMPONENT], **part}
    assert validator.validate_str(json.dumps(document)) is None, name
    written = JsonV1Dot6(Bom.from_json(document)).output_as_string()
    print(f"{name}: {'kept' if name in written else 'lost'}")
    assert (name in written) is kept, written
    assert '"zlib"' in written, written
PYTHON

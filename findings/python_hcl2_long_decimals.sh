#!/bin/sh
# A tool that rewrites a Terraform configuration may change its numbers.
#
# Guessed: python-hcl2 reads a decimal number without losing digits, because HCL's numbers are arbitrarily precise, and
# what it reads and writes again has the same value.
# Seen with python-hcl2 8.1.4: whole numbers keep all of their digits. A number with a point becomes a float of 64 bits,
# and is written back with the digits that are left. A number with an exponent becomes the text of an expression,
# "${1e3}", and so keeps its value, but is no number for whoever compares it with a limit. No error, no warning.
# So: whoever reads bounds of decimals from a configuration takes them from Terraform's own plan, not from the file.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-hcl2==8.1.4
"$folder/venv/bin/python" - <<'PYTHON'
import hcl2

SOURCE = """\
whole    = 12345678901234567890123
decimal  = 10000000000000000.25
exponent = 1e3
"""
read = hcl2.loads(SOURCE)
assert read["whole"] == 12345678901234567890123, read
assert read["decimal"] == 1e16 and isinstance(read["decimal"], float), read
assert read["exponent"] == "${1e3}", read
written = [line.split("=")[1].strip() for line in hcl2.dumps(read).splitlines() if "=" in line]
assert written[0] == "12345678901234567890123", written
assert float(written[1]) == 1e16 and ".25" not in written[1], written
assert written[2] == "1e3", written
print("as seen:", read, "is written as", written)
PYTHON

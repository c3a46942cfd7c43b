"""``json-schema``: the rules of profile schemas for editors."""

import json
from argparse import ArgumentParser, Namespace
from typing import Final

from krenalis_provider.command.exits import Exit
from krenalis_provider.model.profile_schema.json_schema import json_schema

SUMMARY: Final = "print a JSON Schema of profile schemas, for editors"

_DESCRIPTION: Final = """\
Print a JSON Schema (draft 2020-12) of profile schemas, by which editors complete and check them. Its
description says what it cannot express; validate-schema checks everything.
"""
_EPILOG: Final = """\
example:
  $ terraform-provider-krenalis json-schema > .vscode/profile-schema.schema.json

and for Visual Studio Code in .vscode/settings.json:
  {"json.schemas": [{"fileMatch": ["profile-schema.json"], "url": "./.vscode/profile-schema.schema.json"}]}

A profile schema cannot name it by a member "$schema": that is no part of the document, and a Krenalis
server refuses it.

exit codes:
  0   done
  64  the command line is wrong
"""


def declare(parser: ArgumentParser) -> None:
    """See `line`."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG


def run(_: Namespace) -> int:
    """See `line`."""
    print(json.dumps(json_schema(), indent=2))
    return Exit.DONE

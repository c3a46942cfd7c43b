"""``validate-schema``: what is wrong with a profile schema, without Terraform and without a connection."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from krenalis_provider.command import schema_files
from krenalis_provider.command.arguments import platform_name
from krenalis_provider.command.exits import Exit
from krenalis_provider.command.printing import BOLD, RED, YELLOW, complain, printable, styled
from krenalis_provider.command.schema_files import SchemaFile, Trouble, UnreadableFileError
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import ROOT
from krenalis_provider.warehouses import registry

SUMMARY: Final = "check a profile schema"

_FORMAT: Final = 1
_ERROR: Final = "error"
_WARNING: Final = "warning"
_DESCRIPTION: Final = """\
Check a profile schema, as Terraform does when it plans: the same rules, the same messages. Nothing
connects. What only a Krenalis server refuses is not checked here.
"""
_EPILOG: Final = """\
example:
  $ terraform-provider-krenalis validate-schema --platform PostgreSQL profile-schema.json
  profile-schema.json:4:32: error: profile_schema.properties[0].type.kind: unknown kind "text": did you mean "string"?

With --json, for editors and scripts, stdout is one object:
  format    1; it changes when the meaning of a member does
  file      the file as it was named
  valid     whether there is no error
  problems  objects with the members
    severity   "error", or "warning" for what only some profiles may exceed
    message    what is wrong, and what to do
    path       the value as messages name it: "profile_schema.properties[0].type.kind"
    steps      the same as a list: ["properties", 0, "type", "kind"]
    platform   the platform whose limit it is; null if it is wrong on every platform
    start, end where it is in the file, each with the members line and column, both counted from 1; a column is a
               Unicode character, and the end is after the last one. null if the file could not be read.
               A member of an object begins with its name. Of what is missing it is the object that lacks it.

exit codes:
  0   the profile schema is valid on the platforms that were asked for
  1   it is not, or the file cannot be read
  64  the command line is wrong
"""


class _Said(NamedTuple):
    severity: str
    trouble: Trouble
    platform: str | None


def declare(parser: ArgumentParser) -> None:
    """See `line`."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("file", metavar="FILE", help="the profile schema as JSON; - reads standard input")
    parser.add_argument(
        "--platform",
        metavar="P",
        action="append",
        type=platform_name,
        help=f"check the limits of this platform, {' or '.join(registry.names())}; may be repeated; by default those of all",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: Namespace) -> int:
    """See `line`."""
    try:
        file = schema_files.read(arguments.file)
    except UnreadableFileError as error:
        if arguments.json:
            _print_json(arguments.file, [_unreadable(str(error))], valid=False)
        else:
            complain(str(error))
        return Exit.WRONG
    platforms = arguments.platform or registry.names()
    said = [*_said(file, platforms)]
    valid = all(each.severity != _ERROR for each in said)
    if arguments.json:
        _print_json(arguments.file, [_as_json(each) for each in said], valid=valid)
    else:
        _print(file, said, platforms, valid=valid)
    return Exit.DONE if valid else Exit.WRONG


def _said(file: SchemaFile, platforms: Sequence[str]) -> Iterator[_Said]:
    """All that is wrong, in the order of the file."""
    schema = file.parsed.schema
    found = [_Said(_ERROR, trouble, None) for trouble in file.troubles]
    for name in dict.fromkeys(platforms):
        dialect = registry.known_platform(name).dialect()
        limits = file.limits(dialect)
        found += [_Said(_ERROR, trouble, name) for trouble in limits]
        if schema and not limits:
            warnings = file.placed(dialect.column_warnings(profile_columns(schema)))
            found += [_Said(_WARNING, trouble, name) for trouble in warnings]
    yield from sorted(found, key=lambda each: each.trouble.span.start)


def _print(file: SchemaFile, said: Sequence[_Said], platforms: Sequence[str], *, valid: bool) -> None:
    for severity, trouble, platform in said:
        line, column = trouble.span.start
        place = styled(f"{printable(file.name)}:{line}:{column}:", BOLD, sys.stdout)
        grave = styled(f"{severity}:", RED if severity == _ERROR else YELLOW, sys.stdout)
        on = f"on {platform}: " if platform else ""
        print(place, grave, printable(f"{on}{trouble.path}: {trouble.message}"))
    if valid:
        print(f"{printable(file.name)}: valid on {' and '.join(dict.fromkeys(platforms))}")


def _print_json(name: str, problems: Sequence[Any], *, valid: bool) -> None:
    print(json.dumps({"format": _FORMAT, "file": name, "valid": valid, "problems": problems}, indent=2))


def _as_json(said: _Said) -> dict[str, Any]:
    path, message, (start, end) = said.trouble
    return {
        "severity": said.severity,
        "message": message,
        "path": str(path),
        "steps": list(said.trouble.steps),
        "platform": said.platform,
        "start": start._asdict(),
        "end": end._asdict(),
    }


def _unreadable(message: str) -> dict[str, Any]:
    return {
        "severity": _ERROR,
        "message": message,
        "path": str(ROOT),
        "steps": [],
        "platform": None,
        "start": None,
        "end": None,
    }

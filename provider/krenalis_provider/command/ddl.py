"""``ddl``: the SQL of a creation, or of a change of the profile schema, for people who want to read or run it."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from typing import Final

from krenalis_provider.command import schema_files
from krenalis_provider.command.arguments import plain_text, platform_name
from krenalis_provider.command.exits import Exit
from krenalis_provider.command.printing import complain, printable, warn
from krenalis_provider.command.schema_files import SchemaFile, UnreadableFileError
from krenalis_provider.model.errors import InvalidWorkspace
from krenalis_provider.warehouses import registry
from krenalis_provider.warehouses.script import Script, SqlStatement
from krenalis_provider.warehouses.settings import settings_problems
from krenalis_provider.workspaces.interface import Loss
from krenalis_provider.workspaces.statements import Target, change_statements, creation_statements

SUMMARY: Final = "print the SQL that makes or changes a warehouse"

_DESCRIPTION: Final = """\
Print the SQL statements that make a workspace's warehouse for a profile schema, or with two profile
schemas, those that change a warehouse from the first to the second. Nothing connects.

They are what an apply executes without a Krenalis server (direct mode), for a warehouse that is as the
profile schema says. An apply also takes locks, writes the configuration into the record's table, makes
resolve_identities() for the workspace's identifiers (here: none), and gives a view or column that is
made anew the grants and comments that it had.

A Krenalis server (server mode) makes and changes its warehouses by statements of its own: it has no
record, makes the procedure at the first identity resolution, never changes the type of a column, and renames
only within an object.
"""
_EPILOG: Final = """\
examples:
  $ terraform-provider-krenalis ddl profile-schema.json --platform PostgreSQL --schema customers
  $ git show main:profile-schema.json |
      terraform-provider-krenalis ddl - profile-schema.json --platform PostgreSQL --rename contact=email

exit codes:
  0   done; a change that loses data says so on stderr
  1   a profile schema is not valid, a file cannot be read, or data would be lost without --drop
  64  the command line is wrong
"""
_DEFAULT_SCHEMA: Final = "public"
_HINTS: Final = {
    "drop_columns": "Here that is done by --drop PATH.",
    "renames": "Here that is done by --rename NEW=OLD.",
}


def declare(parser: ArgumentParser) -> None:
    """See `line`."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("file", metavar="FILE", help="a profile schema as JSON; - reads standard input")
    parser.add_argument(
        "new",
        metavar="NEW",
        nargs="?",
        help="the profile schema that FILE is changed to; - reads standard input",
    )
    parser.add_argument(
        "--platform",
        metavar="P",
        required=True,
        type=platform_name,
        help=f"the platform of the warehouse: {' or '.join(registry.names())}",
    )
    parser.add_argument(
        "--schema",
        metavar="NAME",
        type=plain_text,
        default=_DEFAULT_SCHEMA,
        help="the warehouse's schema, spelled as in warehouse.settings (default: %(default)s)",
    )
    parser.add_argument(
        "--database",
        metavar="NAME",
        type=plain_text,
        help="the warehouse's database, where names are qualified by it; by default that of whoever executes",
    )
    parser.add_argument(
        "--rename",
        metavar="NEW=OLD",
        action="append",
        default=[],
        type=_rename,
        help="a property that was renamed or moved: its new path and its old path; may be repeated",
    )
    parser.add_argument(
        "--drop",
        metavar="PATH",
        action="append",
        default=[],
        type=plain_text,
        help="a property, or an object of properties, whose data may be lost; may be repeated",
    )


def run(arguments: Namespace) -> int:
    """See `line`."""
    _check(arguments)
    try:
        *old, new = [schema_files.read(name) for name in _files(arguments)]
    except UnreadableFileError as error:
        complain(str(error))
        return Exit.WRONG
    wrong = [*_wrong([*old, new], arguments.platform)]
    for message in wrong:
        complain(message)
    if wrong:
        return Exit.WRONG
    given = {"schema": arguments.schema, "database": arguments.database}
    target = Target(platform=arguments.platform, settings=given)
    if not old:
        _print(creation_statements(target, new.parsed), f"what a creation makes for {new.name}", arguments)
        return Exit.DONE
    try:
        planned = change_statements(
            target,
            old[0].parsed,
            new.parsed,
            renames=dict(arguments.rename),
            drop_columns=arguments.drop,
        )
    except InvalidWorkspace as error:
        for problem in error.problems:
            complain(f"{problem} {_HINTS.get(problem.path.root, '')}".rstrip())
        return Exit.WRONG
    _print(planned.script, f"what a change from {old[0].name} to {new.name} executes", arguments)
    for loss in planned.losses:
        warn(_lost(loss))
    for column in planned.rewritten:
        warn(
            f'column "{column}" gets a type for which the warehouse writes its tables anew, and locks them meanwhile.'
        )
    return Exit.DONE


def _check(arguments: Namespace) -> None:
    """End the process if the command line makes no sense."""
    platform = registry.known_platform(arguments.platform)
    given = {"schema": arguments.schema, "database": arguments.database}
    for problem in settings_problems(platform, given):
        name = str(problem.path[-1])
        if given.get(name) is not None:
            arguments.refuse(f"--{name} {problem.message}")
    if _files(arguments).count(schema_files.STDIN) > 1:
        arguments.refuse("only one of the files can be standard input")
    if arguments.new is None and (arguments.rename or arguments.drop):
        arguments.refuse("--rename and --drop are for two files: the old profile schema and the new one")
    if len({new for new, _ in arguments.rename}) < len(arguments.rename):
        arguments.refuse("--rename says twice what a property was before")


def _files(arguments: Namespace) -> list[str]:
    return [name for name in (arguments.file, arguments.new) if name is not None]


def _rename(text: str) -> tuple[str, str]:
    new, equals, old = plain_text(text).partition("=")
    if not (new and equals and old):
        raise ArgumentTypeError(f'"{text}" is not of the form NEW=OLD, such as contact=email')
    return new, old


def _wrong(files: Sequence[SchemaFile], platform: str) -> Iterator[str]:
    dialect = registry.known_platform(platform).dialect()
    for file in files:
        for trouble in (*file.troubles, *file.limits(dialect)):
            line, column = trouble.span.start
            yield f"{file.name}:{line}:{column}: {trouble.path}: {trouble.message}"


def _lost(loss: Loss) -> str:
    if loss.becomes is None:
        return f'property "{loss.path}" loses its data: column "{loss.column}" is dropped.'
    return f'property "{loss.path}" loses its data: column "{loss.column}" is made anew, empty, as {loss.becomes}.'


def _print(script: Script, title: str, arguments: Namespace) -> None:
    print(f"-- {printable(f'{arguments.platform}, schema {arguments.schema}: {title}')}")
    if not script.whole:
        print("-- nothing: the columns stay as they are")
    for statement in script.whole:
        print(_text(statement))


def _text(statement: SqlStatement) -> str:
    # a comment ends with its line, and a name may hold line breaks
    return f"\n-- {printable(statement.doing)}\n{statement.sql.strip()};"

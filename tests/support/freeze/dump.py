"""What a warehouse holds, as statements that make it again."""

import os
import re
import subprocess
from collections.abc import Sequence

from tests.support.freeze.rows import statements
from tests.support.postgresql import Database
from tests.support.warehouse import Warehouse

_HEAD = "SET standard_conforming_strings = on;\nSET check_function_bodies = false;\n\n"
_LEFT_OUT = re.compile(r"^(?:CREATE SCHEMA \w+;|\\unrestrict .*)\n", re.MULTILINE)
_DEFINES = re.compile(
    r"(CREATE|ALTER|DROP)\s+(?:OR REPLACE\s+)?(TABLE|VIEW|PROCEDURE)\s+(?:IF (?:NOT )?EXISTS\s+)?"
    r'"[^"]*"\."[^"]*"\."([^"]*)"(?:\([^)]*\))?(?:\s+(ADD|DROP|RENAME|ALTER) COLUMN\s+(?:IF (?:NOT )?EXISTS\s+)?"([^"]*)")?'
)


def postgresql_dump(database: Database) -> str:
    """All but the record's row, by ``pg_dump``."""
    server = database.server
    options = [
        "--no-owner",
        "--no-privileges",
        "--inserts",
        "--column-inserts",
        f"--schema={database.schema}",
    ]
    dumped = subprocess.run(
        [
            server.bindir / "pg_dump",
            *options,
            f"--exclude-table-data={database.schema}.krenalis_workspace",
            f"--dbname={server.conninfo(database.name)}",
        ],
        env={"PATH": os.environ["PATH"], "PGCLIENTENCODING": "UTF8"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    _, name, objects = dumped.partition("-- Name: ")  # what comes before is of the session
    return _HEAD + name + _LEFT_OUT.sub("", objects)


def replayed(sent: Sequence[str], rows: bool, warehouse: Warehouse) -> str:  # noqa: FBT001  # whether there are
    """The definitions that the sessions of a double sent, in order, with the rows where the first operation has ended."""
    found = definitions(sent)
    if rows:
        place = '"{database}"."{schema}"'.format(**warehouse.settings())
        inserts = [
            ("a row", statement.replace("INSERT INTO ", f"INSERT INTO {place}.", 1))
            for statement in statements(warehouse)
        ]
        made = next(number for number, (name, _) in enumerate(found, 1) if name.startswith("make procedure"))
        found[made:made] = inserts
    return steps(found)


def definitions(sent: Sequence[str]) -> list[tuple[str, str]]:
    """The statements that define something, each with what it does in words."""
    found = []
    for statement in sent:
        if defines := _DEFINES.match(statement):
            verb, kind, name, change, column = defines.groups()
            word = f"{change.lower()} {column} in" if change else {"CREATE": "make", "DROP": "drop"}[verb]
            found.append((f"{word} {name}" if change else f"{word} {kind.lower()} {name}", statement))
    return found


def steps(statements: Sequence[tuple[str, str]]) -> str:
    """The text of a file of steps."""
    return "\n".join(f"--- {name}\n{statement};\n" for name, statement in statements)

"""What the server does with a warehouse, whatever its platform."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.support.krenalis_server.alteration import Operations
from tests.support.krenalis_server.columns import Column
from tests.support.krenalis_server.profile_types import Type


class WarehouseError(Exception):
    """What the warehouse says, as the server repeats it."""


class WarehouseSilent(Exception):
    """The warehouse did not answer within the time that the server has for its own answer."""


class Warehouse(Protocol):
    """A warehouse. All methods raise `WarehouseError` and `WarehouseSilent`; what needs columns raises `Panic` too."""

    def contents(self) -> str | None:
        """What stands in the schema, such as ``6 tables, 2 views``; None for a schema that is empty or absent."""

    def initialise(self, schema: Type) -> None:
        """Make everything, one statement after the other without a transaction: an error leaves what was made."""

    def repair(self, schema: Type) -> None:
        """Make what is missing, but for the view of profiles and the current profiles table."""

    def count_profiles(self) -> int: ...

    def writable_tables(self) -> list[str]:
        """The tables of Krenalis that the settings may write to."""

    def preview(self, schema: Type, operations: Operations) -> list[str]:
        """The statements of an alteration, without their semicolons."""

    def alter(self, schema: Type, operations: Operations) -> None: ...

    def resolve(self, schema: Type, error: str | None) -> None:
        """Resolve identities; with an error that is given, fail with it after the first step."""


def statements(file: str, columns: Sequence[Column], more: Mapping[str, str]) -> list[str]:
    """What initialises a warehouse, in order, from a file beside this one; `more` are columns of the next version."""
    values = {
        "profile_columns": "".join(f",\n    {column.declared}" for column in columns),
        "profile_names": "".join(f', "{column.name}"' for column in columns),
        "counts": "",
        "result": "",
        **more,
    }
    lines = Path(__file__).with_name(file).read_text().splitlines()
    text = "\n".join(line for line in lines if not line.startswith("-- "))
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return [statement.strip() for statement in text.split("\n--\n")]

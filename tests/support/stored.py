"""What the provider once stored, as the files in ``tests/acceptance/stored`` have it, brought back into a warehouse.

A name between two at signs, such as ``@database@``, stands for a setting of the warehouse that a test is given.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.postgresql_warehouse import PostgreSQLWarehouse
from tests.support.warehouse import Warehouse

FOLDER = Path(__file__).parents[1] / "acceptance" / "stored"
TIMES = ("heartbeat", "created_at", "updated_at")
"""Columns of the record that hold when something was."""

_STEP = re.compile(r"^--- (.*)\n", re.MULTILINE)
_COLUMNS = (
    "id",
    "name",
    "mode",
    "profile_schema",
    "ui_preferences",
    "identifiers",
    "primary_sources",
    "resolve_identities_on_batch_import",
    "state",
    "owner",
    "pending",
    "format_version",
)
_DOCUMENTS = ("profile_schema", "ui_preferences", "identifiers", "primary_sources", "pending")


@dataclass(frozen=True, slots=True)
class Step:
    """A statement, and in words what it does."""

    name: str
    statement: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The files of one case."""

    folder: Path

    @classmethod
    def case(cls, name: str) -> "Stored":
        """The case of that name, such as ``postgresql/customers``."""
        return cls(FOLDER / name)

    @property
    def configuration(self) -> dict[str, Any]:
        """What the configuration of the workspace said: its attributes, and what it said of the warehouse."""
        return self._json("configuration.json")

    @property
    def record(self) -> dict[str, Any]:
        """The record's row, by column."""
        return self._json("record.json")

    @property
    def steps(self) -> list[Step]:
        """The statements of an operation, in order."""
        return _steps((self.folder / "steps.sql").read_text())

    def attributes(self, warehouse: Warehouse) -> bytes:
        """The resource's attributes in Terraform's state, to the letter."""
        return self._filled("state.json", warehouse).encode()

    def private(self, warehouse: Warehouse) -> bytes:
        """The private data beside them in Terraform's state, to the letter."""
        return self._filled("private.json", warehouse).strip().encode()

    def restore(
        self, warehouse: Warehouse, record: Mapping[str, Any] | None = None, steps: Iterable[Step] = ()
    ) -> None:
        """Make all that the warehouse held; with another record, and with what steps made of it since, if they are given."""
        texts = [
            (self.folder.parent / "objects.sql").read_text(),
            (self.folder / "warehouse.sql").read_text(),
        ]
        if warehouse.platform == "Snowflake":
            texts = [step.statement for text in texts for step in _steps(text)]
        execute(
            warehouse,
            [*texts, writing(record or self.record, warehouse), *(step.statement for step in steps)],
        )

    def _json(self, name: str) -> dict[str, Any]:
        members: dict[str, Any] = json.loads((self.folder / name).read_text(), parse_float=Decimal)
        return members

    def _filled(self, name: str, warehouse: Warehouse) -> str:
        return filled((self.folder / name).read_text(), warehouse)


def filled(text: str, warehouse: Warehouse) -> str:
    """The text with the settings of the warehouse in it; a string that is only one is of the setting's own type."""
    for name, value in warehouse.settings().items():
        text = text.replace(f'"@{name}@"', json.dumps(value)).replace(f"@{name}@", str(value))
    return text


def writing(record: Mapping[str, Any], warehouse: Warehouse) -> str:
    """The statement that writes the record's row."""
    values = ", ".join(_literal(value, warehouse) for value in record.values())
    table = warehouse.name("krenalis_workspace")
    return f'INSERT INTO "{warehouse.schema}".{table} ({", ".join(record)}) VALUES ({values})'


def read_record(warehouse: Warehouse) -> dict[str, Any]:
    """The record's row by column, documents to the letter; without the times."""
    selected = [f"CAST({name} AS varchar)" if name in _DOCUMENTS else name for name in _COLUMNS]
    (row,) = warehouse.execute(f"SELECT {', '.join(selected)} FROM krenalis_workspace")
    return dict(zip(_COLUMNS, row, strict=True))


def execute(warehouse: Warehouse, statements: Sequence[str]) -> None:
    """Execute statements of the files; what they make belongs to the user of the warehouse."""
    if isinstance(warehouse, PostgreSQLWarehouse):
        with warehouse.database.connect_as_role() as connection:
            for statement in statements:
                connection.execute(statement.encode())
    elif statements:
        database = warehouse.settings()["database"]
        warehouse.execute(*(statement.replace("@database@", database) for statement in statements))


def _steps(text: str) -> list[Step]:
    _, *parts = _STEP.split(text)
    return [
        Step(name, statement.strip().removesuffix(";"))
        for name, statement in zip(parts[::2], parts[1::2], strict=True)
    ]


def _literal(value: Any, warehouse: Warehouse) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\") if warehouse.platform == "Snowflake" else value
        return "'" + escaped.replace("'", "''") + "'"
    return "NULL" if value is None else json.dumps(value)

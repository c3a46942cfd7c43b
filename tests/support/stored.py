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

from tests.support.krenalis_server import KrenalisServer, Workspace, canonical, go_json, profile_types
from tests.support.postgresql_warehouse import PostgreSQLWarehouse
from tests.support.served_warehouse import ServedWarehouse
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
DOCUMENTS = ("profile_schema", "ui_preferences", "identifiers", "primary_sources", "pending")


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
        """The case of that name, such as ``0.1.0/postgresql/customers``."""
        return cls(FOLDER / name)

    @property
    def version(self) -> str:
        """The version that stored it."""
        return self.folder.parents[1].name

    @property
    def place(self) -> str:
        """Where it was stored: ``postgresql``, ``snowflake`` or ``server``."""
        return self.folder.parent.name

    @property
    def is_unfinished(self) -> bool:
        """Whether an operation broke off."""
        return (self.folder / "steps.sql").exists()

    @property
    def before(self) -> "Stored":
        """The case whose state and warehouse an operation that broke off began with."""
        return self if (self.folder / "state.json").exists() else self.beside("customers")

    def beside(self, name: str) -> "Stored":
        """Another case of the same version and place."""
        return Stored(self.folder.with_name(name))

    @property
    def kept(self) -> dict[str, Any]:
        """What makes it a workspace, without the times: the record, or what a server keeps."""
        if self.place == "server":
            return self._json("server.json")
        return {name: value for name, value in self.record.items() if name not in TIMES}

    @property
    def configuration(self) -> dict[str, Any]:
        """What the configuration of the workspace said: its attributes, and what it said of the warehouse."""
        return self._json("configuration.json")

    def configuration_in(self, warehouse: Warehouse) -> dict[str, Any]:
        """The same for the warehouse of a test, whose settings it may name."""
        text = filled((self.folder / "configuration.json").read_text(), warehouse)
        said: dict[str, Any] = json.loads(text, parse_float=Decimal)
        return said

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
        files = [self.folder.parent / "objects.sql", self.folder / "warehouse.sql"]
        texts = [file.read_text() for file in files if file.exists()]
        if isinstance(warehouse, ServedWarehouse):
            execute(warehouse, texts)
            put_at_server(self._json("server.json"), warehouse)
            return
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


def cases() -> list[Stored]:
    """All cases of all versions that are there."""
    return [Stored(file.parent) for file in sorted(FOLDER.glob("*/*/*/configuration.json"))]


def filled(text: str, warehouse: Warehouse) -> str:
    """The text with the settings of the warehouse in it; a string that is only one is of the setting's own type."""
    for name, value in placeholders(warehouse).items():
        text = text.replace(f'"@{name}@"', json.dumps(value)).replace(f"@{name}@", str(value))
    return text


def placeholders(warehouse: Warehouse) -> dict[str, Any]:
    """By name, what differs from one warehouse of tests to the next; a text comes before those that are in it."""
    settings = {
        name: value for name, value in warehouse.settings().items() if name not in {"schema", "account"}
    }
    server = warehouse.server_block()
    texts = {name: value for name, value in settings.items() if isinstance(value, str)}
    if server.endpoint:
        texts["endpoint"] = server.endpoint
    ordered = dict(sorted(texts.items(), key=lambda item: -len(item[1])))
    return ordered | settings


def configured_settings(configuration: Mapping[str, Any], warehouse: Warehouse) -> dict[str, Any]:
    """``warehouse.settings`` of a case's configuration."""
    own = json.loads(filled(json.dumps(configuration.get("settings", {})), warehouse))
    given = {**warehouse.settings(), **own}
    return {name: value for name, value in given.items() if name not in configuration.get("without", ())}


def import_id(warehouse: Warehouse, workspace: str) -> str:
    """The id by which a workspace is imported."""
    if warehouse.server_block().endpoint:
        return workspace
    form = {
        "PostgreSQL": "postgresql://{username}@{host}:{port}/{database}/{schema}",
        "Snowflake": "snowflake://{username}@{account}/{database}/{schema}/{role}/{warehouse}",
    }
    return form[warehouse.platform].format(**warehouse.settings())


_KEPT_BY_SERVERS = (
    "id",
    "name",
    "mode",
    "preferences",
    "primary_sources",
    "identifiers",
    "run_on_batch_import",
)


def server_document(server: KrenalisServer) -> dict[str, Any]:
    """What a server keeps of its one workspace, but for the settings of the warehouse."""
    workspace = server.workspace()
    kept = {name: getattr(workspace, name) for name in _KEPT_BY_SERVERS}
    return {**kept, "profile_schema": canonical.write(workspace.schema)}


def put_at_server(document: Mapping[str, Any], warehouse: ServedWarehouse) -> None:
    """Let the server have the workspace, with the warehouse as its own."""
    schema = profile_types.read(go_json.read(document["profile_schema"].encode()))
    assert schema
    kept = {name: document[name] for name in _KEPT_BY_SERVERS}
    settings = warehouse.settings()
    warehouse.server.state.insert(
        Workspace(schema=schema, platform=warehouse.platform, settings=settings, **kept)
    )


def writing(record: Mapping[str, Any], warehouse: Warehouse) -> str:
    """The statement that writes the record's row."""
    values = ", ".join(_literal(value, warehouse) for value in record.values())
    table = warehouse.name("krenalis_workspace")
    return f'INSERT INTO "{warehouse.schema}".{table} ({", ".join(record)}) VALUES ({values})'


def read_kept(warehouse: Warehouse) -> dict[str, Any]:
    """What makes the warehouse a workspace, as `Stored.kept` has it: the record's row by column, or what a server keeps."""
    if isinstance(warehouse, ServedWarehouse):
        return server_document(warehouse.server)
    selected = [f"CAST({name} AS varchar)" if name in DOCUMENTS else name for name in _COLUMNS]
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

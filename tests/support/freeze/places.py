"""Where workspaces are frozen, and the files of a case there."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.freeze import cases
from tests.support.freeze.cases import Case
from tests.support.freeze.dump import postgresql_dump, replayed
from tests.support.krenalis_server import KrenalisServer
from tests.support.postgresql import Server
from tests.support.postgresql_warehouse import PostgreSQLWarehouse
from tests.support.served_warehouse import ServedWarehouse
from tests.support.snowflake import Snowflake
from tests.support.snowflake_warehouse import SnowflakeWarehouse
from tests.support.stored import DOCUMENTS, TIMES, placeholders, server_document
from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse, Warehouses

LONG_AGO = "2025-01-02 03:04:05+00"


@dataclass(frozen=True)
class Place:
    """A folder of a version, and the warehouses for its cases."""

    name: str
    open: Callable[[], AbstractContextManager[Warehouses]]
    has_unfinished: bool = False
    """Whether what breaks off is finished by a later operation, so that its record is stored."""

    def write(self, folder: Path, case: Case, terraform: Terraform, warehouse: Warehouse) -> None:
        """Write the files of a case that was brought about."""
        folder.mkdir(parents=True)
        write_json(folder / "configuration.json", case.kept)
        write_terraforms(folder, terraform, warehouse)
        write_warehouse(folder, case, warehouse)
        if isinstance(warehouse, ServedWarehouse):
            write_json(folder / "server.json", server_document(warehouse.server), warehouse)
        else:
            write_json(folder / "record.json", record(warehouse), warehouse)


def write_terraforms(folder: Path, terraform: Terraform, warehouse: Warehouse) -> None:
    """Write what Terraform's state has of the workspace."""
    state = json.loads((terraform.folder / "terraform.tfstate").read_text())
    (instance,) = state["resources"][0]["instances"]
    write_json(folder / "state.json", instance["attributes"], warehouse)
    write_json(folder / "private.json", json.loads(base64.b64decode(instance["private"])), warehouse)


def write_warehouse(folder: Path, case: Case, warehouse: Warehouse) -> None:
    """Write what the warehouse has but for the record's row."""
    if isinstance(warehouse, SnowflakeWarehouse):
        text = replayed(warehouse.database.statements(), case.name in {"customers", "changed"}, warehouse)
    else:
        assert isinstance(warehouse, PostgreSQLWarehouse)
        text = postgresql_dump(warehouse.database)
    write(folder / "warehouse.sql", text, warehouse)


def record(warehouse: Warehouse) -> dict[str, Any]:
    """The record's row by column, documents to the letter, and all times long ago."""
    names = [row[0].lower() for row in warehouse.columns("krenalis_workspace")]
    selected = [f"CAST({name} AS varchar)" if name in DOCUMENTS else name for name in names]
    (row,) = warehouse.execute(f"SELECT {', '.join(selected)} FROM krenalis_workspace")
    values = dict(zip(names, row, strict=True))
    return {
        name: LONG_AGO if name in TIMES and value is not None else value for name, value in values.items()
    }


def write_json(path: Path, value: Any, warehouse: Warehouse | None = None) -> None:
    """Write a value, with names between at signs for the settings of the warehouse."""
    write(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n", warehouse)


def write(path: Path, text: str, warehouse: Warehouse | None = None) -> None:
    """Write a text likewise. A number that is a setting becomes a string, which `tests.support.stored.filled` undoes."""
    for name, value in placeholders(warehouse).items() if warehouse else ():
        if isinstance(value, int):
            text = re.sub(rf'(?<=": ){value}\b', f'"@{name}@"', text)
        text = re.sub(rf"(?<!\w){re.escape(str(value))}(?!\w)", f"@{name}@", text)
    path.write_text(text)


@contextmanager
def _postgresql() -> Iterator[Warehouses]:
    with Server.start() as server:
        yield Warehouses(
            "PostgreSQL", lambda **names: PostgreSQLWarehouse(server.port, server.database(**names))
        )


@contextmanager
def _snowflake() -> Iterator[Warehouses]:
    with Snowflake.start() as server:
        yield Warehouses(
            "Snowflake", lambda **names: SnowflakeWarehouse(server.port, server.database(**names))
        )


@contextmanager
def _server() -> Iterator[Warehouses]:
    with Server.start() as server:
        yield Warehouses(
            "PostgreSQL",
            lambda **names: ServedWarehouse(server.port, server.database(**names), KrenalisServer.start()),
        )


PLACES = (
    Place(cases.POSTGRESQL, _postgresql),
    Place(cases.SNOWFLAKE, _snowflake, has_unfinished=True),
    Place(cases.SERVER, _server),
)

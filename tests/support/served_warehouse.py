"""Warehouses that a Krenalis server fills and keeps: server mode, as tests for every platform see it.

Its configurations say that the warehouse goes with the workspace, as it does in direct mode. The settings have the password,
and where a test takes it out, because there the provider finds it elsewhere, as one that is write-only.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from psycopg import sql

from krenalis_provider.server_block import Mode, ServerBlock
from tests.support.krenalis_server import KrenalisServer, canonical, go_json, profile_types
from tests.support.postgresql import when_nobody_uses_it
from tests.support.postgresql_warehouse import PostgreSQLWarehouse
from tests.support.snowflake_warehouse import SnowflakeWarehouse
from tests.support.terraform_checks import Check, ExpectKnown
from tests.support.warehouse import Row, Warehouse
from tests.support.workspaces import ADDRESS, expression


class _Served(Warehouse):
    """What is the same on all platforms."""

    record_objects: ClassVar[Mapping[str, str]] = {}
    attributes: ClassVar[Mapping[str, object]] = {"on_destroy": "drop"}

    server: KrenalisServer

    @property
    def out_of_reach(self) -> str:
        return "Krenalis server could not reach the warehouse"

    def expected(self, name: str, kind: str) -> list[Check]:
        """The provider looks after no object."""
        return [ExpectKnown(ADDRESS, "objects", {})]

    def server_block(self) -> ServerBlock:
        return ServerBlock(Mode.SERVER, self.server.endpoint, self.server.key)

    def provider(self, **members: object) -> str:
        at = {"endpoint": self.server.endpoint, "api_key": self.server.key}
        lines = [f"{name} = {expression(value)}" for name, value in at.items()]
        return "\n  ".join([*lines, super().provider(**members)])

    def configuration(
        self, settings: Mapping[str, object] | None = None, *, without: Sequence[str] = (), **rest: Any
    ) -> str:
        given = {**(settings or {})}
        if "password" in without:
            given |= {"password_wo": self.password, "password_wo_version": 1}
        return super().configuration(given, without=without, **rest)

    def delete_workspaces(self) -> None:
        """Let the server have none, as if somebody had deleted them."""
        for workspace in [*self.server.workspaces.values()]:
            self.server.state.remove(workspace)

    def record(self) -> Row:
        workspace = self.server.workspace()
        return workspace.id, workspace.name, workspace.mode

    def respell_document(self, change: Callable[[str], str]) -> None:
        workspace = self.server.workspace()
        text = json.dumps(json.loads(canonical.write(workspace.schema)))
        schema = profile_types.read(go_json.read(change(text).encode()))
        assert schema
        workspace.schema = schema

    def stop(self) -> None:
        """Stop the server, which must have made no mistake of its own."""
        self.server.stop()
        assert not self.server.errors, "\n".join(self.server.errors)


@dataclass(frozen=True)
class ServedWarehouse(_Served, PostgreSQLWarehouse):
    """A warehouse in a throw-away PostgreSQL, and a server of its own, without a workspace at first."""

    server: KrenalisServer

    def place(self, name: str) -> dict[str, Any]:
        """A database: with a server, one holds one workspace."""
        return {"database": f"{self.database.name}_{name}"}

    def make_place(self, name: str) -> None:
        other = replace(self.database, name=self.place(name)["database"])
        with other.server.connect() as connection:
            connection.execute(
                f"CREATE DATABASE \"{other.name}\" TEMPLATE template0 ENCODING 'UTF8'".encode()
            )
        replace(self, database=other).make_schema(other.schema)

    def drop(self) -> None:
        with self.database.server.connect() as connection:
            query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            for (name,) in connection.execute(query, [f"{self.database.name}_"]).fetchall():
                when_nobody_uses_it(
                    connection, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )
        super().drop()
        self.stop()

    def empty(self) -> None:
        self.delete_workspaces()
        super().empty()


@dataclass(frozen=True)
class ServedSnowflake(_Served, SnowflakeWarehouse):
    """The same in the double of Snowflake."""

    server: KrenalisServer

    def __post_init__(self) -> None:
        self.server.state.snowflake = self.database.parameters()

    def drop(self) -> None:
        super().drop()
        self.stop()

    def empty(self) -> None:
        self.delete_workspaces()
        super().empty()

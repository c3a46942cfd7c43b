"""Warehouses whose identities are to be resolved, and what a resolution made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from krenalis_provider.model.profile_columns import ProfileColumn, profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql import identity_resolution
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from tests.support.identities import Identity, Profile
from tests.support.identity_strategies import EVE
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, soon

EPOCH = datetime(2026, 1, 1)  # noqa: DTZ001 - the warehouse has timestamps without time zone


def property_(name: str, kind: str, **parameters: Any) -> dict[str, Any]:
    return {"name": name, "type": {"kind": kind, **parameters}, "readOptional": True}


DOCUMENT = {
    "kind": "object",
    "properties": [
        property_("customer_id", "string", maxLength=36),
        property_("email", "string"),
        property_("home", "object", properties=[property_("post_code", "int", bitSize=32)]),
        property_("tags", "array", elementType={"kind": "string"}),
        property_("extra", "json"),
    ],
}


def columns_of(document: Any) -> tuple[ProfileColumn, ...]:
    parsed = parse(document)
    assert parsed.schema, parsed.problems
    return profile_columns(parsed.schema)


@dataclass(frozen=True)
class Warehouse:
    """A workspace's warehouse as its plain role uses it."""

    database: Database
    columns: Sequence[ProfileColumn]

    def execute(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection for which names need no schema."""
        connection = self.database.connect_as_role()
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(self.database.schema)))
        return connection

    @property
    def call(self) -> sql.Composed:
        return sql.SQL("CALL {}()").format(
            sql.Identifier(self.database.schema, krenalis_objects.RESOLVE_IDENTITIES)
        )

    def install(
        self, identifiers: Sequence[str] = (), primary_sources: Mapping[str, str] | None = None
    ) -> None:
        statement = identity_resolution.create(
            self.database.schema, self.columns, identifiers, primary_sources or {}
        )
        with self.connect() as connection:
            connection.execute(statement.query)

    def add(self, *identities: Identity) -> None:
        with self.connect() as connection:
            for identity in identities:
                add(connection, identity)

    def resolve(self) -> list[Profile]:
        with self.database.connect_as_role() as connection:
            connection.execute(self.call)
        return self.profiles()

    def profiles(self) -> list[Profile]:
        """What the current profiles table holds, by the first identity."""
        with self.connect() as connection:
            return profiles(connection, [column.name for column in self.columns])

    def snapshot(self) -> list[Any]:
        """All that a resolution could change."""
        tables = ("krenalis_identities", "krenalis_events", "krenalis_profile_schema_versions", "profiles")
        rows = [sorted(map(repr, self.execute(f"SELECT * FROM {table}"))) for table in tables]
        return [content(self.database), *rows, self.execute("SELECT * FROM krenalis_system_operations")]


def add(connection: "psycopg.Connection[tuple[Any, ...]]", identity: Identity) -> None:
    row: dict[str, Any] = {
        "_pk": identity.pk,
        "_pipeline": "p",
        "_connection": identity.connection,
        "_identity_id": identity.identity_id,
        "_is_anonymous": identity.is_anonymous,
        "_anonymous_ids": None if identity.anonymous_ids is None else list(identity.anonymous_ids),
        "_updated_at": EPOCH + timedelta(minutes=identity.updated_at),
        "_kpid": identity.kpid,
        **identity.values,
    }
    connection.execute(
        sql.SQL("INSERT INTO krenalis_identities ({}) VALUES ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(map(sql.Placeholder, row))
        ),
        row,
    )


def profiles(connection: "psycopg.Connection[tuple[Any, ...]]", names: Sequence[str]) -> list[Profile]:
    ((version,),) = connection.execute(
        "SELECT coalesce(max(version), 0) FROM krenalis_profile_schema_versions"
    )
    rows = connection.execute(
        sql.SQL("SELECT _identities, _kpid, _updated_at, {} FROM {} ORDER BY _identities").format(
            sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(f"krenalis_profiles_{version}")
        )
    ).fetchall()
    return [
        Profile(
            tuple(identities),
            kpid,
            (updated_at - EPOCH) // timedelta(minutes=1),
            {name: value for name, value in zip(names, values, strict=True) if value is not None},
        )
        for identities, kpid, updated_at, *values in rows
    ]


def warehouse_of(database: Database, document: Any = DOCUMENT) -> Warehouse:
    columns = columns_of(document)
    provisioner = PostgreSQL().provisioner(PostgreSQLSettings(**database.settings()), {})
    workspace = Workspace("1604839201", "Customers", WarehouseMode.NORMAL, document)
    provisioner.initialize(workspace, columns, soon())
    return Warehouse(database, columns)


def members(found: Sequence[Profile]) -> list[tuple[int, ...]]:
    return [profile.identities for profile in found]


def merged(warehouse: Warehouse, *identities: Identity) -> Profile:
    """The one profile of identities that get the same user."""
    warehouse.add(*(replace(identity, identity_id="u", is_anonymous=False) for identity in identities))
    return the_profile(warehouse)


def the_profile(warehouse: Warehouse) -> Profile:
    (profile,) = warehouse.resolve()
    return profile


def kpids(warehouse: Warehouse) -> dict[int, UUID]:
    return dict(warehouse.execute("SELECT _pk, _kpid FROM krenalis_identities"))


def add_event(warehouse: Warehouse, message: str, connection: str, user: str | None, device: str) -> None:
    warehouse.execute(
        "INSERT INTO krenalis_events (message_id, connection_id, user_id, anonymous_id, kpid, received_at, sent_at,"
        " timestamp, traits, type) VALUES (%(m)s, %(c)s, %(u)s, %(d)s, %(k)s, now(), now(), now(), '{}', 'page')",
        {"m": message, "c": connection, "u": user, "d": device, "k": EVE},
    )

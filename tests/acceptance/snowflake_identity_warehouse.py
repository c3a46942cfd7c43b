"""Warehouses in the double of Snowflake whose identities are to be resolved, and what a resolution made of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from krenalis_provider.warehouses.snowflake import identity_resolution
from krenalis_provider.warehouses.snowflake.sql import Schema, identifier, literal
from tests.acceptance.identity_warehouse import DOCUMENT, EPOCH, columns_of
from tests.support.identities import Identity, Profile
from tests.support.identity_strategies import EVE
from tests.support.snowflake import SnowflakeDatabase
from tests.support.snowflake_warehouse import provisioner_of, soon

Rows = list[tuple[Any, ...]]
CALL = "CALL RESOLVE_IDENTITIES()"
TABLES = (
    "KRENALIS_WORKSPACE",
    "KRENALIS_IDENTITIES",
    "KRENALIS_EVENTS",
    "KRENALIS_PROFILES_0",
    "KRENALIS_SYSTEM_OPERATIONS",
    "KRENALIS_PROFILE_SCHEMA_VERSIONS",
)
"""All that a resolution could change."""


@dataclass(frozen=True)
class Warehouse:
    """A workspace's warehouse, and a session of its user."""

    database: SnowflakeDatabase
    columns: Sequence[ProfileColumn]
    session: Any

    def execute(self, query: str) -> Rows:
        """Execute a statement in the session."""
        with self.session.cursor() as cursor:
            cursor.execute(query)
            return [tuple(row) for row in cursor.fetchall()]

    def install(
        self, identifiers: Sequence[str] = (), sources: Mapping[str, str] | None = None, **others: str
    ) -> None:
        """Make the procedure for other settings."""
        schema = Schema(self.database.name, self.database.schema)
        self.execute(identity_resolution.create(schema, self.columns, identifiers, sources or {}, **others))

    def fill(
        self, identities: Sequence[Identity], events: Sequence[tuple[str, str | None, str]] = ()
    ) -> None:
        """Replace what there is; profiles stay, for the next run to replace them."""
        self.execute("DELETE FROM KRENALIS_IDENTITIES")
        self.execute("DELETE FROM KRENALIS_EVENTS")
        names = ["_pk", "_pipeline", "_connection", "_identity_id", "_is_anonymous", "_anonymous_ids"]
        names += ["_updated_at", "_kpid", *(column.name for column in self.columns)]
        self._insert("KRENALIS_IDENTITIES", names, [self._row(identity) for identity in identities])
        names = ["MESSAGE_ID", "CONNECTION_ID", "USER_ID", "ANONYMOUS_ID", "KPID"]
        names += ["RECEIVED_AT", "SENT_AT", "TIMESTAMP", "TRAITS", "TYPE"]
        fixed = [str(EVE), EPOCH, EPOCH, EPOCH, {}, "page"]
        self._insert("KRENALIS_EVENTS", names, [[str(n), *event, *fixed] for n, event in enumerate(events)])

    def _row(self, identity: Identity) -> list[Any]:
        ids = None if identity.anonymous_ids is None else list(identity.anonymous_ids)
        at = EPOCH + timedelta(minutes=identity.updated_at)
        fixed = [identity.pk, "p", identity.connection, identity.identity_id, identity.is_anonymous, ids, at]
        kpid = None if identity.kpid is None else str(identity.kpid)
        return [*fixed, kpid, *(identity.values.get(column.name) for column in self.columns)]

    def _insert(self, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        listed = ", ".join(identifier(name.upper()) for name in names)
        selects = (f"SELECT {', '.join(map(_value, row))}" for row in rows)
        if rows:
            self.execute(f"INSERT INTO {table} ({listed}) {' UNION ALL '.join(selects)}")

    def resolve(self) -> list[Profile]:
        """Call the procedure, which says how many profiles there are."""
        answer = self.execute(CALL)
        found = self.profiles()
        assert answer == [(len(found),)]
        return found

    def profiles(self, table: str = "KRENALIS_PROFILES_0") -> list[Profile]:
        """What the profiles table holds, by the first identity."""
        lists = {column.name for column in self.columns if column.type.kind == "array"}
        names = [column.name for column in self.columns]
        listed = "".join(f", {identifier(name.upper())}" for name in names)
        found = []
        for ids, kpid, at, *values in self.execute(
            f'SELECT "_IDENTITIES", "_KPID", "_UPDATED_AT"{listed} FROM {table}'
        ):
            given = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            read = {name: json.loads(value) if name in lists else value for name, value in given.items()}
            minutes = (at - EPOCH) // timedelta(minutes=1)
            found.append(Profile(tuple(json.loads(ids)), UUID(kpid), minutes, read))
        return sorted(found, key=lambda profile: profile.identities)

    def content(self) -> list[Any]:
        """All that a resolution could change, as somebody else sees it."""
        with self.database.connect() as connection, connection.cursor() as cursor:
            return [
                sorted((tuple(row) for row in cursor.execute(f"SELECT * FROM {table}").fetchall()), key=repr)
                for table in TABLES
            ]


def _value(value: Any) -> str:
    """A value as SQL."""
    if isinstance(value, (list, dict)):
        return f"PARSE_JSON({literal(json.dumps(value))})"
    if isinstance(value, datetime):
        return f"{literal(value.isoformat(' '))}::TIMESTAMP_NTZ"
    if isinstance(value, (bool, int)):
        return str(value).upper()
    return literal(value)


def sorted_arrays(profile: Profile) -> Profile:
    """As Snowflake merges arrays (docs/facts/krenalis.md, "Identity resolution")."""
    values = {
        name: sorted(value) if isinstance(value, list) else value for name, value in profile.values.items()
    }
    return replace(profile, values=values)


@contextmanager
def warehouse_of(database: SnowflakeDatabase, document: Any = DOCUMENT) -> Iterator[Warehouse]:
    """A warehouse with the workspace of this profile schema, without identifiers."""
    columns = columns_of(document)
    workspace = Workspace("1604839201", "Customers", WarehouseMode.NORMAL, document)
    provisioner_of(database).initialize(workspace, columns, soon())
    with database.connect_as_user() as session:
        yield Warehouse(database, columns, session)

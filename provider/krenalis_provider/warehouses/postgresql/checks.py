"""What stands against making or changing a workspace, from what was seen of the server, the schema and its tables."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Final

from krenalis_provider.model.attribute_path import AttributePath, setting
from krenalis_provider.model.errors import Finding, Verdict
from krenalis_provider.model.wording import counted, enumerated
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.change import Change
from krenalis_provider.warehouses.engines.session import Need
from krenalis_provider.warehouses.findings import absent, conflict_findings, contradicted
from krenalis_provider.warehouses.migration.compute import Migration
from krenalis_provider.warehouses.postgresql.alterations import ViewChange, view_change
from krenalis_provider.warehouses.postgresql.relations import Relation, Relations, look_at
from krenalis_provider.warehouses.postgresql.rights import missing_ownership, ties, used_types
from krenalis_provider.warehouses.postgresql.session import Session
from krenalis_provider.warehouses.postgresql.snapshot import Server
from krenalis_provider.warehouses.postgresql.sql import identifier
from krenalis_provider.warehouses.snapshot import Snapshot

CONTENT_KINDS: Final = ("table", "view", "materialized view", "foreign table", "sequence")
"""The kinds that make a schema not empty, in the order of messages."""
_OLDEST: Final = 150_000
"""Version 15 has MERGE, which Krenalis loads data with."""
_MOST_COLUMNS: Final = 1600
"""Of a PostgreSQL table; a dropped column counts for ever."""
_PROFILE_SCHEMA: Final = AttributePath.of("profile_schema")


def need_findings(session: Session, server: Server, needs: Collection[Need]) -> Iterator[Finding]:
    """See `engines.session.Session.need_findings`."""
    for need in needs:
        yield from _UNMET[need](session, server)


def _server(session: Session, server: Server) -> Iterator[Finding]:
    settings = session.settings
    at = f"{settings.host}:{settings.port}"
    if server.number < _OLDEST:
        yield contradicted(
            "host",
            "PostgreSQL is too old",
            f"{at} runs PostgreSQL {server.version}. Krenalis needs version 15 or newer: upgrade the server, or "
            "name another one.",
        )
    if server.standby:
        yield contradicted(
            "host", "PostgreSQL is read-only", f"{at} is a standby. Name the primary server instead."
        )
    elif server.read_only:
        yield contradicted(
            "database",
            "PostgreSQL is read-only",
            f'in database "{settings.database}", transactions of role "{session.role}" are read-only by '
            "default. Set default_transaction_read_only to off for the role, the database or the server.",
        )
    if server.encoding != "UTF8":
        yield contradicted(
            "database",
            "Database is not in UTF-8",
            f'database "{settings.database}" has the encoding {server.encoding}. Krenalis needs UTF8: name another '
            "database, or make one with: CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8';",
        )


def _language(session: Session, server: Server) -> Iterator[Finding]:
    if server.missing_language:
        yield absent(
            "schema",
            "PL/pgSQL is missing",
            f'database "{session.settings.database}" has no language plpgsql that role "{session.role}" may use, and the '
            f'procedure "{krenalis_objects.RESOLVE_IDENTITIES}" is written in it. Let an administrator run: CREATE EXTENSION IF '
            f"NOT EXISTS plpgsql; GRANT USAGE ON LANGUAGE plpgsql TO {identifier(session.role)};",
        )


def _schema(session: Session, server: Server, needed: Collection[str]) -> Iterator[Finding]:
    schema, role = identifier(session.schema), identifier(session.role)
    if not server.schema_exists:
        yield absent(
            "schema",
            "Schema does not exist",
            f'database "{session.settings.database}" has no schema "{session.schema}". Name an existing one, or let an '
            f"administrator run: CREATE SCHEMA {schema}; GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};",
        )
    if missing := [right for right in server.missing_rights if right in needed]:
        yield absent(
            "schema",
            "Missing right on the schema",
            f'role "{session.role}" lacks {" and ".join(missing)} on {session.settings.place}. '
            f"Let its owner run: GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};",
        )


def _record(session: Session, server: Server, needed: Collection[str]) -> Iterator[Finding]:
    if missing := [right for right in server.missing_record_rights if right in needed]:
        rights = ", ".join(missing)
        table, role = identifier(session.schema, krenalis_objects.RECORD.name), identifier(session.role)
        yield Finding(
            Verdict.ABSENT,
            setting("username"),
            "Missing right on the workspace's record",
            f'role "{session.role}" lacks {rights} on table {table}. Let its owner run: '
            f"GRANT {', '.join(needed)} ON {table} TO {role};",
        )


_UNMET: Final[Mapping[Need, Callable[[Session, Server], Iterator[Finding]]]] = {
    Need.SERVER: _server,
    Need.PROCEDURE: _language,
    Need.USAGE: partial(_schema, needed=("USAGE",)),
    Need.CREATE: partial(_schema, needed=("USAGE", "CREATE")),
    Need.READING: partial(_record, needed=("SELECT",)),
    Need.RECORD: partial(_record, needed=("SELECT", "INSERT", "UPDATE")),
}


def drop_findings(session: Session, snapshot: Snapshot) -> Iterator[Finding]:
    """See `engines.session.Session.drop_findings`."""
    kept = used_types(session, snapshot.strangers) if snapshot.strangers else ()
    ours = {name: kind for name, kind in snapshot.ours.items() if name not in kept}
    owns_schema, dependents = ties(session, ours)
    foreign = {name: owner for name, owner in snapshot.foreign.items() if name in ours}
    if foreign and not owns_schema:
        yield missing_ownership(session.role, dict(sorted(foreign.items())))
    if dependents:
        yield contradicted(
            "schema",
            "Other objects depend on the warehouse",
            f"{enumerated(dependents)} {'depends' if len(dependents) == 1 else 'depend'} on what would be dropped. Drop "
            "what is not needed any more first: nothing of others is dropped along.",
        )


def repair_findings(session: Session, change: Change) -> Iterator[Finding]:
    """See `engines.session.Session.repair_findings`: the tables that missing views and indexes are made on."""
    snapshot, missing = change.snapshot, set(change.snapshot.missing)
    ours = snapshot.ours
    indexes = [index for index in krenalis_objects.INDEXES if index.name in missing]
    needs = [
        ("view", view.name, view.table, view.columns)
        for view in krenalis_objects.VIEWS
        if view.name in missing
    ]
    needs += [("index", index.name, index.table, (index.column,)) for index in indexes]
    actual = {krenalis_objects.PROFILES.name: snapshot.profiles}
    tables = {table: actual.get(table) or table for _, _, table, _ in needs}
    seen = look_at(session, tables.values()) if ours.keys() & tables.values() else {}
    for kind, name, table, needed in needs:
        if not (relation := seen.get(tables[table])):
            continue
        present = {*relation.fixed, *relation.columns}
        if lacking := [column for column in needed if column not in present]:
            listed = ", ".join(f'"{column}"' for column in lacking)
            yield Finding(
                Verdict.CONTRADICTED,
                AttributePath.of("objects"),
                "Columns of a table are missing",
                f'{kind} "{name}" is missing, and to be made again it needs the columns {listed}, which table '
                f'"{relation.name}" lacks. Add them by hand, or drop the table if its data is not needed any more: '
                "applying makes it anew.",
            )
    # an index is its table's owner's; a view is anybody's
    changed = {index.table for index in indexes}
    if change.makes_procedure:
        changed.add(snapshot.names.procedure)
    owners = {
        name: owner for name, owner in sorted(snapshot.foreign.items()) if name in changed & ours.keys()
    }
    if owners:
        yield missing_ownership(session.role, owners)


def migration_findings(session: Session, present: Relations, change: Change) -> Iterator[Finding]:
    """See `engines.session.Session.migration_findings`; `present` are the relations as they are."""
    if (migration := change.migration) is None:
        return
    yield from _rights(session, present, migration)
    for table in present.tables:
        added = change.tables[table.name].added
        yield from conflict_findings(change, table.name)
        if added and table.last + added > _MOST_COLUMNS:
            yield Finding(
                Verdict.CONTRADICTED,
                _PROFILE_SCHEMA,
                "Too many columns over time",
                f'table "{table.name}" would get {counted(added, "column")}, and has room for '
                f"{max(0, _MOST_COLUMNS - table.last)}: PostgreSQL allows {_MOST_COLUMNS} in the life of a table, and "
                "dropped ones count. Add fewer, or copy the table to a new one of its name by hand.",
            )
    yield from _dependents(present, change, migration)


def _rights(session: Session, present: Relations, migration: Migration) -> Iterator[Finding]:
    """Only an owner, or a member of the owner's role, changes a table or view."""
    relations = [*present.tables, *([present.view] if present.view else [])]
    owned = {relation.name: relation.owner for relation in relations if not relation.owned}
    if owned:
        yield missing_ownership(session.role, owned)
    elif present.view:
        # an owner may always rename, but not append: that is a view made in the place of the other
        creators = dict(zip((session.role, present.view.owner), present.view.creators, strict=True))
        needed = {
            ViewChange.APPEND: [session.role],
            ViewChange.RECREATE: list(creators),
        }.get(view_change(present.view, migration), [])
        if lacking := [role for role in needed if not creators[role]]:
            schema, roles = identifier(session.schema), ", ".join(map(identifier, lacking))
            yield absent(
                "schema",
                "Missing right on the schema",
                f'view "{present.view.name}" is made anew, and {enumerated(lacking)} may not create in the schema '
                f"{schema}. Let the schema's owner run: GRANT CREATE ON SCHEMA {schema} TO {roles};",
            )


def _dependents(present: Relations, change: Change, migration: Migration) -> Iterator[Finding]:
    """PostgreSQL would refuse as well; nothing of others is ever dropped along."""
    blocking: dict[str, None] = {}
    for table in present.tables:
        touched = change.tables[table.name].touched
        blocking |= dict.fromkeys(d.object for d in table.dependents if d.column in touched)
    remade: Relation | None = None
    if view_change(present.view, migration) is ViewChange.RECREATE:
        remade = present.view
        blocking |= dict.fromkeys(d.object for d in remade.dependents) if remade else {}
    if not blocking:
        return
    others = list(blocking)
    reason = (
        f'view "{remade.name}" has to be made anew, and columns changed'
        if remade
        else "columns have to be changed"
    )
    yield Finding(
        Verdict.CONTRADICTED,
        _PROFILE_SCHEMA,
        "Other objects depend on the profile columns",
        f"{reason}, which {enumerated(others)} {'depends' if len(others) == 1 else 'depend'} on. Drop them, apply, and "
        "make them again. New properties, renames, and another order of the properties leave them alone.",
    )

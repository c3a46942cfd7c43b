"""What stands against making or changing a workspace, from what was seen of the server, the schema and its tables."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from krenalis_provider.model.attribute_path import AttributePath, setting
from krenalis_provider.model.errors import Finding, Verdict
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.wording import enumerated
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.change import Change
from krenalis_provider.warehouses.engines.session import Need
from krenalis_provider.warehouses.findings import absent, contradicted, noted
from krenalis_provider.warehouses.postgresql.relations import look_at
from krenalis_provider.warehouses.postgresql.rights import Ties, missing_ownership, ties
from krenalis_provider.warehouses.postgresql.session import Session
from krenalis_provider.warehouses.postgresql.snapshot import RecordTrigger, Server
from krenalis_provider.warehouses.postgresql.sql import identifier, reset
from krenalis_provider.warehouses.snapshot import Snapshot

CONTENT_KINDS: Final = ("table", "view", "materialized view", "foreign table", "sequence")
"""The kinds that make a schema not empty, in the order of messages."""
_OLDEST: Final = 150_000
"""Version 15 has MERGE, which Krenalis loads data with."""
_VIEW_MADE_ANEW: Final = frozenset({"DROP VIEW", "CREATE VIEW", "GRANT", "REVOKE", "COMMENT"})
"""The statements by which a migration may change the view."""
_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_RAISE: Final = r"\braise\b(?!\s+(?:debug|log|info|notice|warning)\b)"
_MAY_REFUSE: Final = re.compile(_RAISE, re.IGNORECASE)
_REFUSES: Final = re.compile(rf"\s*(?:declare\b.*?)?\bbegin\s+{_RAISE}", re.IGNORECASE | re.DOTALL)
"""A function whose first statement raises an exception."""
_DROPS_ROWS: Final = re.compile(r"\s*(?:declare\b.*?)?\bbegin\s+return\s+null\b", re.IGNORECASE | re.DOTALL)
"""A function whose first statement returns nothing."""
_TABLES: Final = {table.name: table for table in krenalis_objects.TABLES}


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
            f'in database "{settings.database}", transactions of role "{settings.username}" are read-only by default. '
            f"{reset('default_transaction_read_only', server.read_only, settings)}",
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
    if "UPDATE" in needed:
        yield from map(_record_trigger, server.record_triggers)


def _record_trigger(trigger: RecordTrigger) -> Finding:
    source = _COMMENT.sub(" ", trigger.source)
    refuses = _REFUSES.match(source) or (trigger.before and _DROPS_ROWS.match(source))
    described = (
        f'trigger "{trigger.name}" of table {krenalis_objects.RECORD.name} runs when the record is written'
    )
    if trigger.language == "plpgsql" and refuses:
        return contradicted(
            "schema", "A trigger refuses the record", f"{described}, and refuses it. Drop or disable it."
        )
    return noted(
        setting("schema"),
        "A trigger runs when the record is written",
        f"{described}. If it refuses the record, applying fails and changes nothing.",
    )


_UNMET: Final[Mapping[Need, Callable[[Session, Server], Iterator[Finding]]]] = {
    Need.SERVER: _server,
    Need.PROCEDURE: _language,
    Need.USAGE: partial(_schema, needed=("USAGE",)),
    Need.CREATE: partial(_schema, needed=("USAGE", "CREATE")),
    Need.READING: partial(_record, needed=("SELECT",)),
    Need.RECORD: partial(_record, needed=("SELECT", "INSERT", "UPDATE")),
}


def creation_findings(session: Session, server: Server) -> Iterator[Finding]:
    """The obstacles to making everything in a schema where we may."""
    kinds = set(krenalis_objects.OBJECTS.values())
    yield from _tablespace(session, server, kinds)
    yield from _event_triggers(session, server, _tags("CREATE", kinds))


def drop_findings(
    session: Session, server: Server, snapshot: Snapshot, kept: Collection[str]
) -> Iterator[Finding]:
    """See `engines.session.Session.drop_findings`."""
    ours = {name: kind for name, kind in snapshot.ours.items() if name not in kept}
    tied = ties(session, ours)
    foreign = {name: owner for name, owner in snapshot.foreign.items() if name in ours}
    if foreign and not tied.owns_schema:
        yield missing_ownership(session, dict(sorted(foreign.items())))
    if dependents := tied.dependents:
        yield contradicted(
            "schema",
            "Other objects depend on the warehouse",
            f"{enumerated(dependents)} {'depends' if len(dependents) == 1 else 'depend'} on what would be dropped. Drop "
            "what is not needed any more first: nothing of others is dropped along.",
        )
    yield from _event_triggers(session, server, _tags("DROP", ours.values()), drops=True)
    yield from _along(snapshot, tied)


def _along(snapshot: Snapshot, tied: Ties) -> Iterator[Finding]:
    """What others added to our tables and views, and is dropped with them."""
    schema = parse(snapshot.record.profile_schema).schema if snapshot.record else None
    wanted = {column.name for column in profile_columns(schema)} if schema else set(snapshot.columns)
    added: dict[str, list[str]] = {}
    # which columns a server makes depends on its version, and on when it made a table
    for name, columns in () if snapshot.is_servers else tied.columns.items():
        table = _TABLES.get(name, krenalis_objects.PROFILES)
        ours = {column.name for column in table.columns} | (wanted if table.has_profile_columns else set())
        added[name] = [f'column "{column}"' for column in columns if column not in ours]
    parts = [
        f'with {kind} "{name}": {enumerated(objects)}'
        for name, kind in snapshot.ours.items()
        if (objects := [*added.get(name, ()), *tied.along.get(name, ())])
    ]
    if parts:
        yield noted(
            setting("schema"),
            "Objects go with the warehouse",
            f"Besides all rows, there goes {'; '.join(parts)}.",
        )


def repair_findings(session: Session, server: Server, change: Change) -> Iterator[Finding]:
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
                f'"{relation.name}" lacks. Add them by hand, with their types, as terraform-provider-krenalis ddl prints '
                "them; or drop the table if its data is not needed any more: applying makes it anew.",
            )
    # an index is its table's owner's; a view is anybody's
    changed = {index.table for index in indexes}
    if change.makes_procedure:
        changed.add(snapshot.names.procedure)
    owners = {
        name: owner for name, owner in sorted(snapshot.foreign.items()) if name in changed & ours.keys()
    }
    if owners:
        yield missing_ownership(session, owners)
    kinds = {krenalis_objects.OBJECTS[name] for name in missing}
    yield from _tablespace(session, server, kinds)
    tags, others = (
        _tags("CREATE", [*kinds, *(["procedure"] if change.makes_procedure else [])]),
        frozenset[str](),
    )
    if change.migration:
        tags |= {"ALTER TABLE", "ALTER VIEW"}
        others = _VIEW_MADE_ANEW
    yield from _event_triggers(session, server, tags, others)


def _tags(command: str, kinds: Iterable[str]) -> frozenset[str]:
    """The names that PostgreSQL gives to statements that make or drop objects of these kinds."""
    return frozenset(f"{command} {kind.upper()}" for kind in kinds)


def _tablespace(session: Session, server: Server, kinds: Collection[str]) -> Iterator[Finding]:
    if (space := server.refused_tablespace) and not {"table", "index"}.isdisjoint(kinds):
        yield absent(
            "username",
            "Missing right on the tablespace",
            f'tables and indexes are made in the default_tablespace "{space}", and role "{session.role}" may not create in '
            f"it. Let an administrator run: GRANT CREATE ON TABLESPACE {identifier(space)} TO {identifier(session.role)}; "
            "or reset default_tablespace for the role, the database or the server.",
        )


def _event_triggers(
    session: Session,
    server: Server,
    tags: frozenset[str],
    others: frozenset[str] = frozenset(),
    *,
    drops: bool = False,
) -> Iterator[Finding]:
    """Functions of others that run with our statements, and refuse them or may do so.

    `tags` are the names of statements that are certain, and drop something if it `drops`; `others` are not certain.
    """
    events = {"ddl_command_start", "ddl_command_end", *(["sql_drop"] if drops else [])}
    for trigger in server.event_triggers:
        named = tags | others if trigger.tags is None else frozenset(trigger.tags)
        certain = trigger.event in events and not named.isdisjoint(tags)
        described = (
            f'event trigger "{trigger.name}" runs {trigger.function} with such statements as applying sends'
        )
        source = _COMMENT.sub(" ", trigger.source)
        if certain and trigger.language == "plpgsql" and _REFUSES.match(source):
            yield contradicted(
                "database",
                "An event trigger refuses",
                f"{described}, and that refuses them. Let an administrator disable it for the while, or except role "
                f'"{session.role}" in it.',
            )
        elif (certain or named & others) and (trigger.language != "plpgsql" or _MAY_REFUSE.search(source)):
            yield noted(
                setting("database"),
                "An event trigger may refuse",
                f"{described}, and that can raise an exception. Only applying tells whether it does, or a rehearsal.",
            )

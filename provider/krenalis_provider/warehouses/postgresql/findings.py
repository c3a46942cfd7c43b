"""What stands against making or changing a workspace, from what was seen of the server and the schema."""

from collections.abc import Iterator, Mapping

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.findings import (
    absent,
    another_warehouse,
    columns_changed,
    columns_differ,
    contradicted,
    counted,
    enumerated,
    holds_workspace,
    names_taken,
    not_empty,
)
from krenalis_provider.warehouses.found import Found
from krenalis_provider.warehouses.migration import Migration
from krenalis_provider.warehouses.postgresql.errors import identifier
from krenalis_provider.warehouses.postgresql.inspection import Survey
from krenalis_provider.warehouses.postgresql.migration import ViewChange, view_change
from krenalis_provider.warehouses.postgresql.ownership import Ties
from krenalis_provider.warehouses.postgresql.relations import Relation, Relations
from krenalis_provider.warehouses.table_change import table_change
from krenalis_provider.workspaces.errors import Finding, Verdict
from krenalis_provider.workspaces.model import PostgreSQLSettings

_MOST_COLUMNS = 1600
"""Of a PostgreSQL table; a dropped column counts for ever."""
_CONTENT_KINDS = ("table", "view", "materialized view", "foreign table", "sequence")


def obstacles(settings: PostgreSQLSettings, survey: Survey, replaces: str | None) -> tuple[Finding, ...]:
    """List everything at once. The objects of the workspace with the id `replaces` are no obstacle."""
    return (
        *_server(settings, survey),
        *_language(settings, survey),
        *_schema(settings, survey),
        *_content(settings, survey, replaces),
    )


def hindrances(
    settings: PostgreSQLSettings, survey: Survey, workspace_id: str, *, moved: bool, creates: bool
) -> tuple[Finding, ...]:
    """What stands against changing the workspace with that id, found at the place it `moved` to or was at.

    `creates` says that the change makes the procedure, even if nothing is missing.
    """
    resolves = creates or catalog.RESOLVE_IDENTITIES in survey.found.missing
    creates = creates or bool(survey.found.missing)
    findings = [*_server(settings, survey), *_schema(settings, survey, creates=creates)]
    if resolves:
        findings += _language(settings, survey)
    if survey.missing_record_rights:
        rights = ", ".join(survey.missing_record_rights)
        table, role = identifier(settings.schema, catalog.RECORD.name), identifier(settings.username)
        findings.append(
            Finding(
                Verdict.ABSENT,
                "warehouse.settings.username",
                "Missing right on the workspace's record",
                f'role "{settings.username}" lacks {rights} on table {table}. Let its owner run: '
                f"GRANT SELECT, INSERT, UPDATE ON {table} TO {role};",
            )
        )
    return (*findings, *_record(settings, survey, workspace_id, moved=moved))


def drop_hindrances(
    settings: PostgreSQLSettings, survey: Survey, workspace_id: str, ties: Ties
) -> tuple[Finding, ...]:
    """What stands against dropping the workspace with that id; `ties` are those of its objects."""
    if not survey.found.objects:
        return ()
    findings = [
        *_server(settings, survey),
        *_schema(settings, survey, creates=False),
        *_record(settings, survey, workspace_id, moved=False),
    ]
    if ties.owners:
        findings.append(missing_ownership(settings, ties.owners))
    if ties.dependents:
        others = list(ties.dependents)
        findings.append(
            contradicted(
                "schema",
                "Other objects depend on the warehouse",
                f"{enumerated(others)} {'depends' if len(others) == 1 else 'depend'} on what would be dropped. Drop "
                "what is not needed any more first: nothing of others is dropped along.",
            )
        )
    return tuple(findings)


def missing_ownership(settings: PostgreSQLSettings, owners: Mapping[str, str]) -> Finding:
    """Only an owner, or a member of the owner's role, may do that; `owners` are name to owner."""
    listed = enumerated([f'"{name}" (owner {owner})' for name, owner in owners.items()])
    grants = " ".join(
        f"GRANT {identifier(owner)} TO {identifier(settings.username)};"
        for owner in sorted(set(owners.values()))
    )
    return Finding(
        Verdict.ABSENT,
        "warehouse.settings.username",
        "Missing right to change the warehouse",
        f'role "{settings.username}" must own what is changed or dropped, or be a member of the owner, and does not '
        f"own {listed}. Connect as the owner, or let an administrator run: {grants}",
    )


def _record(
    settings: PostgreSQLSettings, survey: Survey, workspace_id: str, *, moved: bool
) -> Iterator[Finding]:
    if survey.unreadable:
        yield survey.unreadable
        return
    place = f"{_place(settings)} at {settings.host}:{settings.port}"
    if finding := another_warehouse(place, "host", survey.found.record, workspace_id, moved=moved):
        yield finding


def migration_hindrances(
    settings: PostgreSQLSettings, found: Found, present: Relations, migration: Migration
) -> tuple[Finding, ...]:
    """What stands against a migration of the profile columns that were `found`, and are `present` in detail."""
    if found.columns != migration.expected:
        return (columns_differ(migration, found.columns),)
    if not migration.changes:
        return ()
    return (
        *_rights(settings, present, migration),
        *_tables(present, migration),
        *_dependents(present, migration),
    )


def _rights(settings: PostgreSQLSettings, present: Relations, migration: Migration) -> Iterator[Finding]:
    """Only an owner, or a member of the owner's role, changes a table or view."""
    relations = [*present.tables, *([present.view] if present.view else [])]
    owned = {relation.name: relation.owner for relation in relations if not relation.owned}
    if owned:
        yield missing_ownership(settings, owned)
    elif present.view:
        # an owner may always rename, but not append: that is a view made in the place of the other
        creators = dict(zip((settings.username, present.view.owner), present.view.creators, strict=True))
        needed = {
            ViewChange.APPEND: [settings.username],
            ViewChange.RECREATE: list(creators),
        }.get(view_change(present.view, migration), [])
        if lacking := [role for role in needed if not creators[role]]:
            schema, roles = identifier(settings.schema), ", ".join(map(identifier, lacking))
            yield Finding(
                Verdict.ABSENT,
                "warehouse.settings.schema",
                "Missing right on the schema",
                f'view "{present.view.name}" is made anew, and {enumerated(lacking)} may not create in the schema '
                f"{schema}. Let the schema's owner run: GRANT CREATE ON SCHEMA {schema} TO {roles};",
            )


def _tables(present: Relations, migration: Migration) -> Iterator[Finding]:
    for table in present.tables:
        change = table_change(table.columns, migration.operations, migration.wanted)
        if change.conflicts:
            yield columns_changed(table.name, change.conflicts, catalog.IDENTITIES.name)
        if change.added and table.last + change.added > _MOST_COLUMNS:
            yield Finding(
                Verdict.CONTRADICTED,
                "profile_schema",
                "Too many columns over time",
                f'table "{table.name}" would get {counted(change.added, "column")}, and has room for '
                f"{max(0, _MOST_COLUMNS - table.last)}: PostgreSQL allows {_MOST_COLUMNS} in the life of a table, and "
                "dropped ones count. Add fewer, or copy the table to a new one of its name by hand.",
            )


def _dependents(present: Relations, migration: Migration) -> Iterator[Finding]:
    """PostgreSQL would refuse as well; nothing of others is ever dropped along."""
    blocking: dict[str, None] = {}
    for table in present.tables:
        touched = table_change(table.columns, migration.operations, migration.wanted).touched
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
        "profile_schema",
        "Other objects depend on the profile columns",
        f"{reason}, which {enumerated(others)} {'depends' if len(others) == 1 else 'depend'} on. Drop them, apply, and "
        "make them again. New properties at the end of the profile schema, and renames, leave them alone.",
    )


def _server(settings: PostgreSQLSettings, survey: Survey) -> Iterator[Finding]:
    server = f"{settings.host}:{settings.port}"
    if survey.too_old:
        yield contradicted(
            "host",
            "PostgreSQL is too old",
            f"{server} runs PostgreSQL {survey.version}. Krenalis needs version 15 or newer: upgrade the server, or "
            "name another one.",
        )
    if survey.standby:
        yield contradicted(
            "host", "PostgreSQL is read-only", f"{server} is a standby. Name the primary server instead."
        )
    elif survey.read_only:
        yield contradicted(
            "database",
            "PostgreSQL is read-only",
            f'in database "{settings.database}", transactions of role "{settings.username}" are read-only by '
            "default. Set default_transaction_read_only to off for the role, the database or the server.",
        )
    if survey.encoding != "UTF8":
        yield contradicted(
            "database",
            "Database is not in UTF-8",
            f'database "{settings.database}" has the encoding {survey.encoding}. Krenalis needs UTF8: name another '
            "database, or make one with: CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8';",
        )


def _language(settings: PostgreSQLSettings, survey: Survey) -> Iterator[Finding]:
    if survey.missing_language:
        yield absent(
            "schema",
            "PL/pgSQL is missing",
            f'database "{settings.database}" has no language plpgsql that role "{settings.username}" may use, and the '
            f'procedure "{catalog.RESOLVE_IDENTITIES}" is written in it. Let an administrator run: CREATE EXTENSION IF '
            f"NOT EXISTS plpgsql; GRANT USAGE ON LANGUAGE plpgsql TO {identifier(settings.username)};",
        )


def _schema(settings: PostgreSQLSettings, survey: Survey, *, creates: bool = True) -> Iterator[Finding]:
    schema, role = identifier(settings.schema), identifier(settings.username)
    if not survey.schema_exists:
        yield absent(
            "schema",
            "Schema does not exist",
            f'database "{settings.database}" has no schema "{settings.schema}". Name an existing one, or let an '
            f"administrator run: CREATE SCHEMA {schema}; GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};",
        )
    missing = [right for right in survey.missing_rights if creates or right != "CREATE"]
    if missing:
        rights = " and ".join(missing)
        yield absent(
            "schema",
            "Missing right on the schema",
            f'role "{settings.username}" lacks {rights} on schema "{settings.schema}" of database '
            f'"{settings.database}". Let its owner run: GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};',
        )


def _content(settings: PostgreSQLSettings, survey: Survey, replaces: str | None) -> Iterator[Finding]:
    place = _place(settings)
    record = survey.found.record
    objects = dict(survey.found.objects)
    if record and record.id == replaces:
        objects = {name: kind for name, kind in objects.items() if name not in survey.found.ours}
    elif record:
        yield holds_workspace(place, record)
        return
    kinds = list(objects.values())
    counts = {kind: survey.others.get(kind, 0) + kinds.count(kind) for kind in _CONTENT_KINDS}
    if any(counts.values()):
        yield not_empty(place, {kind: number for kind, number in counts.items() if number})
    if taken := [
        f'{kind} "{name}"' for name, kind in objects.items() if kind not in (*_CONTENT_KINDS, "index")
    ]:
        yield names_taken(place, taken)


def _place(settings: PostgreSQLSettings) -> str:
    return f'schema "{settings.schema}" of database "{settings.database}"'

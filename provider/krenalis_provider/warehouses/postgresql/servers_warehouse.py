"""What a Krenalis server makes in a schema and this provider does not, and what stands against its making it."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from psycopg import sql

from krenalis_provider.model.errors import Finding
from krenalis_provider.model.wording import counted, enumerated
from krenalis_provider.warehouses import findings, krenalis_objects
from krenalis_provider.warehouses.postgresql import checks, statements
from krenalis_provider.warehouses.postgresql.dialect import NAMES
from krenalis_provider.warehouses.postgresql.rights import missing_ownership, ties
from krenalis_provider.warehouses.postgresql.session import Session
from krenalis_provider.warehouses.postgresql.snapshot import Server
from krenalis_provider.warehouses.postgresql.sql import Statement
from krenalis_provider.warehouses.resolution import Resolution
from krenalis_provider.warehouses.snapshot import Snapshot

_TYPE_NAMES: Final = tuple(type_.name for type_ in krenalis_objects.ENUM_TYPES)
_OPERATIONS: Final = NAMES.spell(krenalis_objects.SYSTEM_OPERATIONS.name)
_KINDS: Final = {
    # pg_class.relkind, in the order of messages
    "r": "table",
    "p": "partitioned table",
    "f": "foreign table",
    "v": "view",
    "m": "materialized view",
    "i": "index",
    "I": "partitioned index",
    "S": "sequence",
    "c": "composite type",
}
_NEEDS_OWNER: Final = ("table", "view", "procedure", "aggregate")
"""The kinds of objects of which a server has to be the owner in its daily work."""


class _Type(NamedTuple):
    name: str
    schema: str
    is_here: bool


def filled(session: Session, snapshot: Snapshot) -> Snapshot:
    """See `Snapshot.filled_by_server`."""
    names = [table.name for table in krenalis_objects.GRAPH_TABLES]
    values = {"schema": session.schema, "names": names, "aggregate": krenalis_objects.ARRAY_CAT_AGG}
    rows = session.ask(Statement("looking for what a server makes", _FURTHER, values))
    objects = {name: kind for name, kind, _, _ in rows}
    owners = {name: owner for name, _, owner, _ in rows}
    foreign = {name: owner for name, _, owner, owned in rows if not owned}
    return snapshot.filled_by_server(objects, owners, foreign)


def content_findings(session: Session, server: Server, snapshot: Snapshot) -> Iterator[Finding]:
    """See `engines.session.Session.servers_content_findings`."""
    yield from _others(session, snapshot)
    yield from _types(session, snapshot)
    if (kind := snapshot.objects.get(NAMES.procedure, "procedure")) != "procedure":
        yield findings.names_taken(session.settings.place, [f'{kind} "{NAMES.procedure}"'])
    elif owner := snapshot.foreign.get(NAMES.procedure):
        yield missing_ownership(session, {NAMES.procedure: owner})
    yield from checks.creation_findings(session, server)


def ownership_findings(session: Session, snapshot: Snapshot) -> Iterator[Finding]:
    """See `engines.session.Session.ownership_findings`."""
    owners = {
        name: owner
        for name, owner in sorted(snapshot.foreign.items())
        if snapshot.ours.get(name) in _NEEDS_OWNER
    }
    if owners:
        yield missing_ownership(session, owners)


def view_findings(session: Session, snapshot: Snapshot) -> Iterator[Finding]:
    """See `engines.session.Session.view_findings`."""
    view = NAMES.spell(krenalis_objects.PROFILES_VIEW.name)
    if snapshot.ours.get(view) != "view":
        return
    if depending := ties(session, {view: "view"}).dependents:
        yield findings.contradicted(
            "schema",
            "Other objects depend on the profiles",
            f'{enumerated(depending)} {"depends" if len(depending) == 1 else "depend"} on the view "{view}" in '
            f"{session.settings.place}. A Krenalis server drops it to make it anew with each change of the profile schema, which "
            "then fails: drop what depends on it before, and make it again afterwards.",
        )


def last_resolution(session: Session, snapshot: Snapshot) -> Resolution | None:
    """See `engines.session.Session.last_resolution`."""
    if any(snapshot.objects.get(name) != "table" for name in (NAMES.versions, _OPERATIONS)):
        return None
    query = sql.SQL(_RESOLUTION).format(
        versions=sql.Identifier(session.schema, NAMES.versions),
        operations=sql.Identifier(session.schema, _OPERATIONS),
    )
    rows = session.ask(Statement("looking at the last identity resolution", query))
    if not rows:
        return None
    ((version, ended, error),) = rows
    return Resolution(NAMES.profiles_table(version), snapshot.profiles, ended, error)


def drop_texts(schema: str, objects: Mapping[str, str]) -> list[str]:
    """See `engines.session.Session.drop_texts`."""
    queries = (each.query for each in statements.drop(schema, objects))
    return [query.as_string(None) if isinstance(query, sql.Composed) else query for query in queries]


def _others(session: Session, snapshot: Snapshot) -> Iterator[Finding]:
    """What makes the schema not empty for a server, besides what a server made.

    A server counts every relation, also those of extensions (docs/facts/krenalis.md, "An empty warehouse").
    """
    values = {"schema": session.schema, "ours": list(snapshot.ours)}
    found = session.ask(Statement("looking for other objects", _OTHERS, values))
    rows: dict[str, int] = {letter: count for letter, count, _ in found}
    if snapshot.has_record_table or not rows:
        return
    kinds = {**_KINDS, **{letter: "relation" for letter in rows if letter not in _KINDS}}
    listed = [
        f"{rows[letter]} indexes" if letter == "i" and rows[letter] > 1 else counted(rows[letter], kind)
        for letter, kind in kinds.items()
        if letter in rows
    ]
    names = [name for letter in kinds for kind, _, first in found if kind == letter for name in first]
    yield findings.contradicted(
        "schema",
        "Warehouse is not empty",
        f"{session.settings.place} holds {enumerated(listed)}{' of others' if snapshot.ours else ''}"
        f"{findings.first_names(names, sum(rows.values()))}. A Krenalis server needs a schema without any table, view, index, "
        f"sequence or composite type, those of extensions included: {findings.ANOTHER_SCHEMA}",
    )


def _types(session: Session, snapshot: Snapshot) -> Iterator[Finding]:
    """A server makes its types only where no schema of the database has a type of their name, and needs its own ones.

    A table has a type of its name too (docs/facts/krenalis.md, "An empty warehouse").
    """
    values = {"schema": session.schema, "names": list(_TYPE_NAMES)}
    found = [_Type(*row) for row in session.ask(Statement("looking for types", _NAMED_TYPES, values))]
    here = [each.name for each in found if each.is_here]
    if wrong := [name for name in here if name not in snapshot.enumerations]:
        described = [f'{snapshot.objects.get(name, "type")} "{name}"' for name in wrong]
        yield findings.names_taken(session.settings.place, described)
    elsewhere = [each for each in found if not each.is_here and each.name not in here]
    if elsewhere:
        listed = enumerated([f'"{each.schema}.{each.name}"' for each in elsewhere])
        yield findings.contradicted(
            "database",
            "Names of types are taken in the database",
            f'other schemas of database "{session.settings.database}" have types or tables with names of a workspace\'s types: '
            f"{listed}. A Krenalis server then does not make its own, and fails half way: with a server, a database can hold "
            "one workspace. Name another database, or drop or rename what bears these names if nobody needs it.",
        )


_FURTHER: Final = """
SELECT c.relname::text, CASE WHEN c.relkind IN ('r', 'p') THEN 'table' ELSE 'relation of another sort' END,
       pg_get_userbyid(c.relowner)::text, pg_has_role(c.relowner, 'USAGE')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[])
UNION ALL
SELECT p.proname::text, 'aggregate', pg_get_userbyid(p.proowner)::text, pg_has_role(p.proowner, 'USAGE')
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = %(schema)s AND p.prokind = 'a' AND p.proname = %(aggregate)s
   AND p.proargtypes::text = 'anycompatiblearray'::regtype::oid::text
"""

_OTHERS: Final = """
WITH ours AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %(schema)s AND c.relname = ANY(%(ours)s::name[])
)
SELECT c.relkind::text, count(*)::int, (array_agg(c.relname::text ORDER BY c.relname))[1:3]
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.oid NOT IN (SELECT oid FROM ours)
   AND NOT EXISTS (SELECT FROM pg_index x WHERE x.indexrelid = c.oid AND x.indrelid IN (SELECT oid FROM ours))
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND c.relkind = 'S' AND d.deptype IN ('a', 'i')
                      AND d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM ours))
 GROUP BY c.relkind
"""

_NAMED_TYPES: Final = """
SELECT t.typname::text, n.nspname::text, n.nspname = %(schema)s
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typname = ANY(%(names)s::name[])
 ORDER BY 1, 2
"""

_RESOLUTION: Final = """
SELECT v.version, o.completed_at IS NOT NULL, coalesce(o.error, '')
  FROM {versions} v LEFT JOIN {operations} o ON o.id = v.operation
 ORDER BY v.version DESC LIMIT 1
"""

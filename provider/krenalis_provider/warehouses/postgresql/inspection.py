"""What a schema holds: the questions to PostgreSQL's catalogue, and the answers as data.

The catalogue is readable for every role, whatever its rights; `information_schema` hides what a role may not use
(spec postgresql, Is the schema empty).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from psycopg import sql

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.findings import record_unreadable
from krenalis_provider.warehouses.found import Found, Names
from krenalis_provider.warehouses.postgresql.connection import Row, Session, Statement
from krenalis_provider.warehouses.postgresql.errors import PostgreSQLError
from krenalis_provider.warehouses.record import UnreadableRecordError, from_json
from krenalis_provider.workspaces.errors import Finding, Verdict
from krenalis_provider.workspaces.model import Workspace

_KINDS: Final = {
    # pg_class.relkind
    "r": "table",
    "p": "table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
    "S": "sequence",
    "i": "index",
    "I": "index",
    # "t" and pg_type.typtype, for types that are no relation's
    "te": "type",
    "td": "domain",
    "tc": "composite type",
    # "x" and pg_proc.prokind
    "xp": "procedure",
    "xf": "function",
    "xa": "aggregate",
    "xw": "window function",
}
NAMES: Final = Names(str, catalog.OBJECTS)
"""Quoted names keep their case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All that decides whether a workspace can be made."""

    version: str
    too_old: bool
    standby: bool
    read_only: bool
    encoding: str
    schema_exists: bool
    missing_language: bool
    """Whether there is no PL/pgSQL that we may use."""
    missing_rights: tuple[str, ...]
    missing_record_rights: tuple[str, ...]
    """Rights on the table of the record, if there is one, that reading and writing it needs."""
    unreadable: Finding | None = None
    """What is wrong with the record, where the table is ours to read."""
    found: Found
    others: Mapping[str, int]
    """Kind to number of the relations with other names than ours; what belongs to an extension does not count."""


def look(
    session: Session, schema: str, before: Sequence[Statement], after: Sequence[Statement] = ()
) -> Found:
    """See what is there, after the statements `before`. Raises `PostgreSQLError`, for an unreadable record too.

    Those of `after` go with the last question, if there is a record to be asked for.
    """
    found = _found(session.run([*before, _catalogue(schema)])[-1])
    if found.objects.get(catalog.RECORD.name) != "table":
        return found
    return replace(found, record=_read_record(session, schema, after))


def survey(session: Session, schema: str, before: Sequence[Statement]) -> Survey:
    """See what stands against a workspace, after the statements `before`. Raises `PostgreSQLError`."""
    questions = [
        Statement("looking at the server", _SERVER, {"schema": schema, "record": catalog.RECORD.name}),
        Statement("looking for other objects", _OTHERS, _names(schema)),
        _catalogue(schema),
    ]
    (server,), others, catalogue = session.run([*before, *questions])[-3:]
    found, unreadable = _found(catalogue), None
    if found.objects.get(catalog.RECORD.name) == "table":
        try:
            found = replace(found, record=_read_record(session, schema))
        except PostgreSQLError as error:
            # a table of that name which is not ours to read is an object like any other
            if error.verdict is Verdict.COULD_NOT_TELL:
                raise
            unreadable = error.finding() if error.code is None else None
    version, number, standby, read_only, encoding, exists, usage, create, lacking, language = server
    return Survey(
        version=version,
        too_old=number < _OLDEST,
        standby=standby,
        read_only=read_only,
        encoding=encoding,
        schema_exists=exists,
        missing_language=not language,
        missing_rights=tuple(right for right, has in (("USAGE", usage), ("CREATE", create)) if has is False),
        missing_record_rights=tuple(lacking),
        unreadable=unreadable,
        found=found,
        others={_KINDS[letter]: count for letter, count in others},
    )


_OLDEST: Final = 150_000
"""Version 15 has MERGE, which Krenalis loads data with (spec krenalis D.3)."""

_SERVER: Final = """
SELECT current_setting('server_version'), current_setting('server_version_num')::int, pg_is_in_recovery(),
       current_setting('default_transaction_read_only')::bool, current_setting('server_encoding'),
       n.oid IS NOT NULL, has_schema_privilege(n.oid, 'USAGE'), has_schema_privilege(n.oid, 'CREATE'),
       ARRAY(SELECT needed FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS needed
              WHERE c.relnamespace = n.oid AND c.relname = %(record)s AND c.relkind = 'r'
                AND NOT has_table_privilege(c.oid, needed)),
       EXISTS (SELECT FROM pg_language l WHERE l.lanname = 'plpgsql' AND has_language_privilege(l.oid, 'USAGE'))
  FROM (VALUES (1)) AS one_row LEFT JOIN pg_namespace n ON n.nspname = %(schema)s
"""

# pg_depend finds the relations of a schema by index; a sequence that a column owns comes with its table
_OTHERS: Final = """
SELECT c.relkind::text, count(*)::int
  FROM pg_namespace n
  JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
                  AND d.classid = 'pg_class'::regclass
  JOIN pg_class c ON c.oid = d.objid
 WHERE n.nspname = %(schema)s AND NOT (c.relname = ANY(%(names)s::name[]) OR c.relname ~ %(profiles)s)
   AND NOT EXISTS (SELECT FROM pg_depend o WHERE o.classid = d.classid AND o.objid = c.oid AND o.objsubid = 0
                      AND (o.deptype = 'e' OR c.relkind = 'S' AND o.refobjsubid <> 0))
 GROUP BY c.relkind
"""

_CATALOGUE: Final = """
WITH relation AS (
    SELECT c.tableoid, c.oid, c.relname AS name, c.relkind::text AS kind
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %(schema)s AND (c.relname = ANY(%(names)s::name[]) OR c.relname ~ %(profiles)s)
), object AS (
    SELECT * FROM relation WHERE kind <> 'c'
    UNION ALL
    SELECT t.tableoid, t.oid, t.typname, 't' || t.typtype::text
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE n.nspname = %(schema)s AND t.typname = ANY(%(names)s::name[])
       AND (t.typrelid = 0 OR t.typrelid IN (SELECT oid FROM relation WHERE kind = 'c'))
    UNION ALL
    SELECT p.tableoid, p.oid, p.proname, 'x' || p.prokind::text
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = %(schema)s AND p.proname = %(procedure)s AND p.pronargs = 0
)
SELECT name::text, kind, NULL AS type,
       EXISTS (SELECT FROM pg_depend d WHERE d.classid = object.tableoid AND d.objid = object.oid AND d.deptype = 'e'),
       0 AS position
  FROM object
UNION ALL
SELECT a.attname::text, NULL, format_type(a.atttypid, a.atttypmod), false, a.attnum
  FROM pg_attribute a
 WHERE a.attnum > 0 AND NOT a.attisdropped
   AND a.attrelid = (SELECT oid FROM relation WHERE kind IN ('r', 'p') AND name ~ %(profiles)s
                      ORDER BY length(name::text) DESC, name DESC LIMIT 1)
 ORDER BY position, kind
"""


def _catalogue(schema: str) -> Statement:
    return Statement("looking for the objects of a workspace", _CATALOGUE, _names(schema))


def _names(schema: str) -> dict[str, object]:
    return {
        "schema": schema,
        # a relation or a type may be called as the procedure is
        "names": [name for name in catalog.OBJECTS if name != catalog.RESOLVE_IDENTITIES],
        "procedure": catalog.RESOLVE_IDENTITIES,
        "profiles": f"^{NAMES.pattern}$",
    }


def _found(rows: Sequence[Row]) -> Found:
    fixed = {column.name for column in catalog.PROFILES.columns}
    objects, columns = {}, {}
    for name, letter, type_, extension, _ in rows:
        if letter:
            kind = _KINDS.get(letter, "type of another sort")
            objects[name] = f"{kind} of an extension" if extension else kind
        elif name not in fixed:
            columns[name] = type_
    return Found(NAMES, objects, columns, None)


def current_version(session: Session, schema: str, found: Found) -> int:
    """The number that the profiles table ought to have: each identity resolution adds a row with the next one."""
    if found.objects.get(catalog.PROFILE_SCHEMA_VERSIONS.name) != "table":
        return 0
    query = sql.SQL("SELECT coalesce(max(version), 0) FROM {}").format(
        sql.Identifier(schema, catalog.PROFILE_SCHEMA_VERSIONS.name)
    )
    ((version,),) = session.run([Statement("reading the version of the profiles table", query)])[0]
    return int(version)


def _read_record(session: Session, schema: str, after: Sequence[Statement] = ()) -> Workspace | None:
    # as one document, so that a record of another format is still readable as far as to say so
    query = sql.SQL("SELECT to_json(record.*)::text FROM {} AS record LIMIT 2").format(
        sql.Identifier(schema, catalog.RECORD.name)
    )
    rows, *_ = session.run([Statement("reading the workspace's record", query), *after])
    return record_in(schema, [row for (row,) in rows])


def record_in(schema: str, rows: Sequence[str]) -> Workspace | None:
    """Read the rows of the record's table, each as one JSON object. Raises `PostgreSQLError` for an unreadable record."""
    if len(rows) > 1:
        raise _unreadable(schema, f"table {catalog.RECORD.name} has more than one row")
    try:
        return from_json(rows[0]) if rows else None
    except UnreadableRecordError as error:
        raise _unreadable(schema, str(error)) from error


def _unreadable(schema: str, reason: str) -> PostgreSQLError:
    finding = record_unreadable(schema, catalog.RECORD.name, reason)
    return PostgreSQLError(finding.verdict, "schema", finding.summary, finding.detail)

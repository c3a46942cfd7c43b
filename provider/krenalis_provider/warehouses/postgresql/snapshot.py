"""What a schema holds: the questions to PostgreSQL's catalogue, and the answers as data.

The catalogue is readable for every role, whatever its rights; `information_schema` hides what a role may not use
(docs/facts/postgresql.md, "Is the schema empty").
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from psycopg import sql

from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.dialect import NAMES
from krenalis_provider.warehouses.postgresql.record import read_record
from krenalis_provider.warehouses.postgresql.session import Session, Statement
from krenalis_provider.warehouses.snapshot import Snapshot

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What of a server, a database and the rights in it decides whether a workspace can be made."""

    version: str
    number: int
    """The version as a number, such as 150018."""
    standby: bool
    read_only: bool
    encoding: str
    schema_exists: bool
    missing_rights: tuple[str, ...]
    missing_record_rights: tuple[str, ...]
    """Rights on the table of the record, if there is one, that reading and writing it needs."""
    missing_language: bool
    """Whether there is no PL/pgSQL that we may use."""


def look(session: Session, after: Sequence[Statement] = ()) -> Snapshot:
    """See what is there. Raises `WarehouseError`, for an unreadable record too.

    The statements `after` go with the last question, if there is a record to be asked for.
    """
    snapshot = _snapshot(session.ask(_catalogue(session.schema)))
    if snapshot.objects.get(krenalis_objects.RECORD.name) != "table":
        return snapshot
    return replace(snapshot, row=read_record(session, after))


def survey(session: Session) -> tuple[Snapshot, Server]:
    """See what stands against a workspace. Raises `WarehouseError`."""
    (server,), others, found = session.run(
        [
            Statement("looking at the server", _SERVER, {"schema": session.schema, "record": NAMES.record}),
            Statement("looking for other objects", _OTHERS, _names(session.schema)),
            _catalogue(session.schema),
        ]
    )
    snapshot = replace(_snapshot(found), others={_KINDS[letter]: count for letter, count in others})
    if snapshot.objects.get(krenalis_objects.RECORD.name) == "table":
        try:
            snapshot = replace(snapshot, row=read_record(session))
        except WarehouseError as error:
            # a table of that name which is not ours to read is an object like any other
            if error.finding.verdict is Verdict.COULD_NOT_TELL:
                raise
            snapshot = replace(snapshot, unreadable=error.finding if error.code is None else None)
    version, number, standby, read_only, encoding, exists, usage, create, lacking, language = server
    return snapshot, Server(
        version=version,
        number=number,
        standby=standby,
        read_only=read_only,
        encoding=encoding,
        schema_exists=exists,
        missing_rights=tuple(right for right, has in (("USAGE", usage), ("CREATE", create)) if has is False),
        missing_record_rights=tuple(lacking),
        missing_language=not language,
    )


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
    SELECT c.tableoid, c.oid, c.relname AS name, c.relkind::text AS kind, c.relowner AS owner
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %(schema)s AND (c.relname = ANY(%(names)s::name[]) OR c.relname ~ %(profiles)s)
), object AS (
    SELECT * FROM relation WHERE kind <> 'c'
    UNION ALL
    SELECT t.tableoid, t.oid, t.typname, 't' || t.typtype::text, t.typowner
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE n.nspname = %(schema)s AND t.typname = ANY(%(names)s::name[])
       AND (t.typrelid = 0 OR t.typrelid IN (SELECT oid FROM relation WHERE kind = 'c'))
    UNION ALL
    SELECT p.tableoid, p.oid, p.proname, 'x' || p.prokind::text, p.proowner
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = %(schema)s AND p.proname = %(procedure)s AND p.pronargs = 0
)
SELECT name::text, kind, NULL AS type,
       EXISTS (SELECT FROM pg_depend d WHERE d.classid = object.tableoid AND d.objid = object.oid AND d.deptype = 'e'),
       pg_get_userbyid(owner)::text, pg_has_role(owner, 'USAGE'), 0 AS position
  FROM object
UNION ALL
SELECT a.attname::text, NULL, format_type(a.atttypid, a.atttypmod), false, NULL, false, a.attnum
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
        "names": [name for name in krenalis_objects.OBJECTS if name != krenalis_objects.RESOLVE_IDENTITIES],
        "procedure": krenalis_objects.RESOLVE_IDENTITIES,
        "profiles": f"^{NAMES.pattern}$",
    }


def _snapshot(rows: Sequence[Row]) -> Snapshot:
    fixed = {column.name for column in krenalis_objects.PROFILES.columns}
    objects, owners, foreign, columns = {}, {}, {}, {}
    for name, letter, type_, extension, owner, owned, _ in rows:
        if letter:
            kind = _KINDS.get(letter, "type of another sort")
            objects[name] = f"{kind} of an extension" if extension else kind
            owners[name] = owner
            if not owned:
                foreign[name] = owner
        elif name not in fixed:
            columns[name] = type_
    return Snapshot(names=NAMES, objects=objects, columns=columns, owners=owners, foreign=foreign)


def current_version(session: Session, snapshot: Snapshot) -> int:
    """The number that the profiles table ought to have: each identity resolution adds a row with the next one."""
    if snapshot.objects.get(krenalis_objects.PROFILE_SCHEMA_VERSIONS.name) != "table":
        return 0
    query = sql.SQL("SELECT coalesce(max(version), 0) FROM {}").format(
        sql.Identifier(session.schema, krenalis_objects.PROFILE_SCHEMA_VERSIONS.name)
    )
    ((version,),) = session.ask(Statement("reading the version of the profiles table", query))
    return int(version)

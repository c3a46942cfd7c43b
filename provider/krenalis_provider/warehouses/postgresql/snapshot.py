"""What a schema holds: the questions to PostgreSQL's catalogue, and the answers as data.

The catalogue is readable for every role, whatever its rights; `information_schema` hides what a role may not use
(docs/facts/postgresql.md, "Is the schema empty").
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from psycopg import sql

from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.dialect import NAMES
from krenalis_provider.warehouses.postgresql.profiles_tables import Catalogue
from krenalis_provider.warehouses.postgresql.record import read_record
from krenalis_provider.warehouses.postgresql.session import Session
from krenalis_provider.warehouses.postgresql.sql import Statement
from krenalis_provider.warehouses.snapshot import Snapshot
from lightstart.records import Record, replace

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


class RecordTrigger(NamedTuple):
    """A trigger of somebody's that runs when the record is changed."""

    name: str
    before: bool
    """Whether it may drop the change, by returning null."""
    language: str
    source: str


class EventTrigger(NamedTuple):
    """A function that runs with statements of data definition, and may refuse them."""

    name: str
    event: str
    """Such as ``ddl_command_start``."""
    tags: Sequence[str] | None
    """The statements that it runs with, such as ``CREATE TABLE``; None for all."""
    function: str
    language: str
    source: str


class Server(Record, kw_only=True):
    """What of a server, a database and the rights in it decides whether a workspace can be made."""

    version: str
    number: int
    """The version as a number, such as 150018."""
    standby: bool
    read_only: str | None
    """Where transactions are set to be read-only by default, as `pg_settings.source` spells it; None if they are not."""
    encoding: str
    schema_exists: bool
    missing_rights: tuple[str, ...]
    missing_record_rights: tuple[str, ...]
    """Rights on the table of the record, if there is one, that reading and writing it needs."""
    record_triggers: tuple[RecordTrigger, ...]
    """The triggers of others on this table, which run when our sessions write it."""
    missing_language: bool
    """Whether there is no PL/pgSQL that we may use."""
    refused_tablespace: str | None
    """The tablespace in which tables are made by default, if our role may not create in it."""
    event_triggers: tuple[EventTrigger, ...]
    """Those that run in our sessions, but for those of extensions."""


def look(session: Session, after: Sequence[Statement] = ()) -> Snapshot:
    """See what is there. Raises `WarehouseError`, for an unreadable record too.

    The statements `after` go with the last question, if there is one after that for the catalogue.
    """
    catalogue = _read(session.ask(objects_in(session.schema)))
    further = catalogue.further(session.schema)
    if catalogue.has_record:
        row, answers = read_record(session, further, after)
        return replace(catalogue.snapshot(answers), row=row)
    return catalogue.snapshot([rows[0] for rows in session.run(further)] if further else [])


def survey(session: Session) -> tuple[Snapshot, Server]:
    """See what stands against a workspace. Raises `WarehouseError`."""
    (server,), others, found = session.run(
        [
            Statement("looking at the server", _SERVER, {"schema": session.schema, "record": NAMES.record}),
            Statement("looking for other objects", _OTHERS, {"schema": session.schema, **_NAMES}),
            objects_in(session.schema),
        ]
    )
    *facts, tablespace, triggers = server
    version, number, standby, read_only, encoding, exists, usage, create, lacking, triggered, language = facts
    catalogue = _read(found)
    further = catalogue.further(session.schema)
    answers: list[Row] = []
    row, unreadable = None, None
    session.queue(_SAVEPOINT)
    try:
        if catalogue.has_record:
            row, answers = read_record(session, further)
        elif further:
            answers = [rows[0] for rows in session.run(further)]
    except WarehouseError as error:
        # a table of that name which is not ours to read is an object like any other
        if error.finding.verdict is Verdict.COULD_NOT_TELL:
            raise
        # and a missing right to read it is told with the rights
        unreadable = None if "SELECT" in lacking else error.finding
        session.queue(_BACK)  # otherwise the transaction would answer nothing more
    counts: Counter[str] = Counter()
    for letter, count, _ in others:
        counts[_KINDS[letter]] += count  # several letters are one kind
    snapshot = replace(
        catalogue.snapshot(answers),
        row=row,
        unreadable=unreadable,
        others=counts,
        named=[name for letter in _KINDS for kind, _, names in others if kind == letter for name in names],
    )
    return snapshot, Server(
        version=version,
        number=number,
        standby=standby,
        read_only=read_only,
        encoding=encoding,
        schema_exists=exists,
        missing_rights=tuple(right for right, has in (("USAGE", usage), ("CREATE", create)) if has is False),
        missing_record_rights=tuple(lacking),
        record_triggers=tuple(RecordTrigger(*trigger) for trigger in triggered),
        missing_language=not language,
        refused_tablespace=tablespace,
        event_triggers=tuple(EventTrigger(*trigger) for trigger in triggers),
    )


_NAMES: Final = {
    # a relation or a type may be called as the procedure is
    "names": [name for name in krenalis_objects.OBJECTS if name != krenalis_objects.RESOLVE_IDENTITIES],
    "procedure": krenalis_objects.RESOLVE_IDENTITIES,
    "profiles": f"^{NAMES.pattern}$",
    "view": NAMES.profiles_view,
    "versions": NAMES.versions,
}

_SAVEPOINT: Final = Statement("setting a savepoint", "SAVEPOINT record")
_BACK: Final = Statement("going back to the savepoint", "ROLLBACK TO SAVEPOINT record")

_SERVER: Final = """
SELECT current_setting('server_version'), current_setting('server_version_num')::int, pg_is_in_recovery(),
       CASE WHEN current_setting('default_transaction_read_only')::bool
            THEN (SELECT source FROM pg_settings WHERE name = 'default_transaction_read_only') END,
       current_setting('server_encoding'),
       n.oid IS NOT NULL, has_schema_privilege(n.oid, 'USAGE'), has_schema_privilege(n.oid, 'CREATE'),
       ARRAY(SELECT needed FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS needed
              WHERE c.relnamespace = n.oid AND c.relname = %(record)s AND c.relkind = 'r'
                AND NOT has_table_privilege(c.oid, needed)),
       (SELECT coalesce(json_agg(json_build_array(t.tgname, t.tgtype & 2 > 0, l.lanname, p.prosrc) ORDER BY t.tgname), '[]')
          FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid
          JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
         WHERE c.relnamespace = n.oid AND c.relname = %(record)s AND NOT t.tgisinternal
           AND t.tgenabled::text IN ('A', left(upper(current_setting('session_replication_role')), 1))
           AND t.tgtype & 16 > 0),
       EXISTS (SELECT FROM pg_language l WHERE l.lanname = 'plpgsql' AND has_language_privilege(l.oid, 'USAGE')),
       (SELECT t.spcname::text FROM pg_tablespace t JOIN pg_database d ON d.datname = current_database()
         WHERE t.spcname = current_setting('default_tablespace') AND t.oid <> d.dattablespace
           AND (t.spcname = 'pg_global' OR NOT has_tablespace_privilege(t.oid, 'CREATE'))),
       (SELECT coalesce(json_agg(json_build_array(e.evtname, e.evtevent, e.evttags, p.oid::regprocedure::text, l.lanname,
                                                  p.prosrc) ORDER BY e.evtname), '[]')
          FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid JOIN pg_language l ON l.oid = p.prolang
         WHERE e.evtenabled::text IN ('A', left(upper(current_setting('session_replication_role')), 1))
           AND current_setting('event_triggers', true) IS DISTINCT FROM 'off'
           AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = e.tableoid AND x.objid = e.oid AND x.deptype = 'e'))
  FROM (VALUES (1)) AS one_row LEFT JOIN pg_namespace n ON n.nspname = %(schema)s
"""

# pg_depend finds the relations of a schema by index; a sequence that a column owns comes with its table
_OTHERS: Final = """
SELECT c.relkind::text, count(*)::int, (array_agg(c.relname::text ORDER BY c.relname))[1:3]
  FROM pg_namespace n
  JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
                  AND d.classid = 'pg_class'::regclass
  JOIN pg_class c ON c.oid = d.objid
 WHERE n.nspname = %(schema)s AND NOT (c.relname = ANY(%(names)s::name[]) OR c.relname ~ %(profiles)s)
   AND NOT EXISTS (SELECT FROM pg_depend o WHERE o.classid = d.classid AND o.objid = c.oid AND o.objsubid = 0
                      AND (o.deptype = 'e' OR c.relkind = 'S' AND o.refobjsubid <> 0))
 GROUP BY c.relkind
"""

# The schema is looked up first: joined, PostgreSQL reads all that any schema of the database has by these names. What is
# always the same is in the text, because psycopg takes a while for each value.
_CATALOGUE: Final = (
    sql.SQL("""
WITH place AS MATERIALIZED (
    SELECT oid FROM pg_namespace WHERE nspname = %(schema)s
), relation AS (
    SELECT c.tableoid, c.oid, c.relname AS name, c.relkind::text AS kind, c.relowner AS owner
      FROM pg_class c
     WHERE c.relnamespace = (SELECT oid FROM place) AND (c.relname = ANY({names}::name[]) OR c.relname ~ {profiles})
), object AS (
    SELECT * FROM relation WHERE kind <> 'c'
    UNION ALL
    SELECT t.tableoid, t.oid, t.typname, 't' || t.typtype::text, t.typowner
      FROM pg_type t
     WHERE t.typnamespace = (SELECT oid FROM place) AND t.typname = ANY({names}::name[])
       AND (t.typrelid = 0 OR t.typrelid IN (SELECT oid FROM relation WHERE kind = 'c'))
    UNION ALL
    SELECT p.tableoid, p.oid, p.proname, 'x' || p.prokind::text, p.proowner
      FROM pg_proc p
     WHERE p.pronamespace = (SELECT oid FROM place) AND p.proname = {procedure} AND p.pronargs = 0
), shown AS (
    SELECT DISTINCT d.refobjid AS oid
      FROM relation v
      JOIN pg_rewrite w ON w.ev_class = v.oid AND w.rulename = '_RETURN'
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                      AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
     WHERE v.name = {view} AND v.kind = 'v'
), viewed AS (
    SELECT relation.oid FROM relation JOIN shown USING (oid)
     WHERE kind IN ('r', 'p') AND name ~ {profiles} AND (SELECT count(*) FROM shown) = 1
)
SELECT name::text, kind, NULL AS type,
       EXISTS (SELECT FROM pg_depend d WHERE d.classid = object.tableoid AND d.objid = object.oid AND d.deptype = 'e'),
       pg_get_userbyid(owner)::text, pg_has_role(owner, 'USAGE'),
       CASE WHEN kind IN ('r', 'p') THEN oid IN (SELECT oid FROM viewed) END,
       CASE WHEN kind IN ('r', 'p') AND name = {versions} THEN has_table_privilege(oid, 'SELECT') END,
       CASE WHEN kind = 'te' THEN
           ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = object.oid ORDER BY e.enumsortorder) END,
       0 AS position
  FROM object
UNION ALL
SELECT a.attname::text, NULL, format_type(a.atttypid, a.atttypmod), false, NULL, false, NULL, NULL, NULL, a.attnum
  FROM pg_attribute a
 WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = (SELECT oid FROM viewed)
 ORDER BY position, kind
""")
    .format(**{name: sql.Literal(value) for name, value in _NAMES.items()})
    .as_string(None)
)


def objects_in(schema: str) -> Statement:
    """The question for all objects with names of ours; whatever other schemas hold, it takes the same time."""
    return Statement("looking for the objects of a workspace", _CATALOGUE, {"schema": schema})


def _read(rows: Sequence[Row]) -> Catalogue:
    objects, owners, foreign, columns, labels = {}, {}, {}, {}, {}
    viewed, has_versions = None, False
    for name, letter, type_, extension, owner, owned, is_viewed, is_readable, its_labels, _ in rows:
        if not letter:
            columns[name] = type_
            continue
        kind = _KINDS.get(letter, "type of another sort")
        objects[name] = f"{kind} of an extension" if extension else kind
        owners[name] = owner
        if not owned:
            foreign[name] = owner
        if its_labels is not None:
            labels[name] = its_labels
        viewed = name if is_viewed else viewed
        has_versions = has_versions or bool(is_readable)
    return Catalogue(objects, owners, foreign, columns, viewed, has_versions, labels)

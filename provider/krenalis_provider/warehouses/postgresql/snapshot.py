"""What a schema holds: the questions to PostgreSQL's catalogue, and the answers as data.

The catalogue is readable for every role, whatever its rights; `information_schema` hides what a role may not use
(docs/facts/postgresql.md, "Is the schema empty").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.dialect import NAMES
from krenalis_provider.warehouses.postgresql.profiles_tables import Recorded, read, recorded
from krenalis_provider.warehouses.postgresql.record import read_record
from krenalis_provider.warehouses.postgresql.session import Session, Statement
from krenalis_provider.warehouses.profiles_tables import choose
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


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What the catalogue tells of the objects with names of ours."""

    objects: Mapping[str, str]
    owners: Mapping[str, str]
    foreign: Mapping[str, str]
    columns: Mapping[str, str]
    """Of the table that the view over the profiles reads."""
    viewed: str | None
    """The only table that this view reads, if it is one with the name of a profiles table."""
    has_versions: bool
    """Whether there is a table of the versions that we may read."""
    labels: Mapping[str, Sequence[str]]
    """Of the enumerations, in order."""

    @property
    def has_record(self) -> bool:
        return self.objects.get(NAMES.record) == "table"

    def further(self, schema: str) -> list[Statement]:
        """The question for the versions, where they decide on the profiles table."""
        is_certain = self.viewed == NAMES.first_profiles or (self.viewed and not self.has_versions)
        nothing = not self.has_versions and all(NAMES.number(name) is None for name in self.objects)
        return (
            [] if is_certain or nothing else [recorded(schema, self.viewed, has_versions=self.has_versions)]
        )

    def snapshot(self, answers: Sequence[Row]) -> Snapshot:
        """The snapshot, without the record; `answers` are the rows of `further`."""
        found = read(answers[0]) if answers else Recorded()
        tables = choose(NAMES, self.objects, self.viewed, found.versions)
        columns = self.columns if tables.live == self.viewed else found.columns
        return Snapshot.of(
            tables,
            names=NAMES,
            objects=self.objects,
            columns={name: type_ for name, type_ in columns.items() if name not in _FIXED},
            owners=self.owners,
            foreign=self.foreign,
            reusable=[
                type_.name
                for type_ in krenalis_objects.ENUM_TYPES
                if type_.name not in self.foreign and tuple(self.labels.get(type_.name, ())) == type_.labels
            ],
        )


def look(session: Session, after: Sequence[Statement] = ()) -> Snapshot:
    """See what is there. Raises `WarehouseError`, for an unreadable record too.

    The statements `after` go with the last question, if there is one after that for the catalogue.
    """
    catalogue = _read(session.ask(_catalogue(session.schema)))
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
            Statement("looking for other objects", _OTHERS, _names(session.schema)),
            _catalogue(session.schema),
        ]
    )
    version, number, standby, read_only, encoding, exists, usage, create, lacking, language = server
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
    snapshot = replace(
        catalogue.snapshot(answers),
        row=row,
        unreadable=unreadable,
        others={_KINDS[letter]: count for letter, count in others},
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
        missing_language=not language,
    )


_SAVEPOINT: Final = Statement("setting a savepoint", "SAVEPOINT record")
_BACK: Final = Statement("going back to the savepoint", "ROLLBACK TO SAVEPOINT record")

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
), shown AS (
    SELECT DISTINCT d.refobjid AS oid
      FROM relation v
      JOIN pg_rewrite w ON w.ev_class = v.oid AND w.rulename = '_RETURN'
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                      AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
     WHERE v.name = %(view)s AND v.kind = 'v'
), viewed AS (
    SELECT relation.oid FROM relation JOIN shown USING (oid)
     WHERE kind IN ('r', 'p') AND name ~ %(profiles)s AND (SELECT count(*) FROM shown) = 1
)
SELECT name::text, kind, NULL AS type,
       EXISTS (SELECT FROM pg_depend d WHERE d.classid = object.tableoid AND d.objid = object.oid AND d.deptype = 'e'),
       pg_get_userbyid(owner)::text, pg_has_role(owner, 'USAGE'),
       CASE WHEN kind IN ('r', 'p') THEN oid IN (SELECT oid FROM viewed) END,
       CASE WHEN kind IN ('r', 'p') AND name = %(versions)s THEN has_table_privilege(oid, 'SELECT') END,
       CASE WHEN kind = 'te' THEN
           ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = object.oid ORDER BY e.enumsortorder) END,
       0 AS position
  FROM object
UNION ALL
SELECT a.attname::text, NULL, format_type(a.atttypid, a.atttypmod), false, NULL, false, NULL, NULL, NULL, a.attnum
  FROM pg_attribute a
 WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = (SELECT oid FROM viewed)
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
        "view": NAMES.profiles_view,
        "versions": NAMES.versions,
    }


def _read(rows: Sequence[Row]) -> _Catalogue:
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
    return _Catalogue(objects, owners, foreign, columns, viewed, has_versions, labels)


_FIXED: Final = frozenset(column.name for column in krenalis_objects.PROFILES.columns)

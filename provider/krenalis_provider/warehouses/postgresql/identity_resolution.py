"""The stored procedure `resolve_identities()`: it joins the identities that are one person into profiles.

The rules are Krenalis's (docs/facts/krenalis.md, "Identity resolution"), without its defects:

- It all happens in the caller's transaction, so that a failure leaves everything as it was. The lock that changes of
  the warehouse take makes a second run, or a change, wait.
- Of two identities with the same `_updated_at`, the one with the greater `_pk` is the later.
- An array holds each element once, ordered by value; texts byte by byte, whatever the database's collation.
- The profiles stay in their table, the one that the view reads, and only what changes is written: so all that users
  have said of the table stays, readers do not wait, and the caller defines nothing (docs/facts/postgresql.md, "What
  belongs to a table"). Two things have to be lifted while it is written to, and are put back: policies that are forced
  on the owner, and the lack of a replica identity where changes are published.
- Pairs of identities are never compared: identities with one value of an identifier fall into classes by which
  identifiers of higher priority they have, and two classes meet where they have none of these in common
  (docs/facts/postgresql.md, "Clusters without comparing pairs").

Krenalis makes a table of the next number in each run, and keeps two scratch tables and an aggregate for it. Nothing
else reads these, and this needs none.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, LiteralString

from psycopg import sql

from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql import identity_resolution_sql as texts
from krenalis_provider.warehouses.postgresql.column_types import column_type
from krenalis_provider.warehouses.postgresql.session import Session, Statement
from krenalis_provider.warehouses.postgresql.sql import identifier


def create(
    schema: str,
    columns: Sequence[ProfileColumn],
    identifiers: Sequence[str],
    primary_sources: Mapping[str, str],
) -> Statement:
    """Make the procedure, or replace it: it holds the profile columns and the settings.

    `identifiers` are paths of properties, the highest priority first; `primary_sources` are connections by path.
    All of them are checked (`identity_settings`) and in the profile schema: raises KeyError for an identifier that
    is not.
    """
    sources = {PropertyPath.parse(path): source for path, source in primary_sources.items()}
    by_path = {str(column.path): column.name for column in columns}
    names = [column.name for column in columns]
    body = sql.SQL(texts.BODY).format(
        schema=sql.Literal(schema),
        view_name=_literal_name(schema, krenalis_objects.PROFILES_VIEW.name),
        identities_name=_literal_name(schema, krenalis_objects.IDENTITIES.name),
        events_name=_literal_name(schema, krenalis_objects.EVENTS.name),
        record=sql.Identifier(schema, krenalis_objects.RECORD.name),
        versions=sql.Identifier(schema, krenalis_objects.PROFILE_SCHEMA_VERSIONS.name),
        operations=sql.Identifier(schema, krenalis_objects.SYSTEM_OPERATIONS.name),
        identities=sql.Identifier(schema, krenalis_objects.IDENTITIES.name),
        events=sql.Identifier(schema, krenalis_objects.EVENTS.name),
        prefix=sql.Literal(krenalis_objects.PROFILES_PREFIX),
        links=_links(schema, [by_path[path] for path in identifiers]),
        names=_following(names),
        width=sql.Literal(len(krenalis_objects.PROFILES.columns) + len(names)),
        inserted=_following(names, "person."),
        changes=sql.SQL("".join(f", {identifier(name)} = person.{identifier(name)}" for name in names)),
        compared_before=sql.SQL("".join(_compared(column, "profile") for column in columns)),
        compared_after=sql.SQL("".join(_compared(column, "person") for column in columns)),
        values=sql.SQL("".join(map(_value, columns))),
        candidates=sql.SQL("".join(_candidates(column, sources.get(column.path)) for column in columns)),
    )
    # a literal, because the body may contain any dollar quote
    name = sql.Identifier(schema, krenalis_objects.RESOLVE_IDENTITIES)
    query = sql.SQL(texts.CREATE).format(name=name, body=sql.Literal(body.as_string(None)))
    return Statement(f'making procedure "{krenalis_objects.RESOLVE_IDENTITIES}"', query)


def kept(session: Session) -> list[Statement]:
    """Give the procedure that is made in the place of another what somebody said of that one. Raises `WarehouseError`."""
    name = sql.Identifier(session.schema, krenalis_objects.RESOLVE_IDENTITIES)
    values = {"schema": session.schema, "name": krenalis_objects.RESOLVE_IDENTITIES, "ours": _SETTINGS}
    clauses = [
        sql.SQL("SECURITY DEFINER")
        if setting is None
        else sql.SQL("SET {} TO {}").format(sql.Identifier(*setting.split(".")), sql.Literal(value))
        for setting, value in session.ask(Statement("looking at the procedure", _SAID, values))
    ]
    doing = f'changing procedure "{krenalis_objects.RESOLVE_IDENTITIES}"'
    return [Statement(doing, sql.SQL("ALTER PROCEDURE {}() {}").format(name, clause)) for clause in clauses]


_SETTINGS: Final = re.findall(r"^SET (\w+)", texts.CREATE, re.MULTILINE)
"""Which the procedure has by itself."""

_SAID: Final = """
SELECT given.setting, given.value
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, LATERAL (
       SELECT NULL AS setting, NULL AS value WHERE p.prosecdef
       UNION ALL
       SELECT split_part(said, '=', 1), substr(said, strpos(said, '=') + 1) FROM unnest(p.proconfig) AS said
  ) AS given
 WHERE n.nspname = %(schema)s AND p.proname = %(name)s AND p.pronargs = 0 AND p.prokind = 'p'
   AND (given.setting IS NULL OR given.setting <> ALL(%(ours)s))
"""


def _links(schema: str, identifiers: Sequence[str]) -> sql.Composed:
    """The query whose rows are pairs of identities that are one person; the rest follows from these."""
    columns = [sql.Identifier(name) for name in identifiers]
    held = (sql.SQL("({} IS NOT NULL)::integer::bit(1)").format(column) for column in columns)
    values = (
        sql.SQL('({}, {}::text COLLATE "C")').format(priority, column)
        for priority, column in enumerate(columns, start=1)
    )
    classes = sql.SQL(texts.CLASSES).format(
        held=sql.SQL(" || ").join(held), values=sql.SQL(", ").join(values)
    )
    return sql.SQL(texts.LINKS).format(
        identities=sql.Identifier(schema, krenalis_objects.IDENTITIES.name),
        columns=_following(identifiers),
        classes=classes if identifiers else sql.SQL(""),
        meetings=sql.SQL(texts.MEETINGS if identifiers else ""),
    )


def _literal_name(schema: str, name: str) -> sql.Literal:
    """The name of a relation, quoted as an identifier, as a text."""
    return sql.Literal(sql.Identifier(schema, name).as_string(None))


def _following(names: Iterable[str], qualified: LiteralString = "") -> sql.SQL:
    """Columns that follow others."""
    return sql.SQL("".join(f", {qualified}{identifier(name)}" for name in names))


# As text: a schema may have hundreds of columns, and composing each of them takes much longer than all else.


def _candidates(column: ProfileColumn, primary_source: str | None) -> str:
    """What the identities of a profile, the latest first, have for a column: one value, or all of its arrays."""
    name = identifier(column.name)
    if column.type.kind == "array":
        return _LISTS.format(name=name)
    if primary_source is None:
        return _LATEST.format(name=name)
    return _LATEST_OF_PRIMARY_SOURCE.format(name=name, source=sql.Literal(primary_source).as_string(None))


def _value(column: ProfileColumn) -> str:
    """What a profile has for a column."""
    name = identifier(column.name)
    if column.type.kind != "array":
        return f",\n               merged.{name}"
    # the type comes from our own table and numbers: it needs no quoting
    type_ = column_type(column.type)
    collation = ' COLLATE "C"' if type_.startswith("character varying") else ""
    return _ELEMENTS.format(name=name, type=type_, collation=collation)


def _compared(column: ProfileColumn, of: LiteralString) -> str:
    """A column as something that is distinct if its value is another: numbers that are equal may differ in JSON."""
    text = "::text" if column_type(column.type).startswith("jsonb") else ""
    return f", {of}.{identifier(column.name)}{text}"


_LATEST: Final = """,
               (array_agg({name}) FILTER (WHERE {name} IS NOT NULL))[1] AS {name}"""
_LATEST_OF_PRIMARY_SOURCE: Final = """,
               coalesce((array_agg({name}) FILTER (WHERE {name} IS NOT NULL AND "_connection" = {source}))[1],
                        (array_agg({name}) FILTER (WHERE {name} IS NOT NULL))[1]) AS {name}"""
# as rows, because the arrays of an array_agg would have to be of one length
_LISTS: Final = """,
               array_agg(ROW ({name})) FILTER (WHERE {name} IS NOT NULL) AS {name}"""
# by value, whatever the collation of the database
_ELEMENTS: Final = """,
               CASE WHEN merged.{name} IS NOT NULL THEN ARRAY(
                   SELECT DISTINCT item{collation}
                     FROM ROWS FROM (unnest(merged.{name}) AS (list {type})) AS lists, unnest(list) AS item
                    ORDER BY 1) END AS {name}"""

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
- Rows that change are written in the order in which they are stored: anywhere else, each is a page to read and to write.

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
from krenalis_provider.warehouses.postgresql.column_types import column_type, qualified
from krenalis_provider.warehouses.postgresql.identity_resolution_sql import BODY
from krenalis_provider.warehouses.postgresql.session import Session
from krenalis_provider.warehouses.postgresql.sql import Statement, identifier

# Joins are between whole tables; an estimate that is wrong after an import must not make one of them quadratic. A hash join
# that does not fit into memory leaves rows in no order, and takes memory to begin with; the body turns it on where it is
# better. Compiling one expression per column takes longer than evaluating it. With exit_on_error, the exception that is
# caught would end the session.
#
# Neither the search path nor row security is set here: a procedure does not see what its caller had, and the triggers that
# run with it have to. Questions are asked under a path of PostgreSQL's own names alone, and with row security off, so
# that a policy that would hide rows raises an error. What writes is executed under the caller's settings, and names nothing
# that a schema of the path could have too: IN, IS DISTINCT FROM, CASE with a value, and USING have an operator that
# cannot be qualified.
_CREATE: Final = """\
CREATE OR REPLACE PROCEDURE {name}()
LANGUAGE plpgsql
SET enable_nestloop TO off
SET enable_hashjoin TO off
SET jit TO off
SET exit_on_error TO off
AS {body}"""


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
    body = sql.SQL(BODY).format(
        schema=sql.Literal(schema),
        name=_literal_name(schema, krenalis_objects.RESOLVE_IDENTITIES, "()"),
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
        differs=sql.SQL("".join(map(_differs, columns))),
        values=sql.SQL("".join(map(_value, columns))),
        candidates=sql.SQL("".join(_candidates(column, sources.get(column.path)) for column in columns)),
    )
    # a literal, because the body may contain any dollar quote
    name = sql.Identifier(schema, krenalis_objects.RESOLVE_IDENTITIES)
    query = sql.SQL(_CREATE).format(name=name, body=sql.Literal(body.as_string(None)))
    return Statement(f'making procedure "{krenalis_objects.RESOLVE_IDENTITIES}"', query)


def kept(session: Session) -> list[Statement]:
    """Give the procedure that is made in the place of another what somebody said of that one. Raises `WarehouseError`."""
    name = sql.Identifier(session.schema, krenalis_objects.RESOLVE_IDENTITIES)
    values = {
        "schema": session.schema,
        "name": krenalis_objects.RESOLVE_IDENTITIES,
        "ours": _SETTINGS,
        "former": _FORMER_SETTINGS,
    }
    clauses = [
        sql.SQL("SECURITY DEFINER")
        if setting is None
        else sql.SQL("SET {} TO {}").format(sql.Identifier(*setting.split(".")), sql.Literal(value))
        for setting, value in session.ask(Statement("looking at the procedure", _SAID, values))
    ]
    doing = f'changing procedure "{krenalis_objects.RESOLVE_IDENTITIES}"'
    return [Statement(doing, sql.SQL("ALTER PROCEDURE {}() {}").format(name, clause)) for clause in clauses]


_SETTINGS: Final = re.findall(r"^SET (\w+)", _CREATE, re.MULTILINE)
"""Which the procedure has by itself."""
_FORMER_SETTINGS: Final = ["search_path=pg_catalog, pg_temp", "row_security=off"]
"""Which it had once, so that triggers had them too."""

_SAID: Final = """
SELECT given.setting, given.value
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, LATERAL (
       SELECT NULL AS setting, NULL AS value WHERE p.prosecdef
       UNION ALL
       SELECT split_part(said, '=', 1), substr(said, strpos(said, '=') + 1) FROM unnest(p.proconfig) AS said
        WHERE said <> ALL(%(former)s)
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
    classes = sql.SQL(_CLASSES).format(held=sql.SQL(" || ").join(held), values=sql.SQL(", ").join(values))
    return sql.SQL(_LINKS).format(
        identities=sql.Identifier(schema, krenalis_objects.IDENTITIES.name),
        columns=_following(identifiers),
        classes=classes if identifiers else sql.SQL(""),
        meetings=sql.SQL(_MEETINGS if identifiers else ""),
    )


_LINKS: Final = """
        WITH identity AS MATERIALIZED (
            SELECT row_number() OVER (ORDER BY "_pk")::integer AS "_number",
                   "_connection", "_identity_id", "_is_anonymous"{columns}
              FROM {identities}
        ){classes}
        -- the same user, or the same anonymous one, of one connection
        SELECT * FROM (
            SELECT "_number", first_value("_number") OVER (PARTITION BY "_identity_id", "_connection", "_is_anonymous")
              FROM identity WHERE "_identity_id" IS NOT NULL
        ) AS person ("_number", "_first") WHERE "_number" <> "_first"{meetings}"""

_CLASSES: Final = """, held AS MATERIALIZED (
            -- a row for each identity and each identifier that it has; those it has of higher priority are a bit
            -- string, and the first identity with a value is one that has the fewest
            SELECT "_number", "_priority", "_value", "_higher",
                   first_value("_number") OVER same AS "_first", bit_count(first_value("_higher") OVER same) = 0 AS "_all_meet"
              FROM (
                SELECT "_number", "_priority", "_value",
                       substring({held} FROM 1 FOR "_priority" - 1) AS "_higher"
                  FROM identity CROSS JOIN LATERAL (VALUES {values}) AS identifier ("_priority", "_value")
                 WHERE "_value" IS NOT NULL
              ) AS identified
            WINDOW same AS (PARTITION BY "_value", "_priority" ORDER BY "_higher")
        ), member AS (
            -- a class is called by its first identity; with one identifier of higher priority, all have that
            SELECT "_number", "_priority", "_value", "_higher",
                   min("_number") OVER (PARTITION BY "_value", "_priority", "_higher") AS "_class"
              FROM held WHERE NOT "_all_meet" AND "_priority" > 2
        ), class AS (
            SELECT * FROM member WHERE "_number" = "_class"
        ), meeting AS MATERIALIZED (
            -- classes with one value, and no identifier of higher priority in both: it would decide
            SELECT one."_priority", one."_class", other."_class" AS "_met"
              FROM class AS one JOIN class AS other USING ("_value", "_priority")
             WHERE bit_count(one."_higher" & other."_higher") = 0
        )"""
_MEETINGS: Final = """
        UNION ALL
        -- who has no identifier of higher priority meets all with the value, which are then one person
        SELECT "_number", "_first" FROM held WHERE "_all_meet" AND "_number" <> "_first"
        UNION ALL
        SELECT "_class", "_met" FROM meeting WHERE "_class" < "_met"
        UNION ALL
        -- the identities of a class that meets another are one person through it
        SELECT "_number", "_class" FROM member
         WHERE "_number" > "_class" AND ("_priority", "_class") IN (SELECT "_priority", "_class" FROM meeting)"""


def _literal_name(schema: str, name: str, arguments: str = "") -> sql.Literal:
    """The name of a relation or, with arguments, of a procedure, quoted as an identifier, as a text."""
    return sql.Literal(identifier(schema, name) + arguments)


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
    collation = ' COLLATE pg_catalog."C"' if type_.startswith("character varying") else ""
    return _ELEMENTS.format(name=name, type=qualified(type_), collation=collation)


def _differs(column: ProfileColumn) -> str:
    """Whether the column has another value, after other conditions: numbers that are equal may differ in JSON."""
    name = identifier(column.name)
    cast = "::pg_catalog.text" if column_type(column.type).startswith("jsonb") else ""
    return _DIFFERS.format(before=f"profile.{name}{cast}", after=f"person.{name}{cast}")


_DIFFERS: Final = """
                        OR NOT coalesce({before} OPERATOR(pg_catalog.=) {after}, {before} IS NULL AND {after} IS NULL)"""
_LATEST: Final = """,
               (pg_catalog.array_agg({name}) FILTER (WHERE {name} IS NOT NULL))[1] AS {name}"""
_LATEST_OF_PRIMARY_SOURCE: Final = """,
               coalesce((pg_catalog.array_agg({name}) FILTER (WHERE {name} IS NOT NULL
                                                     AND "_connection" OPERATOR(pg_catalog.=) {source}))[1],
                        (pg_catalog.array_agg({name}) FILTER (WHERE {name} IS NOT NULL))[1]) AS {name}"""
# as rows, because the arrays of an array_agg would have to be of one length
_LISTS: Final = """,
               pg_catalog.array_agg(ROW ({name})) FILTER (WHERE {name} IS NOT NULL) AS {name}"""
# by value, whatever the collation of the database
_ELEMENTS: Final = """,
               CASE WHEN merged.{name} IS NOT NULL THEN ARRAY(
                   SELECT DISTINCT item{collation}
                     FROM ROWS FROM (pg_catalog.unnest(merged.{name}) AS (list {type})) AS lists,
                          pg_catalog.unnest(list) AS item
                    ORDER BY 1) END AS {name}"""

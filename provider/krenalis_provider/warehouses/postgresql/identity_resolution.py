"""The stored procedure `resolve_identities()`: it joins the identities that are one person into profiles.

The rules are Krenalis's (docs/facts/krenalis.md, "Identity resolution"), without its defects:

- It all happens in the caller's transaction, so that a failure leaves everything as it was. The lock that changes of
  the warehouse take makes a second run, or a change, wait.
- Of two identities with the same `_updated_at`, the one with the greater `_pk` is the later.
- An array holds each element once: those of the latest identity first, each in its place of first occurrence.
- Pairs of identities are never compared: identities with one value of an identifier fall into classes by which
  identifiers of higher priority they have, and two classes meet where they have none of these in common
  (docs/facts/postgresql.md, "Clusters without comparing pairs").

Krenalis also keeps two scratch tables and an aggregate for it. Nothing else reads them, and this needs none.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from psycopg import sql

from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql import identity_resolution_sql as texts
from krenalis_provider.warehouses.postgresql.column_types import column_type
from krenalis_provider.warehouses.postgresql.session import Statement
from krenalis_provider.warehouses.postgresql.sql import identifier

_NEXT: Final = f"{krenalis_objects.PROFILES_PREFIX}next"


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
    body = sql.SQL(texts.BODY).format(
        schema=sql.Literal(schema),
        next=sql.Literal(sql.Identifier(schema, _NEXT).as_string(None)),
        view_name=sql.Literal(sql.Identifier(schema, "profiles").as_string(None)),
        record=sql.Identifier(schema, krenalis_objects.RECORD.name),
        versions=sql.Identifier(schema, krenalis_objects.PROFILE_SCHEMA_VERSIONS.name),
        operations=sql.Identifier(schema, krenalis_objects.SYSTEM_OPERATIONS.name),
        identities=sql.Identifier(schema, krenalis_objects.IDENTITIES.name),
        events=sql.Identifier(schema, krenalis_objects.EVENTS.name),
        profiles=sql.Identifier(schema, _NEXT),
        shown=sql.Literal(",".join([*krenalis_objects.PROFILES_VIEW.columns, *(c.name for c in columns)])),
        prefix=sql.Literal(krenalis_objects.PROFILES_PREFIX),
        links=_links(schema, [by_path[path] for path in identifiers]),
        names=_following(column.name for column in columns),
        values=sql.SQL("".join(map(_value, columns))),
        candidates=sql.SQL("".join(_candidates(column, sources.get(column.path)) for column in columns)),
    )
    # a literal, because the body may contain any dollar quote
    name = sql.Identifier(schema, krenalis_objects.RESOLVE_IDENTITIES)
    query = sql.SQL(texts.CREATE).format(name=name, body=sql.Literal(body.as_string(None)))
    return Statement(f'making procedure "{krenalis_objects.RESOLVE_IDENTITIES}"', query)


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


def _following(names: Iterable[str]) -> sql.SQL:
    """Columns that follow others."""
    return sql.SQL("".join(f", {identifier(name)}" for name in names))


# As text: a schema may have hundreds of columns, and composing each of them takes much longer than all else.


def _candidates(column: ProfileColumn, primary_source: str | None) -> str:
    """What the identities of a profile, the latest first, have for a column: one value, or all of its arrays."""
    name = identifier(column.name)
    if column.type.kind == "array":
        return texts.LISTS.format(name=name)
    if primary_source is None:
        return texts.LATEST.format(name=name)
    return texts.LATEST_OF_PRIMARY_SOURCE.format(
        name=name, source=sql.Literal(primary_source).as_string(None)
    )


def _value(column: ProfileColumn) -> str:
    """What a profile has for a column."""
    name = identifier(column.name)
    if column.type.kind != "array":
        return f",\n           profile.{name}"
    # the type comes from our own table and numbers: it needs no quoting
    return texts.ELEMENTS.format(name=name, type=column_type(column.type))

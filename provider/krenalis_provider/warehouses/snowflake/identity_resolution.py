"""The stored procedure `RESOLVE_IDENTITIES()`: it joins the identities that are one person into profiles.

The rules are those of spec krenalis E.3, and of `postgresql.identity_resolution`, but for arrays: on Snowflake the
elements of a profile's array are distinct and sorted. What Snowflake asks for beyond that:

- Definitions commit, so that all of it is one transaction of INSERT, UPDATE and DELETE: the profiles table is filled
  anew and not replaced by one of the next number. A failed run leaves everything as it was, and the view over the
  profiles, with the rights on it, is never touched.
- Nothing locks a table. The record's row is updated first, which makes another run, or a change, wait; and the
  identities are copied by one statement, so that what comes in meanwhile waits for the next run.
- No loop over rows: clusters are found by whole statements that repeat, at worst the square of log n times, and a few
  times in practice.

Of two identities with the same `_UPDATED_AT` the one with the greater `_PK` is the later. Pairs of identities are never
compared (spec postgresql): those with one value of an identifier fall into classes by which identifiers of higher
priority they have, and two classes meet where they have none of these in common.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.columns import ProfileColumn
from krenalis_provider.warehouses.snowflake import identity_resolution_sql as texts
from krenalis_provider.warehouses.snowflake.sql import identifier, literal

_TEMPORARY: Final = {name: f"KRENALIS_RESOLUTION_{name.upper()}" for name in ("snapshot", "links", "members")}
"""Tables that a session makes and drops by itself, by their gap in the text."""


def create(
    database: str,
    schema: str,
    columns: Sequence[ProfileColumn],
    identifiers: Sequence[str],
    primary_sources: Mapping[str, str],
) -> str:
    """Make the procedure, or replace it: it holds the profile columns and the settings.

    `database` and `schema` are their real names. `identifiers` are paths of properties, the highest priority first;
    `primary_sources` are connections by path. All of them are checked (`identity_settings`) and in the profile schema:
    raises KeyError for an identifier that is not.
    """
    in_schema = partial(identifier, database, schema)
    body = _body(
        {
            "record": in_schema(catalog.RECORD.name.upper()),
            "operations": in_schema(catalog.SYSTEM_OPERATIONS.name.upper()),
            "identities": in_schema(catalog.IDENTITIES.name.upper()),
            "events": in_schema(catalog.EVENTS.name.upper()),
            "profiles": in_schema(catalog.PROFILES.name.upper()),
            **{gap: in_schema(name) for gap, name in _TEMPORARY.items()},
        },
        columns,
        identifiers,
        primary_sources,
    )
    # a literal, because what is inside may hold a dollar quote
    return texts.CREATE.format(name=in_schema(catalog.RESOLVE_IDENTITIES.upper()), body=literal(body))


def _body(
    tables: Mapping[str, str],
    columns: Sequence[ProfileColumn],
    identifiers: Sequence[str],
    primary_sources: Mapping[str, str],
) -> str:
    """The text of the procedure."""
    sources = {tuple(path.split(".")): connection for path, connection in primary_sources.items()}
    by_path = {".".join(column.path): _name(column) for column in columns}
    return texts.BODY.format(
        **tables,
        link=_links(tables["snapshot"], [by_path[path] for path in identifiers]),
        names=_joined(f", {_name(column)}" for column in columns),
        merged=_joined(f", profile.{_name(column)}" for column in columns),
        values=_joined(_value(column, sources.get(column.path)) for column in columns),
    )


def _links(snapshot: str, names: Sequence[str]) -> str:
    """The query whose rows are pairs of identities that are one person; the rest follows from these."""
    if not names:
        return texts.SAME_USER.format(snapshot=snapshot, classes="", meetings="")
    higher = list(enumerate(names[:-1], start=1))  # what is of higher priority than another
    held = (
        texts.HELD.format(
            snapshot=snapshot,
            priority=priority,
            name=name,
            higher=_joined(
                texts.HIGHER.format(held=f"{other} IS NOT NULL" if nth < priority else "FALSE", priority=nth)
                for nth, other in higher
            ),
        )
        for priority, name in enumerate(names, start=1)
    )
    classes = texts.CLASSES.format(
        held=texts.UNION.join(held),
        higher=_joined(f', "_HAS_{nth}"' for nth, _ in higher),
        apart=_joined(texts.APART.format(priority=nth) for nth, _ in higher),
    )
    return texts.SAME_USER.format(snapshot=snapshot, classes=classes, meetings=texts.MEETINGS)


def _value(column: ProfileColumn, primary_source: str | None) -> str:
    """What a profile has for a column: the value of the latest identity that has one, or all of its arrays' elements."""
    if column.type.kind == "array":
        template = texts.LISTS
    else:
        template = texts.LATEST if primary_source is None else texts.LATEST_OF_PRIMARY_SOURCE
    return template.format(name=_name(column), source=literal(primary_source))


def _name(column: ProfileColumn) -> str:
    return identifier(column.name.upper())


def _joined(parts: Iterable[str]) -> str:
    return "".join(parts)

"""The stored procedure `RESOLVE_IDENTITIES()`, which joins the identities of one person into a profile.

The rules are the same as in PostgreSQL (docs/facts/krenalis.md, "Identity resolution"), except for arrays: on
Snowflake the elements of a profile's array are distinct and sorted. The procedure is written for these
properties of Snowflake:

- Definitions commit, so the whole run is one transaction of INSERT, UPDATE and DELETE: the profiles table is
  filled anew, not replaced by a table of the next number. A failed run leaves everything as it was, and the
  view over the profiles, with the rights on it, is never touched.
- Nothing locks a table. The run updates the record's row first, which makes another run, or a change, wait;
  and one statement copies the identities, so that identities that arrive meanwhile wait for the next run.
- No loop visits single rows: whole statements, which repeat, find the clusters, at worst the square of log n
  times, and a few times in practice.

Of two identities with the same `_UPDATED_AT`, the one with the greater `_PK` is the later. Pairs of
identities are never compared: identities with the same value of an identifier are divided into classes by the
identifiers of higher priority that they have, and two classes meet where they have no such identifier in
common.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.snowflake import identity_resolution_sql as texts
from krenalis_provider.warehouses.snowflake.sql import Schema, identifier, literal

_TABLES: Final = {
    "record": krenalis_objects.RECORD.name.upper(),
    "operations": krenalis_objects.SYSTEM_OPERATIONS.name.upper(),
    "identities": krenalis_objects.IDENTITIES.name.upper(),
    "events": krenalis_objects.EVENTS.name.upper(),
    # temporary tables of a run
    **{name: f"KRENALIS_RESOLUTION_{name.upper()}" for name in ("snapshot", "links", "members")},
}
"""The names of tables by their gap in the text; that of the profiles is not fixed."""


def create(
    schema: Schema,
    columns: Sequence[ProfileColumn],
    identifiers: Sequence[str],
    primary_sources: Mapping[str, str],
    *,
    profiles: str = krenalis_objects.PROFILES.name.upper(),
) -> str:
    """Makes or replaces the procedure, whose text contains the profile columns and the settings.

    `identifiers` are paths of properties, the highest priority
    first; `primary_sources` are connections by path. Both are checked (`identity_settings`) and name
    properties of the profile schema: an identifier that names none raises KeyError. `profiles` is the table
    that is filled, which is the one that the view shows.
    """
    tables = {gap: schema.object(name) for gap, name in {**_TABLES, "profiles": profiles}.items()}
    sources = {PropertyPath.parse(path): source for path, source in primary_sources.items()}
    by_path = {str(column.path): _name(column) for column in columns}
    body = texts.BODY.format(
        **tables,
        link=_links(tables["snapshot"], [by_path[path] for path in identifiers]),
        names="".join(f", {_name(column)}" for column in columns),
        merged="".join(f", profile.{_name(column)}" for column in columns),
        values="".join(_value(column, sources.get(column.path)) for column in columns),
    )
    # a literal, because the body may contain a dollar quote
    return texts.CREATE.format(
        name=schema.object(krenalis_objects.RESOLVE_IDENTITIES.upper()), body=literal(body)
    )


def _links(snapshot: str, names: Sequence[str]) -> str:
    """The query whose rows are pairs of identities of one person; all other pairs follow from these rows."""
    if not names:
        return texts.SAME_USER.format(snapshot=snapshot, classes="", meetings="")
    higher = list(enumerate(names[:-1], start=1))  # the identifiers that have a higher priority than another
    held = (
        texts.HELD.format(
            snapshot=snapshot,
            priority=priority,
            name=name,
            higher="".join(
                texts.HIGHER.format(held=f"{other} IS NOT NULL" if nth < priority else "FALSE", priority=nth)
                for nth, other in higher
            ),
        )
        for priority, name in enumerate(names, start=1)
    )
    classes = texts.CLASSES.format(
        held=texts.UNION.join(held),
        higher="".join(f', "_HAS_{nth}"' for nth, _ in higher),
        apart="".join(texts.APART.format(priority=nth) for nth, _ in higher),
    )
    return texts.SAME_USER.format(snapshot=snapshot, classes=classes, meetings=texts.MEETINGS)


def _value(column: ProfileColumn, primary_source: str | None) -> str:
    """A profile's value of a column: the latest identity's value, or the elements of all arrays."""
    if column.type.kind == "array":
        template = texts.LISTS
    else:
        template = texts.LATEST if primary_source is None else texts.LATEST_OF_PRIMARY_SOURCE
    return template.format(name=_name(column), source=literal(primary_source))


def _name(column: ProfileColumn) -> str:
    return identifier(column.name.upper())

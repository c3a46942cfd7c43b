"""The versions, and the columns of the profiles table that they name, where the view does not tell enough.

A view over the first profiles table needs no version: it has none.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from psycopg import sql

from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.dialect import NAMES
from krenalis_provider.warehouses.postgresql.sql import Statement
from krenalis_provider.warehouses.profiles_tables import Versions, choose
from krenalis_provider.warehouses.snapshot import Snapshot
from lightstart.records import Record


class Recorded(NamedTuple):
    """What the versions say."""

    versions: Versions = Versions()
    columns: Mapping[str, str] = {}
    """Name to SQL type of all columns of the table of the last version, unless the view shows that of a version."""


class Catalogue(Record):
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
        """Whether there is a table of the record's name."""
        return self.objects.get(NAMES.record) == "table"

    def further(self, schema: str) -> list[Statement]:
        """The question for the versions, where they decide on the profiles table."""
        is_certain = self.viewed == NAMES.first_profiles or (self.viewed and not self.has_versions)
        nothing = not self.has_versions and all(NAMES.number(name) is None for name in self.objects)
        return (
            [] if is_certain or nothing else [_recorded(schema, self.viewed, has_versions=self.has_versions)]
        )

    def snapshot(self, answers: Sequence[Row]) -> Snapshot:
        """The snapshot, without the record; `answers` are the rows of `further`."""
        found = _read(answers[0]) if answers else Recorded()
        tables = choose(NAMES, self.objects, self.viewed, found.versions)
        columns = self.columns if tables.live == self.viewed else found.columns
        return Snapshot.of(
            tables,
            names=NAMES,
            objects=self.objects,
            columns={name: type_ for name, type_ in columns.items() if name not in _FIXED},
            owners=self.owners,
            foreign=self.foreign,
            enumerations=[
                type_.name
                for type_ in krenalis_objects.ENUM_TYPES
                if {*type_.labels} <= {*self.labels.get(type_.name, ())}
            ],
            reusable=[
                type_.name
                for type_ in krenalis_objects.ENUM_TYPES
                if type_.name not in self.foreign and tuple(self.labels.get(type_.name, ())) == type_.labels
            ],
        )


def _recorded(schema: str, viewed: str | None, *, has_versions: bool) -> Statement:
    """Ask for what `_read` reads; `has_versions` is whether there is a table of versions that we may read."""
    versions = sql.Identifier(schema, NAMES.versions)
    source = versions if has_versions else sql.SQL("(SELECT 0 AS version WHERE false) AS none")
    number = NAMES.number(viewed) if viewed else None
    query = sql.SQL(_RECORDED).format(
        source=source,
        viewed=sql.Literal(number),
        schema=sql.Literal(schema),
        prefix=sql.Literal(krenalis_objects.PROFILES_PREFIX),
    )
    return Statement("reading the versions of the profiles table", query)


def _read(row: Row) -> Recorded:
    """Read the answer's only row."""
    last, agrees, columns = row
    return Recorded(Versions(last, agrees), dict(columns or ()))


_RECORDED: Final = """
WITH recorded AS (
    SELECT coalesce(max(version), 0) AS last, coalesce(bool_or(version = {viewed}::numeric), false) AS agrees FROM {source}
)
SELECT last, agrees,
       (SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE NOT agrees AND n.nspname = {schema} AND c.relname = {prefix} || last AND c.relkind IN ('r', 'p')
           AND a.attnum > 0 AND NOT a.attisdropped)
  FROM recorded
"""

_FIXED: Final = frozenset(column.name for column in krenalis_objects.PROFILES.columns)

"""The versions, and the columns of the profiles table that they name, where the view does not tell enough.

A view over the first profiles table needs no version: it has none.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from psycopg import sql

from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.dialect import NAMES
from krenalis_provider.warehouses.postgresql.session import Statement
from krenalis_provider.warehouses.profiles_tables import Versions


class Recorded(NamedTuple):
    """What the versions say."""

    versions: Versions = Versions()
    columns: Mapping[str, str] = {}
    """Name to SQL type of all columns of the table of the last version, unless the view shows that of a version."""


def recorded(schema: str, viewed: str | None, *, has_versions: bool) -> Statement:
    """Ask for what `read` reads; `has_versions` is whether there is a table of versions that we may read."""
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


def read(row: Row) -> Recorded:
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

"""What stands against making missing objects again, beside the rights on the schema: the tables that they are made on."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.found import Found
from krenalis_provider.warehouses.postgresql.connection import Session, Statement
from krenalis_provider.warehouses.postgresql.findings import missing_ownership
from krenalis_provider.warehouses.postgresql.ownership import foreign
from krenalis_provider.workspaces.errors import Finding, Verdict
from krenalis_provider.workspaces.model import PostgreSQLSettings


def mending_hindrances(
    session: Session, settings: PostgreSQLSettings, found: Found, *, procedure: bool
) -> tuple[Finding, ...]:
    """List what of the tables that there are stands against making the views and indexes that are missing.

    `procedure` says that the procedure is replaced too.
    """
    missing, ours = set(found.missing), found.ours
    views = [view for view in catalog.VIEWS if view.name in missing]
    indexes = [index for index in catalog.INDEXES if index.name in missing]
    needs = [
        *(("view", view.name, _actual(view.table, found), view.columns) for view in views),
        *(("index", index.name, index.table, (index.column,)) for index in indexes),
    ]
    tables = [table for _, _, table, _ in needs if table in ours]
    # an index is its table's owner's; a view is anybody's
    changed = [index.table for index in indexes if index.table in ours]
    if procedure and catalog.RESOLVE_IDENTITIES in ours:
        changed.append(catalog.RESOLVE_IDENTITIES)
    if not tables and not changed:
        return ()
    findings = list(_lacking(needs, _columns(session, settings.schema, tables)))
    if owners := foreign(session, settings.schema, changed):
        findings.append(missing_ownership(settings, owners))
    return tuple(findings)


def _lacking(
    needs: list[tuple[str, str, str, tuple[str, ...]]], columns: dict[str, set[str]]
) -> Iterator[Finding]:
    for kind, name, table, needed in needs:
        if lacking := [column for column in needed if column not in columns.get(table, needed)]:
            listed = ", ".join(f'"{column}"' for column in lacking)
            yield Finding(
                Verdict.CONTRADICTED,
                "objects",
                "Columns of a table are missing",
                f'{kind} "{name}" is missing, and to be made again it needs the columns {listed}, which table '
                f'"{table}" lacks. Add them by hand, or drop the table if its data is not needed any more: '
                "applying makes it anew.",
            )


def _actual(table: str, found: Found) -> str:
    return found.profiles or table if table == catalog.PROFILES.name else table


def _columns(session: Session, schema: str, tables: list[str]) -> dict[str, set[str]]:
    values = {"schema": schema, "tables": tables}
    columns: dict[str, set[str]] = defaultdict(set)
    for table, column in session.run([Statement("looking at the columns of tables", _COLUMNS, values)])[0]:
        columns[table].add(column)
    return columns


_COLUMNS: Final = """
SELECT c.relname::text, a.attname::text
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s::name[]) AND a.attnum > 0 AND NOT a.attisdropped
"""

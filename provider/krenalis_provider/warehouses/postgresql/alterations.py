"""A migration of the profile columns on what is there: of both tables, and of the view that shows the profiles.

The view stands in the way of most changes, and PostgreSQL lets it be changed in three ways (docs/facts/postgresql.md,
"Views and column changes"): its columns are renamed; columns are appended; or it is dropped and made anew. Then what was
granted and said of it is repeated, all grants as those of its owner, also where a grantee had passed them on.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from itertools import groupby
from typing import Final, LiteralString

from psycopg import sql

from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.change import Change
from krenalis_provider.warehouses.migration.compute import Migration
from krenalis_provider.warehouses.migration.operations import (
    AddColumn,
    DropColumn,
    Operation,
    RenameColumn,
    ReplaceColumn,
    WidenColumn,
    renamed,
)
from krenalis_provider.warehouses.migration.table_change import TableChange
from krenalis_provider.warehouses.postgresql import statements
from krenalis_provider.warehouses.postgresql.column_operations import clause
from krenalis_provider.warehouses.postgresql.column_types import qualified
from krenalis_provider.warehouses.postgresql.relations import VIEW, Grant, Relation, Relations
from krenalis_provider.warehouses.postgresql.session import Session
from krenalis_provider.warehouses.postgresql.sql import Statement
from lightstart.records import replace


def costs(session: Session, change: Change) -> list[str]:
    """What of a change reads or writes all rows of a table that has rows, each as a clause."""
    missing = set(change.snapshot.missing)
    indexes = {index.name: index.table for index in krenalis_objects.INDEXES if index.name in missing}
    tables = [*change.tables, *indexes.values()]
    if not tables:
        return []
    values = {"schema": session.schema, "names": tables}
    checked: dict[str, list[str]] = dict(session.ask(Statement("looking for rows", _WITH_ROWS, values)))
    found = [
        f'index "{index}" is built from the rows of table "{table}"'
        for index, table in indexes.items()
        if table in checked
    ]
    for name in [name for name in change.tables if name in checked]:
        widened = [each for each in change.tables[name].operations if isinstance(each, WidenColumn)]
        before = {new: old for old, new in renamed(change.tables[name].operations).items()}
        if any(each.rewrites for each in widened):
            found.append(f'table "{name}" is written anew')
        elif columns := [each.name for each in widened if before.get(each.name, each.name) in checked[name]]:
            listed = ", ".join(f'"{column}"' for column in columns)
            found.append(f'a constraint or an index on {listed} of table "{name}" is checked with its rows')
    return found


# Tables with rows, also in tables that inherit, and their columns of which a changed type has PostgreSQL read all rows:
# those of conditions, foreign keys, and of indexes that are not kept (docs/facts/postgresql.md, "Views and column changes").
_WITH_ROWS: Final = """
WITH RECURSIVE tree AS (
    SELECT c.oid AS root, c.relname, c.oid
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[])
    UNION
    SELECT tree.root, tree.relname, i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.oid
)
SELECT relname::text,
       (SELECT coalesce(array_agg(DISTINCT a.attname::text), '{}')
          FROM tree t
          JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
          LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
          LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
          LEFT JOIN pg_class x ON x.oid = i.indexrelid
          LEFT JOIN pg_am m ON m.oid = x.relam
         WHERE t.root = tree.root
           AND (k.contype IN ('c', 'f', 'x') OR coalesce(i.indexprs, i.indpred) IS NOT NULL
                OR m.amname NOT IN ('btree', 'hash', 'brin', 'spgist')))
  FROM tree
 GROUP BY root, relname
HAVING sum(pg_relation_size(oid)) > 0
"""


class ViewChange(Enum):
    """How the view follows."""

    NONE = auto()
    """There is none: it is made when the tables are ready, as whatever is missing."""
    RENAME = auto()
    """Its columns are renamed, or it stays as it is."""
    APPEND = auto()
    """Columns are renamed, and others come after the last."""
    RECREATE = auto()


def view_change(present: Relations, migration: Migration) -> ViewChange:
    """How the view is brought to show the wanted columns, also where somebody changed it."""
    if (view := present.view) is None:
        return ViewChange.NONE
    after = renamed(migration.operations)
    columns = {after.get(name, name): type_ for name, type_ in view.columns.items()}
    wanted = {name: migration.columns[name] for name in migration.wanted}
    if view.fixed != VIEW.columns or not columns.items() <= wanted.items():
        return ViewChange.RECREATE
    if not _dropped(migration).isdisjoint(view.columns):  # though another column takes the name
        return ViewChange.RECREATE
    if present.view_is_changed:
        # it may need any column; replacing it does away with what it says, in the end
        keeps = all(isinstance(each, AddColumn | RenameColumn) for each in migration.operations)
        return ViewChange.APPEND if keeps else ViewChange.RECREATE
    return ViewChange.APPEND if len(columns) < len(wanted) else ViewChange.RENAME


def _dropped(migration: Migration) -> set[str]:
    return {each.name for each in migration.operations if isinstance(each, DropColumn)}


def shown(view: Relation, migration: Migration) -> tuple[str, ...]:
    """The wanted columns: those that the view has in its order, then the new ones in that of the profile schema.

    So whoever reads them by their place goes on to do so (docs/design.md, "The order of columns").
    """
    after = renamed(migration.operations)
    present = (after.get(name, name) for name in view.columns)
    return tuple(dict.fromkeys([*(name for name in present if name in migration.wanted), *migration.wanted]))


def alterations(
    schema: str,
    profiles: str,
    present: Relations,
    change: Change,
    migration: Migration,
    repairs: Sequence[Statement],
) -> Iterator[Statement]:
    """Every statement of a change that migrates, with `repairs`, which make what is missing, where columns are ready."""
    change_of_view = view_change(present, migration)
    view = sql.Identifier(schema, VIEW.name)
    if change_of_view is ViewChange.RECREATE:
        yield _on_view("DROP VIEW {}", view)
    for table in present.tables:
        yield from _alter(schema, table, change.tables[table.name])
    yield from repairs
    if present.view is None:
        return
    if change_of_view is not ViewChange.RECREATE:
        for operation in migration.operations:
            if isinstance(operation, RenameColumn) and operation.old in present.view.columns:
                yield _on_view("ALTER VIEW {} {}", view, sql.SQL(clause(operation)))
    if change_of_view is not ViewChange.RENAME:
        columns = shown(present.view, migration)
        made = [statements.replace_view(schema, VIEW, columns, profiles, present.view.options)]
        yield from statements.without_tablespace(made) if change_of_view is ViewChange.RECREATE else made
    if change_of_view is ViewChange.RECREATE:
        yield from _repeat_view(schema, present.view, migration)


def _alter(schema: str, table: Relation, change: TableChange) -> Iterator[Statement]:
    """One ALTER TABLE for all that one can hold: a rename needs its own. A replaced column keeps what was said of it."""
    for rename, group in groupby(change.operations, lambda operation: isinstance(operation, RenameColumn)):
        clauses = [sql.SQL(clause(_qualified(operation))) for operation in group]
        for actions in [[each] for each in clauses] if rename else [clauses]:
            query = sql.SQL("ALTER TABLE {} {}").format(
                sql.Identifier(schema, table.name), sql.SQL(", ").join(actions)
            )
            yield Statement(f'changing the columns of table "{table.name}"', query)
    replaced = [operation.name for operation in change.operations if isinstance(operation, ReplaceColumn)]
    yield from _repeat(schema, table, dict(zip(replaced, replaced, strict=True)))


def _qualified(operation: Operation) -> Operation:
    """The operation with the type that is PostgreSQL's own, also where a user's schema has one of its name."""
    match operation:
        case WidenColumn(type=type_) | ReplaceColumn(type=type_) | AddColumn(type=type_):
            return replace(operation, type=qualified(type_))
        case _:
            return operation


def _repeat_view(schema: str, view: Relation, migration: Migration) -> Iterator[Statement]:
    """Say of the view what was said of the one before it: its owner, who may do what, comments."""
    name = sql.Identifier(schema, view.name)
    if not view.is_own:
        yield _on_view("ALTER VIEW {} OWNER TO {}", name, sql.Identifier(view.owner))
    if view.has_plain_rights:
        view = replace(view, grants=tuple(grant for grant in view.grants if grant.column))
    else:
        # what default privileges granted as soon as the view was there
        for grantee in sorted({*view.granted_by_default, view.owner}, key=str):
            yield _on_view("REVOKE ALL ON {} FROM {}", name, _role(grantee))
    after = renamed(migration.operations)
    dropped = _dropped(migration)
    stay = [column for column in (*view.fixed, *view.columns) if column not in dropped]
    columns = {column: after.get(column, column) for column in stay}
    shown = {*VIEW.columns, *migration.wanted}
    yield from _repeat(
        schema, view, {None: None, **{old: new for old, new in columns.items() if new in shown}}
    )


def _repeat(schema: str, relation: Relation, columns: Mapping[str | None, str | None]) -> Iterator[Statement]:
    """Repeat the grants and comments of columns, old names to new ones; None stands for the relation itself."""
    doing = f'repeating the grants and comments of "{relation.name}"'
    name = sql.Identifier(schema, relation.name)
    privileges: dict[tuple[str | None, bool], list[sql.Composable]] = {}
    for grant in relation.grants:
        if grant.column in columns:
            granted = _privilege(grant, columns[grant.column])
            privileges.setdefault((grant.grantee, grant.grantable), []).append(granted)
    for (grantee, grantable), listed in privileges.items():
        query = sql.SQL("GRANT {} ON {} TO {}{}").format(
            sql.SQL(", ").join(listed),
            name,
            _role(grantee),
            sql.SQL(" WITH GRANT OPTION" if grantable else ""),
        )
        yield Statement(doing, query)
    for column, comment in relation.comments.items():
        if column not in columns:
            continue
        if (renamed := columns[column]) is None:
            query = sql.SQL("COMMENT ON VIEW {} IS {}").format(name, sql.Literal(comment))
        else:
            path = sql.Identifier(schema, relation.name, renamed)
            query = sql.SQL("COMMENT ON COLUMN {} IS {}").format(path, sql.Literal(comment))
        yield Statement(doing, query)


def _privilege(grant: Grant, column: str | None) -> sql.Composable:
    privilege = sql.SQL(grant.privilege)  # of PostgreSQL's own list
    return privilege if column is None else sql.SQL("{} ({})").format(privilege, sql.Identifier(column))


def _role(name: str | None) -> sql.Composable:
    return sql.SQL("PUBLIC") if name is None else sql.Identifier(name)


def _on_view(query: LiteralString, *parts: sql.Composable) -> Statement:
    return Statement(f'changing view "{VIEW.name}"', sql.SQL(query).format(*parts))

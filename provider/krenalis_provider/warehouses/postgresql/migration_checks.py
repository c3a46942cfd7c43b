"""What stands against changing the columns of the tables, and what goes along with them.

What a plan finds green, PostgreSQL has to carry out: each refusal here is one that it would give itself, in the middle of
an apply (docs/facts/postgresql.md, "What goes with a column", "What stands against changing a column").
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.errors import Finding, Verdict
from krenalis_provider.model.wording import counted, enumerated
from krenalis_provider.warehouses.change import Change
from krenalis_provider.warehouses.findings import absent, conflict_findings, noted
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
from krenalis_provider.warehouses.postgresql.alterations import ViewChange, view_change
from krenalis_provider.warehouses.postgresql.column_operations import retypes
from krenalis_provider.warehouses.postgresql.relations import VIEW, Heir, HeirColumn, Relation, Relations
from krenalis_provider.warehouses.postgresql.rights import Dependent, Tie, missing_ownership
from krenalis_provider.warehouses.postgresql.session import Session
from krenalis_provider.warehouses.postgresql.sql import identifier, membership

_MOST_COLUMNS: Final = 1600
"""Of a PostgreSQL table; a dropped column counts for ever."""
_PROFILE_SCHEMA: Final = AttributePath.of("profile_schema")


def migration_findings(session: Session, present: Relations, change: Change) -> Iterator[Finding]:
    """See `engines.session.Session.migration_findings`; `present` are the relations as they are."""
    if (migration := change.migration) is None:
        return
    yield from _rights(session, present, migration)
    for table in present.tables:
        on_table = change.tables[table.name]
        yield from conflict_findings(change, table.name)
        if on_table.added and table.last + on_table.added > _MOST_COLUMNS:
            yield _contradicted(
                "Too many columns over time",
                f'table "{table.name}" would get {counted(on_table.added, "column")}, and has room for '
                f"{max(0, _MOST_COLUMNS - table.last)}: PostgreSQL allows {_MOST_COLUMNS} in the life of a table, and "
                "dropped ones count. Add fewer, or copy the table to a new one of its name by hand.",
            )
        yield from _family(session, table, on_table)
    yield from _dependents(present, change, migration)
    yield from _made_anew(present, change)
    yield from _along(present, change)
    if present.view_is_changed:
        yield noted(
            _PROFILE_SCHEMA,
            "View over the profiles was changed outside Terraform",
            f'view "{VIEW.name}" does not show columns of the profiles table as they are. Applying makes it show them again: what '
            "somebody wrote into it, such as a condition or a column, goes. To keep that, make a view of another name.",
        )


def _rights(session: Session, present: Relations, migration: Migration) -> Iterator[Finding]:
    """Only an owner, or a member of the owner's role, changes a table or view."""
    relations = [*present.tables, *([present.view] if present.view else [])]
    owned = {relation.name: relation.owner for relation in relations if not relation.owned}
    owned |= {heir.name: heir.owner for table in present.tables for heir in table.heirs if not heir.owned}
    if owned:
        yield missing_ownership(session, owned)
    elif locked := [table for table in present.tables if not table.can_be_locked]:
        role = identifier(session.role)
        grants = " ".join(
            f"GRANT UPDATE ON {identifier(session.schema, table.name)} TO {role};" for table in locked
        )
        listed = enumerated([f'"{table.name}"' for table in locked])
        yield absent(
            "username",
            "Missing right to lock a table",
            f'role "{session.role}" has none of the rights UPDATE, DELETE and TRUNCATE on {listed}, one of which it takes to lock '
            f"a table. Run: {grants}",
        )
    elif present.view:
        # an owner may always rename, but not append: that is a view made in the place of the other
        view, remade = present.view, view_change(present, migration)
        creators = dict(zip((session.role, view.owner), view.creators, strict=True))
        needed = {
            ViewChange.APPEND: [session.role],
            ViewChange.RECREATE: list(creators),
        }.get(remade, [])
        if lacking := [role for role in needed if not creators[role]]:
            schema, roles = identifier(session.schema), ", ".join(map(identifier, lacking))
            yield absent(
                "schema",
                "Missing right on the schema",
                f'view "{view.name}" is made anew, and {enumerated(lacking)} may not create in the schema '
                f"{schema}. Let the schema's owner run: GRANT CREATE ON SCHEMA {schema} TO {roles};",
            )
        if remade is ViewChange.RECREATE and view.owner != session.role and not view.can_be_given:
            yield absent(
                "username",
                "Missing right to give the view back",
                f'view "{view.name}" is made anew and then given to its owner "{view.owner}", whose role "{session.role}" '
                f"may not take on. Let an administrator run: "
                f"{membership(view.owner, session.role, session.version, 'SET')}",
            )


def _family(session: Session, table: Relation, change: TableChange) -> Iterator[Finding]:
    """What a type, a table above or the tables below have to do with the columns."""
    schema = session.schema
    name = identifier(schema, table.name)
    if table.typed and change.operations:
        yield _contradicted(
            "Table is bound to a type",
            f'table "{table.name}" was declared to be of a composite type, and PostgreSQL lets its columns not be '
            f"changed. Run: ALTER TABLE {name} NOT OF;",
        )
    if table.partition and change.added:
        yield _contradicted(
            "Table is a partition",
            f'table "{table.name}" is a partition of {enumerated(table.parents)}, and PostgreSQL adds no column to it. Detach '
            "it first (ALTER TABLE … DETACH PARTITION), and apply.",
        )
    if bound := sorted(table.inherited & {*change.touched, *renamed(change.operations)}):
        listed = ", ".join(f'"{column}"' for column in bound)
        yield _contradicted(
            "Columns come from another table",
            f'table "{table.name}" inherits the columns {listed} from {enumerated(table.parents)}, and PostgreSQL changes them '
            f"nowhere else. End that first (ALTER TABLE {name} NO INHERIT …), and apply.",
        )
    for heir in table.heirs:
        if reasons := [*dict.fromkeys(_heir_reasons(heir, change))]:
            yield _contradicted(
                "Another table inherits from the warehouse",
                f'table {heir.name} inherits from "{table.name}", so that its columns change too, and it '
                f"{enumerated(reasons)}. Change that first, or end the inheritance: "
                f"ALTER TABLE {heir.name} NO INHERIT {name};",
            )


def _heir_reasons(heir: Heir, change: TableChange) -> Iterator[str]:
    """Why the operations on a table do not suit one that inherits from it, as what that one does."""
    columns = dict(heir.columns)
    for operation in change.operations:
        if reason := _heir_reason(columns, operation):
            yield reason
        if isinstance(operation, RenameColumn) and operation.old in columns:
            columns[operation.new] = columns.pop(operation.old)
    added = [operation.name for operation in change.operations if isinstance(operation, AddColumn)]
    if heir.last + (more := len([name for name in added if name not in heir.columns])) > _MOST_COLUMNS:
        yield f"has no room for {counted(more, 'column')} more"


def _heir_reason(columns: Mapping[str, HeirColumn], operation: Operation) -> str | None:
    match operation:
        case AddColumn(name, type_) if name in columns and columns[name].type != type_:
            return f'has a column "{name}" of type {columns[name].type}, and not {type_}'
        case RenameColumn(_, new) if new in columns:
            return f'has a column "{new}" already'
        case RenameColumn(name) | WidenColumn(name) if name in columns and columns[name].shared:
            return f'has column "{name}" from other tables too'
        case DropColumn(name) | ReplaceColumn(name) if name in columns and not columns[name].kept:
            return f'would lose column "{name}" with its data'
        case ReplaceColumn(name) if name in columns:
            return f'keeps its column "{name}" of type {columns[name].type}'
        case _:
            return None


def _dependents(present: Relations, change: Change, migration: Migration) -> Iterator[Finding]:
    """PostgreSQL would refuse as well; nothing of others is ever dropped along."""
    blocking: dict[str, None] = {}
    for table in present.tables:
        operations = change.tables[table.name]
        # of a table that inherits, no column is dropped
        touched, widened = operations.touched, _widened(operations)
        blocking |= dict.fromkeys(
            dependent.object
            for dependent in table.dependents
            if dependent.tie is Tie.REFUSES
            and dependent.column in (widened if dependent.inherits else touched)
        )
    remade: Relation | None = None
    if view_change(present, migration) is ViewChange.RECREATE:
        # what PostgreSQL would drop along with the view, such as its rules, nobody would make again
        remade = present.view
        blocking |= dict.fromkeys(d.object for d in remade.dependents) if remade else {}
    if not blocking:
        return
    others = list(blocking)
    reason = (
        f'view "{remade.name}" has to be made anew, and columns changed'
        if remade
        else "columns have to be changed"
    )
    yield _contradicted(
        "Other objects depend on the profile columns",
        f"{reason}, which {enumerated(others)} {'depends' if len(others) == 1 else 'depend'} on. Drop them, apply, and "
        "make them again. New properties, renames, and another order of the properties leave them alone.",
    )


def _made_anew(present: Relations, change: Change) -> Iterator[Finding]:
    """What PostgreSQL makes anew for the new type of a column, which fails where an expression does not suit it."""
    unfit: dict[str, None] = {}
    for table in present.tables:
        operations = change.tables[table.name]
        widened, columns = _widened(operations), _widened(operations, only=retypes)
        unfit |= dict.fromkeys(
            dependent.object
            for dependent in table.dependents
            if (dependent.column in columns and dependent.tie is not Tie.REFUSES and dependent.fragile)
            or (widened and dependent.column is None and dependent.stores)
        )
    if unfit:
        yield _contradicted(
            "Other objects do not follow a new type",
            f"columns change their types, and {enumerated(list(unfit))} would have to follow, which PostgreSQL refuses "
            "or does only if all functions and operators suit the new type. Drop them, apply, and make them again.",
        )


def _along(present: Relations, change: Change) -> Iterator[Finding]:
    """What PostgreSQL drops along with columns, without a word."""
    parts = []
    for table in present.tables:
        operations = change.tables[table.name].operations
        before = {new: old for old, new in renamed(operations).items()}
        for operation in operations:
            match operation:
                case DropColumn(name):
                    objects = _tied(table.dependents, name, [Tie.GOES])
                case ReplaceColumn(name):
                    objects = _tied(table.dependents, before.get(name, name), [Tie.GOES, Tie.BELONGS])
                case _:
                    continue
            if objects:
                parts.append(f'with column "{operation.name}" of table "{table.name}": {enumerated(objects)}')
    if parts:
        yield noted(
            _PROFILE_SCHEMA,
            "Objects go with columns",
            f"{'; '.join(parts)}. PostgreSQL drops them along, and applying does not make them again.",
        )


def _tied(dependents: Iterable[Dependent], column: str, ties: Collection[Tie]) -> list[str]:
    """What goes when a column of the table itself does."""
    return [
        dependent.object
        for dependent in dependents
        if dependent.column == column and dependent.tie in ties and not dependent.inherits
    ]


def _widened(change: TableChange, only: Callable[[WidenColumn], bool] = lambda _: True) -> set[str]:
    """The old names of the columns whose types are widened."""
    before = {new: old for old, new in renamed(change.operations).items()}
    return {
        before.get(operation.name, operation.name)
        for operation in change.operations
        if isinstance(operation, WidenColumn) and only(operation)
    }


def _contradicted(summary: str, detail: str) -> Finding:
    return Finding(Verdict.CONTRADICTED, _PROFILE_SCHEMA, summary, detail)

"""What stands against making or changing a workspace, where it is the same on every platform.

A `place` is where a warehouse is, in a platform's words, such as ``schema "public" of database "cdp"``.
"""

from collections.abc import Mapping, Sequence

from krenalis_provider.warehouses.found import Found
from krenalis_provider.warehouses.migration import Migration
from krenalis_provider.workspaces.errors import (
    Finding,
    Verdict,
    WarehouseChanged,
    WarehouseError,
    WorkspaceNotFound,
)
from krenalis_provider.workspaces.model import Workspace


def contradicted(setting: str, summary: str, detail: str, workspace_id: str | None = None) -> Finding:
    """The warehouse answered, and `setting` names one that cannot hold the workspace."""
    return Finding(Verdict.CONTRADICTED, f"warehouse.settings.{setting}", summary, detail, workspace_id)


def absent(setting: str, summary: str, detail: str) -> Finding:
    """Something that `setting` names is not there, or rights on it are missing."""
    return Finding(Verdict.ABSENT, f"warehouse.settings.{setting}", summary, detail)


def holds_workspace(place: str, record: Workspace) -> Finding:
    """There is a workspace already."""
    return contradicted(
        "schema",
        "Warehouse already holds a workspace",
        f'{place} holds the Krenalis workspace "{record.name}" with the id {record.id}. Name another schema, '
        "or remove that workspace first.",
        record.id,
    )


def not_empty(place: str, counts: Mapping[str, int]) -> Finding:
    """There are other things; `counts` is kind to number, none of them 0."""
    listed = enumerated([counted(number, kind) for kind, number in counts.items()])
    return contradicted(
        "schema",
        "Warehouse is not empty",
        f"{place} holds {listed}. Krenalis needs an empty schema: empty it, or name another one.",
    )


def names_taken(place: str, taken: Sequence[str]) -> Finding:
    """There are things of our names, each such as ``procedure "x"``, among what an empty schema may hold."""
    return contradicted(
        "schema",
        "Names are taken",
        f"{place} holds {enumerated(taken)}, where Krenalis makes objects of its own by "
        f"{'that name' if len(taken) == 1 else 'those names'}. Drop or rename what is in the way, or name "
        "another schema.",
    )


def another_warehouse(
    place: str, setting: str, record: Workspace | None, workspace_id: str, *, moved: bool
) -> Finding | None:
    """Whether the record is another's; one that is missing was the workspace's, where that has not `moved`."""
    if record and record.id != workspace_id:
        instead = f'workspace "{record.name}" with the id {record.id}'
    elif moved and record is None:
        instead = "no workspace's record"
    else:
        return None
    return contradicted(
        setting,
        "Another warehouse",
        f"{place} holds {instead}, and not this workspace (id {workspace_id}). Correct the warehouse's settings.",
    )


def record_missing(place: str, found: Found) -> Finding:
    """There are tables that nothing says whose they are."""
    tables = ", ".join(name for name, kind in found.ours.items() if kind == "table")
    return contradicted(
        "schema",
        "Workspace's record is missing",
        f"{place} has tables of a workspace ({tables}), but not the record in table {found.names.record} that tells "
        "which one's they are, so they were not dropped. Apply the workspace once, which restores the record, then "
        "destroy it; or drop the tables by hand.",
    )


def record_unreadable(schema: str, table: str, reason: str) -> Finding:
    """The record is not one that this version wrote; `reason` is a clause."""
    return contradicted(
        "schema",
        "Workspace's record cannot be read",
        f'schema "{schema}" holds the record of a workspace, but {reason}. Use the version of this provider that '
        f"wrote it, or restore table {table} from a backup. Where Terraform's state has the workspace, its rows may "
        "also be deleted: then the next apply writes the record anew.",
    )


def columns_differ(migration: Migration, columns: Mapping[str, str]) -> Finding:
    """The columns are not those that the migration was computed from."""
    return Finding(
        Verdict.CONTRADICTED,
        "profile_columns",
        "Warehouse differs from the state",
        f"{difference(migration.expected, columns)}. Refresh the state and plan again.",
    )


def columns_changed(table: str, conflicts: Sequence[str], identities: str) -> Finding:
    """Operations do not suit a table; `conflicts` are those of its `TableChange`, `identities` the other table's name."""
    return Finding(
        Verdict.CONTRADICTED,
        "profile_columns",
        "Columns of a table were changed",
        f'table "{table}" {" and ".join(conflicts)}. Change it by hand first: "{identities}" and the profiles table '
        "have the same profile columns.",
    )


def refusal(finding: Finding) -> WarehouseError:
    """The finding as what ends an operation."""
    return WarehouseError(finding.summary, finding.detail, finding.path)


def warehouse_changed(place: str, migration: Migration, columns: Mapping[str, str]) -> WarehouseChanged:
    """The columns are no longer those that the migration was computed from."""
    return WarehouseChanged(
        "Warehouse changed since this plan",
        f"{difference(migration.expected, columns)} in {place}. Nothing was changed: plan again.",
        "profile_columns",
    )


def require(place: str, workspace_id: str, record: Workspace | None) -> None:
    """Raise `WorkspaceNotFound` where the record is another workspace's."""
    if record and record.id != workspace_id:
        raise not_found(place, f'holds workspace "{record.name}" with the id {record.id}')


def require_workspace(place: str, workspace_id: str, found: Found, *, moved: bool) -> None:
    """Raise `WorkspaceNotFound` where there is no workspace, or another; one that `moved` is known by its record alone."""
    require(place, workspace_id, found.record)
    if not found.inspection().has_workspace or (moved and not found.record):
        raise not_found(place, "holds no workspace's record" if found.ours else "holds no workspace")


def not_found(place: str, instead: str) -> WorkspaceNotFound:
    """The workspace is not in its warehouse; `instead` says what that is or does, such as ``holds no workspace``."""
    return WorkspaceNotFound(
        "Workspace not found",
        f"{place} {instead}. Correct the warehouse's settings, or plan again.",
        "warehouse.settings.schema",
    )


def difference(expected: Mapping[str, str], columns: Mapping[str, str]) -> str:
    """How columns, name to SQL type, differ from those expected, as a clause."""
    differences = [f'column "{name}" is missing' for name in expected if name not in columns]
    differences += [
        f'there is a column "{name}" of type {type_}'
        for name, type_ in columns.items()
        if name not in expected
    ]
    differences += [
        f'column "{name}" is of type {columns[name]} and not {type_}'
        for name, type_ in expected.items()
        if columns.get(name, type_) != type_
    ]
    return "; ".join(differences)


def counted(number: int, kind: str) -> str:
    """Such as ``1 table`` and ``2 views``."""
    return f"{number} {kind}{'' if number == 1 else 's'}"


def enumerated(items: Sequence[str]) -> str:
    """Such as ``a, b and c``."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last

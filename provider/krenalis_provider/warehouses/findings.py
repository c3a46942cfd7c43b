"""The obstacles to making or changing a workspace that are the same on every platform.

A `place` says where a warehouse is, in a platform's words, such as ``schema "public" of database "cdp"``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from krenalis_provider.model.attribute_path import AttributePath, setting
from krenalis_provider.model.errors import Finding, Verdict, WarehouseChanged, WorkspaceNotFound
from krenalis_provider.model.wording import counted, enumerated
from krenalis_provider.warehouses import unfinished_change
from krenalis_provider.warehouses.change import Change
from krenalis_provider.warehouses.migration.compute import Migration
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.unfinished_change import RecordRow, State

ANOTHER_SCHEMA: Final = "name another one, or empty this one if nobody needs what it holds."
_NAMED: Final = 3
_PROFILE_COLUMNS = AttributePath.of("profile_columns")


def contradicted(name: str, summary: str, detail: str) -> Finding:
    """The warehouse answered, and the setting names a warehouse that cannot hold the workspace."""
    return Finding(Verdict.CONTRADICTED, setting(name), summary, detail)


def absent(name: str, summary: str, detail: str) -> Finding:
    """The object that the setting names is not there, or rights on it are missing."""
    return Finding(Verdict.ABSENT, setting(name), summary, detail)


def noted(path: AttributePath, summary: str, detail: str) -> Finding:
    """No obstacle, and yet a plan should say it."""
    return Finding(Verdict.NOTED, path, summary, detail)


def obstacles(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that stand against a change."""
    return tuple(finding for finding in found if finding.is_obstacle)


def content_findings(
    place: str,
    snapshot: Snapshot,
    replaces: str | None,
    *,
    kinds: Sequence[str] = (),
    leftovers: Collection[str] = (),
) -> Iterator[Finding]:
    """Find the obstacles in a schema that should be empty.

    The objects of the workspace with the id `replaces` are no obstacle; nor are the objects of a creation or a removal
    that broke off, and `leftovers`: objects that either may leave without the record. A schema with objects of `kinds`
    is not empty; they are in the order of the message, and by default every kind except procedures.
    """
    objects, row = dict(snapshot.objects), snapshot.row
    if row is None:
        usable = {*leftovers, *snapshot.reusable}
        objects = {name: kind for name, kind in objects.items() if name not in usable}
    elif row.workspace.id == replaces or row.state in (State.INITIALIZING, State.DROPPING):
        objects = {name: kind for name, kind in objects.items() if name not in snapshot.ours}
    else:
        name, id_ = row.workspace.name, row.workspace.id
        yield Finding(
            Verdict.CONTRADICTED,
            setting("schema"),
            "Warehouse already holds a workspace",
            f'{place} holds the Krenalis workspace "{name}" with the id {id_}.',
            workspace_id=id_,
            workspace_name=name,
        )
        return
    there = list(objects.values())
    counting = kinds or [kind for kind in dict.fromkeys([*there, *snapshot.others]) if kind != "procedure"]
    counts = {kind: snapshot.others.get(kind, 0) + there.count(kind) for kind in counting}
    names = [*(name for name, kind in objects.items() if kind in counting), *snapshot.named]
    if listed := [counted(number, kind) for kind, number in counts.items() if number]:
        yield contradicted(
            "schema",
            "Warehouse is not empty",
            f"{place} holds {enumerated(listed)}{first_names(names, sum(counts.values()))}. Krenalis needs an empty schema: "
            f"{ANOTHER_SCHEMA}",
        )
    if taken := [f'{kind} "{name}"' for name, kind in objects.items() if kind not in (*counting, "index")]:
        yield names_taken(place, taken)


def first_names(names: Sequence[str], number: int) -> str:
    """The first three of the names of so many objects, as the end of a clause."""
    shown = [f'"{name}"' for name in names[:_NAMED]]
    more = number - len(shown)
    return f": {enumerated([*shown, f'{more} more'] if more else shown)}"


def names_taken(place: str, taken: Sequence[str]) -> Finding:
    """Objects, such as ``type "event_type"``, stand where a workspace makes objects of its own."""
    return contradicted(
        "schema",
        "Names are taken",
        f"{place} holds {enumerated(taken)}, where Krenalis makes objects of its own by "
        f"{'that name' if len(taken) == 1 else 'those names'}. Drop or rename what is in the way, or name "
        "another schema.",
    )


def unclear_profiles(place: str, snapshot: Snapshot) -> Finding:
    """Several tables may hold the profiles, or none."""
    names, tables = snapshot.names, enumerated([f'"{name}"' for name in snapshot.strangers])
    return contradicted(
        "schema",
        "Profiles table is not known",
        f'{place} has {tables}, and nothing tells which one holds the profiles: view "{names.profiles_view}" is missing '
        f"or reads something else, and the table of the last version in {names.versions} is missing. Make the view "
        "again, over the table that holds the profiles, or drop or rename what is none. Nothing was changed.",
    )


def strangers_there(place: str, snapshot: Snapshot) -> Iterator[Finding]:
    """Say what bears the name of a profiles table beside the workspace's own."""
    if snapshot.strangers and not snapshot.unclear:
        yield noted(
            setting("schema"),
            "Other objects have names of profiles tables",
            f"{place} holds {_listed(snapshot.strangers)}, which {_are_not(snapshot.strangers)} of the workspace. "
            "They are left alone.",
        )


def strangers_stay(place: str, snapshot: Snapshot, kept: Collection[str]) -> Iterator[Finding]:
    """Say what a destruction leaves: what only bears the name of a profiles table, and the types that it uses."""
    if not snapshot.strangers:
        return
    types = enumerated([f'"{name}"' for name in kept])
    uses = f" The types {types} stay too, because columns there are of them." if kept else ""
    yield noted(
        setting("schema"),
        "Objects with names of profiles tables stay",
        f"{place} holds {_listed(snapshot.strangers)}, which {_are_not(snapshot.strangers)} of the workspace, and "
        f"which this leaves there. They may hold personal data: drop by hand what is not needed.{uses}",
    )


def _listed(objects: Mapping[str, str]) -> str:
    return enumerated([f'{kind} "{name}"' for name, kind in sorted(objects.items())])


def _are_not(objects: Mapping[str, str]) -> str:
    return "is not one" if len(objects) == 1 else "are not"


def another_warehouse(
    address: str, name: str, snapshot: Snapshot, workspace_id: str, *, moved: bool
) -> Finding | None:
    """Report a record of another workspace; if the workspace has `moved`, a missing record too.

    `address` is the place with its server, and `name` the setting that leads to the server.
    """
    record = snapshot.record
    if record and record.id != workspace_id:
        instead = f'workspace "{record.name}" with the id {record.id}'
    elif moved and record is None:
        instead = "no workspace's record"
    else:
        return None
    return contradicted(
        name,
        "Another warehouse",
        f"{address} holds {instead}, and not this workspace (id {workspace_id}). Correct the warehouse's settings.",
    )


def record_missing(place: str, snapshot: Snapshot) -> Finding:
    """There are tables of a workspace, and no record says which workspace's they are."""
    tables = ", ".join(name for name, kind in snapshot.ours.items() if kind == "table")
    return contradicted(
        "schema",
        "Workspace's record is missing",
        f"{place} has tables of a workspace ({tables}), but not the record in table {snapshot.names.record} that tells "
        "which one's they are, so they were not dropped. Apply the workspace once, which restores the record, then "
        "destroy it; or drop the tables by hand.",
    )


def record_unreadable(schema: str, table: str, reason: str) -> Finding:
    """This version did not write the record; `reason` is a clause."""
    return contradicted(
        "schema",
        "Workspace's record cannot be read",
        f'schema "{schema}" holds the record of a workspace, but {reason}. Use the version of this provider that '
        f"wrote it, or restore table {table} from a backup. Where Terraform's state has the workspace, its rows may "
        "also be deleted: then the next apply writes the record anew.",
    )


def record_empty(table: str) -> str:
    """Why a list of workspaces leaves out the schema of a record's table; `table` is the name in SQL."""
    return f"table {table} is empty. Apply the workspace, which writes its record anew, or drop the table."


def unfinished(place: str, snapshot: Snapshot) -> tuple[Finding, ...]:
    """Report an operation that is under way or broke off, its owner, and its further course."""
    row = snapshot.row
    if row is None or not row.is_unfinished:
        return ()
    return (
        Finding(
            Verdict.COULD_NOT_TELL,
            setting("schema"),
            "Another operation is not finished",
            f"{place}: {under_way(row)}. Applying waits for its end; after {unfinished_change.SILENCE_SECONDS:.0f} seconds without a "
            "sign of life it takes over: it finishes a change, and removes what is left of a creation or a removal.",
        ),
    )


def under_way(row: RecordRow) -> str:
    """The operation that is under way, its owner, and the time of its last sign of life, as a clause."""
    last = "was broken off"
    if row.silence is not None:
        last = f"gave its last sign of life {row.silence:.0f} seconds ago"
    doing = _DOING[row.state]
    return f'the {doing} of workspace "{row.workspace.name}" (id {row.workspace.id}) by operation {row.owner} {last}'


_DOING = {
    State.READY: "last change",
    State.INITIALIZING: "creation",
    State.MIGRATING: "change",
    State.DROPPING: "removal",
}


def columns_differ(migration: Migration, columns: Mapping[str, str]) -> Finding:
    """The columns are not the columns from which the migration was computed."""
    return Finding(
        Verdict.CONTRADICTED,
        _PROFILE_COLUMNS,
        "Warehouse differs from the state",
        f"{_difference(migration.expected, columns)}. Refresh the state and plan again.",
    )


def conflict_findings(change: Change, table: str) -> Iterator[Finding]:
    """Report why the operations do not suit a table."""
    if reasons := change.tables[table].conflicts:
        yield Finding(
            Verdict.CONTRADICTED,
            _PROFILE_COLUMNS,
            "Columns of a table were changed",
            f'table "{table}" {" and ".join(reasons)}. Change it by hand first: "{change.snapshot.names.identities}" '
            "and the profiles table have the same profile columns.",
        )


def warehouse_changed(place: str, migration: Migration, columns: Mapping[str, str]) -> WarehouseChanged:
    """The columns are no longer the columns from which the migration was computed."""
    return WarehouseChanged(
        "Warehouse changed since this plan",
        f"{_difference(migration.expected, columns)} in {place}. Nothing was changed: plan again.",
        _PROFILE_COLUMNS,
    )


def require(place: str, workspace_id: str, snapshot: Snapshot) -> None:
    """Raise `WorkspaceNotFound` if the record is another workspace's."""
    if (record := snapshot.record) and record.id != workspace_id:
        raise _not_found(place, f'holds workspace "{record.name}" with the id {record.id}')


def require_workspace(place: str, workspace_id: str, snapshot: Snapshot, *, moved: bool) -> None:
    """Raise `WorkspaceNotFound` if there is no workspace or another; if it `moved`, only a record counts."""
    require(place, workspace_id, snapshot)
    if not snapshot.holds_workspace or (moved and not snapshot.record):
        raise _not_found(place, "holds no workspace's record" if snapshot.ours else "holds no workspace")


def _not_found(place: str, instead: str) -> WorkspaceNotFound:
    return WorkspaceNotFound(
        "Workspace not found",
        f"{place} {instead}. Correct the warehouse's settings, or plan again.",
        setting("schema"),
    )


def _difference(expected: Mapping[str, str], columns: Mapping[str, str]) -> str:
    """How columns, name to SQL type, differ from the expected columns, as a clause."""
    found = [f'column "{name}" is missing' for name in expected if name not in columns]
    found += [
        f'there is a column "{name}" of type {columns[name]}' for name in columns if name not in expected
    ]
    found += [
        f'column "{name}" is of type {columns[name]} and not {type_}'
        for name, type_ in expected.items()
        if columns.get(name, type_) != type_
    ]
    return "; ".join(found)

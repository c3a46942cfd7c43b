"""What a warehouse platform offers to the domain, and the registry of platforms.

A `Platform` answers what needs no connection; a `Provisioner` works on one warehouse (one schema of one
database). Importing a platform does not import its driver.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from krenalis_provider.warehouses.columns import ProfileColumn
from krenalis_provider.warehouses.migration import Dialect, Migration, Operation
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.errors import Finding, Problem
from krenalis_provider.workspaces.model import Workspace
from krenalis_provider.workspaces.platforms import PLATFORMS
from krenalis_provider.workspaces.profile_schema import Leaf


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a warehouse holds of ours."""

    record: Workspace | None
    objects: Mapping[str, str]
    """Name to kind, as `Platform.objects` has them, of what is there under the names of the catalogue.

    The first profiles table stands for the current one, whatever its number; something else that has one of our
    names appears with its own kind.
    """
    columns: Mapping[str, str]
    """Name to SQL type of the profile columns of the current profiles table."""
    has_workspace: bool
    """Whether the record or any of our tables is there; without them, the rest proves nothing."""


@dataclass(frozen=True, slots=True)
class RowCount:
    """A number of rows; one that is not exact is the warehouse's own estimate."""

    number: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Counts:
    """The rows of a workspace's tables; None where a table is missing, or its rows could not be counted in time."""

    profiles: RowCount | None
    identities: RowCount | None
    events: RowCount | None


@dataclass(frozen=True, slots=True)
class ColumnCounts:
    """The profiles of a workspace, as in `Counts`, and by column the number of those with a value in it."""

    profiles: RowCount | None
    values: Mapping[str, int]
    """Only exact numbers; columns that are missing are not in it."""


class Provisioner(Protocol):
    """One warehouse. Every method raises `WarehouseError` when the warehouse cannot be reached or refuses."""

    def check(self, deadline: Deadline, *, replaces: str | None) -> tuple[Finding, ...]:
        """Whether a workspace could be created now, found out by reading only; never raises for an answer.

        `replaces` is the id of the workspace that the same apply removes from this warehouse first: its objects are
        no obstacle.
        """
        ...

    def check_update(
        self,
        workspace_id: str,
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool = False,
        resolution: bool = False,
    ) -> tuple[Finding, ...]:
        """Whether `update` could be made now, found out by reading only; never raises for an answer.

        `resolution` says that the settings change of which the procedure is made.
        """
        ...

    def check_drop(self, workspace_id: str, deadline: Deadline) -> tuple[Finding, ...]:
        """Whether `drop` could be made now, found out by reading only; never raises for an answer."""
        ...

    def count(self, workspace_id: str, deadline: Deadline) -> Counts:
        """Count the workspace's rows, as far as the deadline allows. Raises `WorkspaceNotFound` for another workspace."""
        ...

    def count_values(self, workspace_id: str, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        """Count the profiles, and those with a value in the profile columns; as `count`."""
        ...

    def initialize(self, workspace: Workspace, columns: Sequence[ProfileColumn], deadline: Deadline) -> None:
        """Make every object and the record, whole or not at all. Raises `CheckFailed` if the warehouse cannot take it."""
        ...

    def inspect(self, deadline: Deadline) -> Inspection:
        """What is there now."""
        ...

    def update(
        self,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool = False,
    ) -> None:
        """Migrate the columns, make what is missing of the objects and write the record, whole or not at all.

        `columns` are those of the schema wanted. Without a `migration`, those of tables that are there stay as they
        are; with one, `WarehouseChanged` is raised when they are no longer those that it was computed from, and
        `CheckFailed` when something stands against it. Data is lost only with columns that the migration drops.

        `moved` says that the warehouse is reached at another place than before: then the workspace's record must
        be there, or the tables may be anybody's. Raises `WorkspaceNotFound` when the warehouse holds another workspace.
        """
        ...

    def drop(self, workspace_id: str, deadline: Deadline) -> None:
        """Drop exactly our objects, whole or not at all. Nothing to drop is success.

        Raises `WorkspaceNotFound` when the warehouse holds another workspace, `WarehouseError` also when it holds
        tables of one without the record that says whose they are.
        """
        ...


@dataclass(frozen=True, slots=True)
class Listing:
    """What a database holds of workspaces."""

    workspaces: Mapping[str, Workspace]
    """By the schema of the warehouse, in order."""
    unreadable: Mapping[str, str]
    """By schema, in order: why what may be the record of a workspace could not be read, and the remedy, in a sentence
    or more that name the schema."""


class Platform(Dialect, Protocol):
    """One kind of warehouse; a module satisfies it."""

    def clause(self, operation: Operation) -> str:
        """A column operation as the platform's SQL has it and plans show it: ``ADD COLUMN "tier" integer``."""
        ...

    def objects(self) -> Mapping[str, str]:
        """Name to kind ("table", "view", "index", "type", "procedure") of every object that a complete warehouse has.

        Names are as the warehouse spells them.
        """
        ...

    def column_problems(self, leaves: Sequence[Leaf]) -> list[Problem]:
        """Limits of the platform that the columns of a document's properties exceed."""
        ...

    def column_warnings(self, columns: Sequence[ProfileColumn]) -> list[Problem]:
        """Limits of the platform that rows of these columns may exceed, though the tables can be made."""
        ...

    def provisioner(self, settings: Any, credentials: Mapping[str, str]) -> Provisioner:
        """The provisioner of one warehouse; connects at first use. `credentials` complete what `settings` leave out."""
        ...

    def list_workspaces(self, database: Any, credentials: Mapping[str, str], deadline: Deadline) -> Listing:
        """Every workspace of a database, in however many schemas. Raises `WarehouseError` if it cannot be reached."""
        ...


def platform(name: str) -> Platform:
    """The platform of that name, one of `PLATFORMS`."""
    if name not in PLATFORMS:
        raise ValueError(f"no such platform: {name}")
    module: Platform = import_module(f"krenalis_provider.warehouses.{name.lower()}.platform")
    return module

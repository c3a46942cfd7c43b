"""What the provider asks for workspaces: the same with a Krenalis server as in a warehouse."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import Finding, Problem
from krenalis_provider.model.observed import ColumnCounts, Counts, Listing, ObservedWorkspace
from krenalis_provider.model.profile_schema import Parsed, ProfileSchema
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.model.unknown import UNKNOWN, Unknown
from krenalis_provider.warehouses.migration.compute import Migration
from lightstart.records import Record, field


class Reference(NamedTuple):
    """The means to find a workspace: its id on a server, and its warehouse without a server."""

    id: str | None
    warehouse: WarehouseAddress
    restricted_key: str | None = None
    """The mark of the key that was restricted to the workspace when it was last seen; None for any other."""


class Prior(NamedTuple):
    """A workspace as it was last seen, and the means to find it."""

    reference: Reference
    observed: ObservedWorkspace
    profile_schema: ProfileSchema | None
    """The profile schema last applied; None where it cannot be read."""


class Loss(NamedTuple):
    """A column that loses its data."""

    path: PropertyPath
    """The path of its property in the schema last applied."""
    column: str
    becomes: str | None
    """The SQL type of the empty column that replaces it; None without a replacement."""


class Means(Record, kw_only=True):
    """What a configured provider gives to the workspaces of a server, as in ``ServerWorkspaces(server, means)``."""

    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """By platform: what completes the settings of a warehouse for connections of our own."""
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By platform: what is not known yet of these parameters. Unless that is nothing, nothing connects."""
    learn: Callable[[str], None] = field(default=lambda _: None, repr=False, compare=False)
    """Keeps a secret that a server has told, such as a password, out of log and messages; call it before all else."""


class PlannedChange(Record, kw_only=True):
    """The effects of a creation or a change that follow from the definition and the workspace last seen."""

    profile_columns: Mapping[str, str] | Unknown = UNKNOWN
    """Name to SQL type of the profile columns afterwards."""
    objects: Mapping[str, str] | Unknown = UNKNOWN
    """Name to kind of the objects of a complete workspace."""
    record: str = ""
    """The name of the object that tells whose the other objects are; empty where there is none."""
    operations: tuple[str, ...] | Unknown = ()
    """The operations on the columns, as they are executed."""
    changes_columns: bool = False
    """Whether there is an operation, or the order or the meaning of the columns changes."""
    renamed: Mapping[PropertyPath, PropertyPath] | None = None
    """The properties that keep their data, old path to new path; None where they are not known."""
    losses: tuple[Loss, ...] = ()
    """The losses that the definition permits."""
    rewritten: tuple[str, ...] = ()
    """The columns whose new type makes the warehouse rewrite whole tables."""
    strange: tuple[str, ...] = ()
    """Columns that differ from the profile schema and are left so, each described by a clause."""
    gone: tuple[str, ...] = ()
    """Columns that somebody else has dropped, and that the operations add, without their data."""
    problems: tuple[Problem, ...] = ()
    """The reasons for which the change is refused, such as losses that are not permitted."""
    migration: Migration | None = field(default=None, repr=False)
    """The operations in the form that a warehouse carries out, if one does; nothing else reads them."""


class Workspaces(Protocol):
    """The workspaces that a configured provider can reach. The calls raise the exceptions of `model.errors`.

    A call with a deadline asks the system; `problems` and `plan_change` depend on their arguments alone. The rules that need
    no connection are checked before the calls: those of all systems (`offline_checks.check`), then this one's `problems`.
    """

    def problems(self, definition: Definition, *, creates: bool) -> tuple[Problem, ...]:
        """The broken rules of this system alone, on what is known; `creates` tells a creation from a change."""

    def test(
        self, definition: Definition, deadline: Deadline, *, replaces: str | None, rehearse: bool = False
    ) -> tuple[Finding, ...]:
        """Tests a creation against the system; `replaces` is the id of a workspace that is deleted first.

        To `rehearse` is to carry out what no obstacle was found to, and to undo it.
        """

    def create(self, definition: Definition, deadline: Deadline) -> str:
        """Creates a workspace, and returns its id; a failed creation leaves nothing behind."""

    def get(self, reference: Reference, deadline: Deadline) -> ObservedWorkspace | None:
        """Gets a workspace; None when no part of it exists."""

    def needs_database(self, platform: str, /) -> bool:
        """Whether a workspace on that platform needs a database for itself, and not only a schema."""

    def same_schema(self, written: Parsed, found: Any) -> bool:
        """Whether a document that `get` has found is what this system makes of one that was written."""

    def list(self, database: WarehouseAddress | None, deadline: Deadline) -> Listing:
        """Lists all workspaces of a server, or without one, all of a database, whose settings name no schema."""

    def plan_change(self, prior: Prior | None, wanted: Definition) -> PlannedChange:
        """The effects of a change to the definition, or of its creation without a prior one; never raises."""

    def test_change(
        self,
        prior: Prior,
        wanted: Definition,
        change: PlannedChange,
        deadline: Deadline,
        *,
        rehearse: bool = False,
    ) -> tuple[Finding, ...]:
        """The obstacles to `update` now. To `rehearse` is as for `test`."""

    def update(self, prior: Prior, wanted: Definition, change: PlannedChange, deadline: Deadline) -> None:
        """Updates a workspace by its planned change, and makes its missing objects again.

        A change with problems, such as losses that are not permitted, raises `InvalidWorkspace`.
        """

    def test_delete(
        self, reference: Reference, deadline: Deadline, *, keeps_warehouse: bool, rehearse: bool = False
    ) -> tuple[Finding, ...]:
        """The obstacles to `delete` now. To `rehearse` is as for `test`."""

    def delete(self, reference: Reference, deadline: Deadline, *, keeps_warehouse: bool) -> None:
        """Deletes a workspace; one that `keeps_warehouse` leaves all that its warehouse holds.

        Without a server the workspace is in its warehouse, and nothing happens then.
        """

    def count(self, reference: Reference, deadline: Deadline) -> Counts:
        """The numbers of rows of the workspace, as far as they are counted by the deadline."""

    def count_values(self, reference: Reference, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        """The number of profiles, and of profiles with a value in each of the columns."""

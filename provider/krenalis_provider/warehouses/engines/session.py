"""The sessions with one warehouse that the engines ask of a platform; nothing here depends on the platform."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import Enum, auto
from typing import Protocol, TypeVar

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Finding
from krenalis_provider.model.observed import ColumnCounts, Counts
from krenalis_provider.warehouses.change import Change, Tables
from krenalis_provider.warehouses.resolution import Resolution
from krenalis_provider.warehouses.snapshot import Snapshot


class Need(Enum):
    """The needs of an operation, besides the workspace's own objects."""

    SERVER = auto()
    """A server of a supported version that accepts changes."""
    USAGE = auto()
    """The schema, and the right to use it."""
    CREATE = auto()
    """The schema, and the right to make objects in it."""
    PROCEDURE = auto()
    """The language of the stored procedure."""
    READING = auto()
    """The right to read the record, if there is one."""
    RECORD = auto()
    """The right to read and write the record, if there is one."""


class Session(Protocol):
    """A session with one warehouse. Every method raises `WarehouseError` when the warehouse gives no answer."""

    @property
    def place(self) -> str:
        """The warehouse's place, such as ``schema "public" of database "cdp"``."""

    @property
    def address(self) -> str:
        """The place with its server."""

    @property
    def system(self) -> str:
        """The platform's name."""

    @property
    def server_setting(self) -> str:
        """The name of the setting that leads to the server."""

    def look(self, *, survey: bool = False) -> Snapshot:
        """Looks at the warehouse; with `survey`, also at everything that the other methods need."""

    def need_findings(self, needs: Collection[Need]) -> Iterator[Finding]:
        """The needs that the warehouse does not meet, in their order."""

    def content_findings(self, snapshot: Snapshot, replaces: str | None) -> Iterator[Finding]:
        """The objects that make the schema not empty; see `findings.content_findings`."""

    def repair_findings(self, change: Change) -> Iterator[Finding]:
        """The obstacles to making objects again, besides missing rights on the schema."""

    def migration_findings(self, change: Change) -> Iterator[Finding]:
        """The obstacles to the operations on the tables, and to making the view over the profiles anew."""

    def drop_findings(self, snapshot: Snapshot, kept: Collection[str]) -> Iterator[Finding]:
        """The obstacles to dropping our objects, but for those that are `kept`."""

    def kept(self, snapshot: Snapshot) -> Collection[str]:
        """The names of our objects that a removal leaves, because strangers use them."""

    def table_columns(self, snapshot: Snapshot) -> Tables:
        """The profile columns of each table that has any."""

    def count(self, snapshot: Snapshot) -> Counts:
        """The numbers of rows of the tables that hold data of customers."""

    def count_values(self, snapshot: Snapshot, columns: Sequence[str]) -> ColumnCounts:
        """The number of profiles, and of profiles with a value in each existing column."""

    def servers_snapshot(self) -> Snapshot:
        """Looks as with `survey`, at a warehouse that a Krenalis server fills; see `Snapshot.filled_by_server`."""

    def servers_content_findings(self, snapshot: Snapshot) -> Iterator[Finding]:
        """What else makes a server's creation of a workspace fail; `snapshot` is of `servers_snapshot`.

        That is other objects of the schema, names that are taken, and what refuses statements of data definition.
        """

    def ownership_findings(self, snapshot: Snapshot) -> Iterator[Finding]:
        """The objects of ours that the session's role may not change."""

    def view_findings(self, snapshot: Snapshot) -> Iterator[Finding]:
        """What depends on the view over the profiles: a server drops the view to make it anew."""

    def last_resolution(self, snapshot: Snapshot) -> Resolution | None:
        """The last identity resolution that made a profiles table; None without any."""

    def drop_texts(self, objects: Mapping[str, str]) -> list[str]:
        """The statements that drop objects, given as name to kind, as texts with all names qualified and quoted."""


S = TypeVar("S", bound=Session)
S_co = TypeVar("S_co", bound=Session, covariant=True)


class Backend(Protocol[S_co]):
    """Opens sessions with one warehouse; a session ends with its context."""

    def reading(self, deadline: Deadline, *, shares: bool = False) -> AbstractContextManager[S_co]:
        """A session that only reads; one that `shares` may leave its connection open for the next session."""

    def changing(self, deadline: Deadline) -> AbstractContextManager[S_co]:
        """A session that changes the warehouse."""

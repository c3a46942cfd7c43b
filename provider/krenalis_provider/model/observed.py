"""Observations of workspaces: one workspace, the numbers of its rows, and all workspaces of a database."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from krenalis_provider.model.unknown import Unknown
from krenalis_provider.model.workspace import Workspace
from lightstart.records import Record, field


class ObservedWorkspace(Record):
    """A workspace as it was last seen: by a refresh, or in the state that an earlier refresh wrote."""

    workspace: Workspace | None
    """None if the record is missing, although other objects of the workspace may be there."""
    objects: Mapping[str, str]
    """Name to kind of the objects whose names a complete workspace has.

    A foreign object with one of these names appears with its own kind.
    """
    columns: Mapping[str, str]
    """Name to SQL type of the profile columns."""
    is_there: bool = True
    """Whether there is a workspace at all: some objects alone do not prove it."""
    platform: str | None = None
    """The warehouse's platform as a server has it; None where the warehouse itself was asked."""
    settings: Mapping[str, Any] | None = field(default=None, repr=False)
    """The warehouse's settings as a server has them, with the password; None where the warehouse itself was asked."""
    restricted_key: str | None = None
    """A mark that tells the key by which it was seen, if that is restricted to the workspace, and gives nothing of it away."""


class RowCount(NamedTuple):
    """A number of rows; a number that is not exact is the warehouse's own estimate."""

    number: int
    exact: bool = True


Rows = RowCount | Unknown | None
"""The rows of a table: None if there is no table, UNKNOWN if they could be neither counted nor estimated."""


class Counts(NamedTuple):
    """The rows of a workspace."""

    profiles: Rows
    identities: Rows
    events: Rows
    reasons: tuple[str, ...] = ()
    """Why tables could not be counted, in full sentences. A count of a part of the rows is none."""


class Filled(NamedTuple):
    """The rows of a table, and by column the number of rows with a value."""

    rows: Rows
    values: Mapping[str, int] = MappingProxyType({})
    """Exact numbers only, 0 for a column that does not exist; what could not be counted is left out."""


class ColumnCounts(NamedTuple):
    """The values in the tables with profile columns. A workspace may have identities that are no profiles yet."""

    profiles: Filled
    identities: Filled
    reasons: tuple[str, ...] = ()
    """As in `Counts`."""


class Listing(NamedTuple):
    """The workspaces of a database, or of a server."""

    workspaces: Mapping[str, Workspace]
    """By the schema of the warehouse, or of a server by id; in order."""
    unreadable: Mapping[str, str]
    """By schema, in order: why a record could not be read, and the remedy, in full sentences."""

"""What one configured provider has seen of a walk of Terraform, which tells a provider nothing of a resource's neighbours.

Each walk has a configured provider of its own, and plans each resource once (a replacement in two halves). Source:
docs/facts/terraform.md, "Processes and calls of a command".
"""

import threading
from enum import Enum

from krenalis_provider.model.place import Place
from lightstart.records import Record, replace


class Fate(Enum):
    """What a plan does with a resource."""

    MADE = "made"
    KEPT = "kept"
    CHANGED = "changed"
    REPLACED = "replaced"
    DESTROYED = "destroyed"


class Seen(Record):
    """A resource as it was planned. It has no address, so it is named by its workspace."""

    name: str
    """Such as ``workspace "Customers"``, or what can be said of one whose name is unknown."""
    fate: Fate
    id: str | None = None
    """The id of the workspace in the state."""
    at: frozenset[Place] = frozenset()
    """Where that workspace is; two places if it changes its host, which leads to the same warehouse."""
    to: Place | None = None
    """Where a workspace is to be made; None also while that is unknown."""

    in_server: bool = False
    """Whether the id alone tells the workspace from every other of this configured provider."""
    needs_database: bool = False
    """Whether no other workspace can be made in its database."""

    def is_twin_of(self, other: "Seen") -> bool:
        """Whether both states hold the same workspace."""
        same_place = self.in_server or not self.at.isdisjoint(other.at)
        return self.id is not None and self.id == other.id and same_place

    def is_made_beside(self, other: "Seen") -> bool:
        """Whether both are to be made where there is room for one only."""
        if self.to is None or other.to is None:
            return False
        return self.to == other.to or (self.needs_database and self.to.shares_database_with(other.to))


class Walk:
    """The resources that were seen so far. Safe for calls in several threads."""

    def __init__(self) -> None:
        """Nothing was seen."""
        self._lock = threading.Lock()
        self._planned: list[Seen] = []
        self._read: set[tuple[Place, str]] = set()
        self._gone: dict[Place, str] = {}

    def read(self, place: Place, workspace_id: str) -> None:
        """Notes that a state holds this workspace."""
        with self._lock:
            self._read.add((place, workspace_id))

    def gone(self, place: Place, workspace_id: str) -> None:
        """Notes that a state holds this workspace, and that it is there no more."""
        with self._lock:
            self._gone[place] = workspace_id

    def gone_from(self, place: Place) -> str | None:
        """The id of the workspace that a state has there, and that is there no more."""
        with self._lock:
            return self._gone.get(place)

    def holds(self, place: Place, workspace_id: str) -> bool:
        """Whether a state that was read holds this workspace; the states of other resources may follow."""
        with self._lock:
            return (place, workspace_id) in self._read

    def plan(self, seen: Seen) -> tuple[Seen, ...]:
        """Notes a plan, and returns those that were noted before."""
        with self._lock:
            others = tuple(self._planned)
            self._planned.append(seen)
            return others

    def replace(self, workspace_id: str, at: str, to: Place | None) -> tuple[Seen, tuple[Seen, ...]] | None:
        """Notes the second half of the replacement of the workspace that is `at` a place.

        Returns the whole replacement and the other plans; None if the first half has shown it already.
        """
        with self._lock:
            for index, seen in enumerate(self._planned):
                if seen.id == workspace_id and any(place.is_spelled(at) for place in seen.at):
                    whole = replace(seen, fate=Fate.REPLACED, to=to)
                    if whole == seen:
                        return None
                    self._planned[index] = whole
                    return whole, (*self._planned[:index], *self._planned[index + 1 :])
        return None

    def makers(self, place: Place) -> list[str]:
        """The names of all workspaces that are to be made at the place."""
        with self._lock:
            return [seen.name for seen in self._planned if seen.to == place]

"""Rehearsals: changes that are carried out and undone, so that the warehouse itself says what stands against them."""

from collections.abc import Sequence
from typing import Final, Protocol

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Finding, Verdict
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses.findings import noted
from krenalis_provider.warehouses.migration.compute import Migration

_PATH: Final = AttributePath.of("rehearse")
_SUMMARY: Final = "Not rehearsed"


def not_rehearsed(reason: str) -> Finding:
    """What is planned was checked, and is never rehearsed, which is no obstacle; `reason` is a sentence or more."""
    return noted(_PATH, _SUMMARY, reason)


def could_not_rehearse(reason: str) -> Finding:
    """What is planned was checked, and could not be rehearsed this time; `reason` is a sentence or more."""
    return Finding(Verdict.UNTRIED, _PATH, _SUMMARY, reason)


CANNOT_REHEARSE: Final = not_rehearsed(
    "this platform makes each definition for good at once, so that none can be tried and undone. What is planned was checked."
)


class Rehearsals(Protocol):
    """What a warehouse that can undo a change offers.

    Each method returns the obstacles. That a change could not be rehearsed is none.
    """

    def rehearse_creation(
        self,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        deadline: Deadline,
        *,
        replaces: str | None,
    ) -> tuple[Finding, ...]:
        """Tries `initialize` out, after the removal of the workspace with the id `replaces` if there is one."""

    def rehearse_update(
        self,
        workspace: Workspace,
        columns: Sequence[ProfileColumn],
        deadline: Deadline,
        *,
        migration: Migration | None = None,
        moved: bool = False,
    ) -> tuple[Finding, ...]:
        """Tries `update` out."""

    def rehearse_drop(self, workspace_id: str, deadline: Deadline) -> tuple[Finding, ...]:
        """Tries `drop` out."""

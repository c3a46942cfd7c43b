"""What a server does to a warehouse in the background, and how long it is waited for.

Source: docs/facts/krenalis.md, "Workspaces at a server".
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import NOWHERE, Finding, WorkspaceError
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.wording import enumerated
from krenalis_provider.warehouses.findings import noted
from krenalis_provider.workspaces.server.access import Access
from krenalis_provider.workspaces.server.errors import translated
from krenalis_provider.workspaces.server.waiting import Pauses, answered

if TYPE_CHECKING:  # importing pydantic waits for the first request
    from krenalis_provider.api import documents

_RESOLUTION: Final = "identity resolution"
_ENDLESS: Final = (
    "If it never ends, look into the server's log: an identifier may name a property that there is no more."
)


class Latest(NamedTuple):
    """The operations of a workspace that began last."""

    alteration: "documents.Run"
    resolution: "documents.Run"

    @property
    def running(self) -> Mapping[str, str]:
        """Those that have not ended, with the moments when they began."""
        found = {}
        if self.alteration.runs:
            found["an alteration of the profile schema"] = str(self.alteration.start)
        if self.resolution.runs:
            found[_RESOLUTION] = str(self.resolution.start)
        return found

    def findings(self) -> Iterator[Finding]:
        """What a plan says of them."""
        for what, since in self.running.items():
            detail = f"{what} has been running since {since}. Applying waits for its end, within its timeout. {_ENDLESS}"
            yield noted(NOWHERE, "Another operation is not finished", detail)


def latest(access: Access, workspace_id: str, deadline: Deadline) -> Latest:
    """Ask the server for them. Raises `ApiError`."""
    return Latest(
        access.api.latest_alteration(workspace_id, deadline),
        access.api.latest_identity_resolution(workspace_id, deadline),
    )


def _at_work(access: Access, workspace_id: str, deadline: Deadline) -> Mapping[str, str]:
    """The operations that may touch the warehouse: a resolution by a property that is gone fails before, for ever."""
    found = latest(access, workspace_id, deadline).running
    if _RESOLUTION in found:
        workspace = access.api.get(workspace_id, deadline)
        paths = parse(workspace.profile_schema).paths
        if paths is not None and not set(workspace.identifiers) <= set(paths):
            return {what: since for what, since in found.items() if what != _RESOLUTION}
    return found


def require_ended(access: Access, workspace_id: str, deadline: Deadline) -> None:
    """Wait until nothing works on a warehouse that is to be dropped: it would make tables anew after the drop.

    Raises `WorkspaceError` if that does not end by the deadline.
    """
    pauses = Pauses(deadline)
    while True:
        with translated():
            found = answered(lambda: _at_work(access, workspace_id, deadline), pauses)
        if not found:
            return
        if not pauses.pause():
            listed = enumerated([f"{what} (since {since})" for what, since in found.items()])
            raise WorkspaceError(
                "Another operation is not finished",
                f"the Krenalis server is still at work in the warehouse: {listed}. Nothing was dropped or deleted: destroy "
                f'again when that has ended. {_ENDLESS} With on_destroy = "abandon", applied first, destroying does not '
                "wait: the warehouse is left as it is.",
                NOWHERE,
            )

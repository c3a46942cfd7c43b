"""Alters a profile schema at a server, which begins at once and ends later, and waits for the end.

Source: docs/facts/krenalis.md, "Workspaces at a server".
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from krenalis_provider.api.errors import ApiError, Refused
from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import WorkspaceError
from krenalis_provider.workspaces.server.errors import explained
from krenalis_provider.workspaces.server.waiting import Pauses, answered, carried_out

if TYPE_CHECKING:  # importing httpx and pydantic waits for the first request
    from krenalis_provider.api.api import Api
    from krenalis_provider.api.documents import Run

_SCHEMA: Final = AttributePath.of("profile_schema")


class Request(NamedTuple):
    """An alteration, whole."""

    schema: Mapping[str, Any]
    primary_sources: Mapping[str, str]
    re_paths: Mapping[str, str | None]


class AlterationFailed(WorkspaceError):
    """The server refused an alteration, or ended it with an error: profile schema and primary sources are as before."""


class StillAltering(WorkspaceError):
    """An alteration does not end in time; the server goes on with it."""


def alter(
    api: "Api", workspace_id: str, request: Request, is_stored: Callable[[Deadline], bool], deadline: Deadline
) -> None:
    """Alter the schema, and wait for the end. `is_stored` tells whether the server has what is requested.

    Raises `ApiError`, `AlterationFailed`, and `WorkspaceError` if it does not end.
    """
    before = api.latest_alteration(workspace_id, deadline).start
    may_have_begun = False

    def begin(deadline: Deadline) -> None:
        nonlocal may_have_begun
        # a second one finds no property to rename, and what it makes anew loses what has come in since the first
        if may_have_begun and has_begun(deadline):
            return
        try:
            api.alter(workspace_id, request.schema, request.primary_sources, request.re_paths, deadline)
        except ApiError as error:
            may_have_begun = may_have_begun or error.may_have_acted
            raise

    def has_begun(deadline: Deadline) -> bool:
        return api.latest_alteration(workspace_id, deadline).start != before or is_stored(deadline)

    try:
        carried_out(begin, has_begun, deadline)
    except Refused as error:
        if error.may_have_acted:
            raise
        found = explained(error)
        raise AlterationFailed(found.summary, found.detail, found.path) from error
    ended = _ended_since(before, api, workspace_id, is_stored, deadline)
    if ended.error and ended.start != before:
        raise AlterationFailed(
            "Profile schema could not be altered",
            f"the Krenalis server began, and ended with an error: {ended.error}. The profile schema is as before.",
            _SCHEMA,
        )
    if may_have_begun and not is_stored(deadline):
        raise WorkspaceError(
            "Profile schema was altered by somebody else",
            "the answer of the Krenalis server was lost, and the alteration that has ended since was another one: plan again.",
            _SCHEMA,
        )


def _ended_since(
    before: str | None,
    api: "Api",
    workspace_id: str,
    is_stored: Callable[[Deadline], bool],
    deadline: Deadline,
) -> "Run":
    """The end of an alteration that was begun after the one of `before`; the node that is asked may not know of it yet."""
    pauses = Pauses(deadline)
    while True:
        ended = wait_for_end(api, workspace_id, deadline)
        if ended.start != before or is_stored(deadline):
            return ended
        if not pauses.pause():
            raise _endless(None)


def wait_for_end(api: "Api", workspace_id: str, deadline: Deadline) -> "Run":
    """The latest alteration, once it runs no more.

    Raises `WorkspaceError` if it does not end by the deadline, and `ApiError` if the server does not answer until then: one that
    starts again goes on with it.
    """
    pauses = Pauses(deadline)
    while True:
        latest = answered(lambda: api.latest_alteration(workspace_id, deadline), pauses)
        if not latest.runs:
            return latest
        if not pauses.pause():
            raise _endless(latest.start)


def _endless(start: str | None) -> "StillAltering":
    since = f" since {start}" if start else ""
    return StillAltering(
        "Profile schema is still being altered",
        f"the Krenalis server has been at an alteration{since}, and it has not ended in time. The server goes on with it: "
        "apply again later, with a longer timeout if the tables are large. If it was stopped meanwhile, it waits for an end that "
        "never comes, and its operator has to give the row of the alteration in krenalis_system_operations, in the warehouse, a "
        "time in completed_at and an error.",
        _SCHEMA,
    )

"""Creates a workspace on a server, and finds out what became of a creation whose answer did not come.

The server's creation is neither a transaction nor repeatable. Source: docs/facts/krenalis.md, "Workspaces at a server".
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from krenalis_provider.api.errors import ApiError, NoAnswer, NotFound, ServerFailed
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import NOWHERE, CheckFailed, ServerError, Verdict, WorkspaceError
from krenalis_provider.model.workspace import UIPreferences
from krenalis_provider.workspaces.server import deletion, document, leftovers, merging
from krenalis_provider.workspaces.server.access import Access, address_of, place
from krenalis_provider.workspaces.server.errors import explained, finding, never_connected, translated
from krenalis_provider.workspaces.server.waiting import LOOKING_SECONDS, Pauses, carried_out
from lightstart.records import replace

if TYPE_CHECKING:  # importing pydantic waits for the first request
    from krenalis_provider.api import documents

_FILLING_SECONDS: Final = 60
"""How long a server is given to end a creation that it was seen to work at after its answer was lost."""
_OF_GATEWAYS: Final = (502, 503, 504)
"""Statuses with which something in front of a server gives up on its answer."""


def create(access: Access, definition: Definition, deadline: Deadline) -> str:
    """See `Workspaces.create`."""
    with translated():
        before = {each.id for each in access.api.list(deadline)}
    _require_fit(access, definition, deadline)
    try:
        workspace_id = _made_at_server(access, definition, before, deadline)
        _require_visible(access, workspace_id, definition, deadline)
        _set_identity_settings(access, workspace_id, definition, deadline)
    finally:
        access.changed()
    return workspace_id


def _made_at_server(
    access: Access, definition: Definition, before: Collection[str], deadline: Deadline
) -> str:
    """The id of the workspace that the server makes, also where its answer does not come. Raises `WorkspaceError`."""
    try:
        return access.api.create(body(definition), deadline)
    except ApiError as error:
        if not error.may_have_acted:
            raise _refused(access, definition, error, deadline) from error
        return _found_made(access, definition, before, error, deadline)


def _require_fit(access: Access, definition: Definition, deadline: Deadline) -> None:
    """Raise `CheckFailed` for a warehouse in which the server would begin, and not come to an end.

    Where it cannot be looked at from here, only the server can tell.
    """
    warehouse = access.warehouse(definition.warehouse)
    found = () if warehouse is None else warehouse.check_for_server(deadline)
    certain = [each for each in found if each.is_obstacle and each.verdict is not Verdict.COULD_NOT_TELL]
    if obstacles := [each for each in certain if not merging.is_of_login(each)]:
        raise CheckFailed(leftovers.with_holder(access, definition, obstacles, deadline))


def body(definition: Definition) -> dict[str, Any]:
    """What a creation and its test send. All of the definition is known."""
    wanted = definition.workspace("")
    schema: Any = definition.profile_schema.schema
    settings: Any = definition.warehouse.settings
    return {
        "name": wanted.name,
        "profileSchema": document.to_send(schema),
        "uiPreferences": preferences(wanted.ui_preferences).body(),
        "warehouse": {
            "platform": definition.warehouse.platform,
            "mode": wanted.mode.value,
            "settings": {name: value for name, value in settings.items() if value is not None},
        },
    }


def preferences(wanted: UIPreferences) -> "documents.UIPreferences":
    """The preferences as a document."""
    from krenalis_provider.api import documents  # noqa: PLC0415 - start-up: pydantic is imported with it

    roles = wanted.user_profile
    profile = documents.UserProfile(
        image=roles.image or "",
        first_name=roles.first_name or "",
        last_name=roles.last_name or "",
        extra=roles.extra or "",
    )
    return documents.UIPreferences(user_profile=profile)


def _refused(access: Access, definition: Definition, error: ApiError, deadline: Deadline) -> WorkspaceError:
    """The error of a creation that was not begun; where the warehouse is not empty, it says whose that is."""
    if not leftovers.says_not_empty(error):
        return explained(error)
    looking = deadline.later(LOOKING_SECONDS)
    return CheckFailed(leftovers.with_holder(access, definition, [finding(error)], looking))


def _found_made(
    access: Access, definition: Definition, before: Collection[str], error: ApiError, deadline: Deadline
) -> str:
    """The id of the workspace that a creation without an answer has made. Raises `WorkspaceError` if there is none."""
    looking = deadline.later(LOOKING_SECONDS)
    may_go_on = isinstance(error, NoAnswer) or (
        isinstance(error, ServerFailed) and error.status in _OF_GATEWAYS
    )
    for seconds in (LOOKING_SECONDS, _FILLING_SECONDS):
        pauses = Pauses(looking.sooner(seconds))
        while True:
            try:
                made = _made(access, definition, before, looking)
            except ApiError as failure:
                if not pauses.pause():
                    raise _not_known(error, failure) from error
                continue
            if len(made) == 1:
                return made[0]
            if made:
                raise _ambiguous(error, made) from error
            if not may_go_on or not pauses.pause():
                break
        warehouse = access.warehouse(definition.warehouse)
        if not may_go_on or not leftovers.left(warehouse, looking):
            break
    raise _not_made(access, definition, error, looking) from error


def _made(access: Access, definition: Definition, before: Collection[str], deadline: Deadline) -> list[str]:
    """The ids of new workspaces that are as this one. Raises `ApiError`."""
    wanted = place(definition.warehouse)
    found = []
    for each in access.api.list(deadline):
        if each.id in before or each.name != definition.name:
            continue
        if not document.same(each.profile_schema, definition.profile_schema):
            continue
        try:
            stored = address_of(access.stored(each.id, deadline))
        except NotFound:
            continue
        if place(stored) == wanted:
            found.append(each.id)
    return found


def _not_known(error: ApiError, failure: ApiError) -> WorkspaceError:
    found = finding(error)
    detail = (
        f"{found.detail} Whether the workspace was created could not be found out: {finding(failure).detail} "
        "Plan again when the server answers: a plan finds a workspace that uses this warehouse."
    )
    return ServerError(replace(found, detail=detail))


def _ambiguous(error: ApiError, made: Collection[str]) -> WorkspaceError:
    return WorkspaceError(
        "Several workspaces may be the new one",
        f"{finding(error).detail} Since then there are several new workspaces with this name, profile schema and "
        f"warehouse: {', '.join(sorted(made))}. Delete those that are not wanted, and import the other one.",
        NOWHERE,
    )


def _not_made(access: Access, definition: Definition, error: ApiError, deadline: Deadline) -> WorkspaceError:
    """The error with what the warehouse holds now: the server takes nothing back of what it has begun."""
    found = merging.of_login(finding(error), definition)
    if never_connected(error):
        return ServerError(found)
    warehouse = access.warehouse(definition.warehouse)
    said = f"The server has no new workspace. {leftovers.described(warehouse, deadline)}"
    return ServerError(replace(found, detail=f"{found.detail} {said}"))


def _require_visible(access: Access, workspace_id: str, definition: Definition, deadline: Deadline) -> None:
    """Raise `WorkspaceError` for an id without a workspace: the server stored what it cannot read."""
    try:
        access.api.get(workspace_id, deadline.later(LOOKING_SECONDS))
    except NotFound as error:
        looking = deadline.later(LOOKING_SECONDS)
        left = leftovers.described(access.warehouse(definition.warehouse), looking)
        raise WorkspaceError(
            "New workspace is not there",
            f"The Krenalis server gave the id {workspace_id} to the new workspace, and yet says: {error.message}. So it "
            "may have stored a profile schema that it cannot read, and then it does not start again until that row is "
            f"deleted from its own database: look into its log before it is stopped. {left}",
            NOWHERE,
        ) from error
    except ApiError:
        return  # it answered the creation, so that is made


def _set_identity_settings(
    access: Access, workspace_id: str, definition: Definition, deadline: Deadline
) -> None:
    """Set what a creation cannot; if that fails, delete the workspace, which has no data yet."""
    wanted = definition.workspace(workspace_id)
    if not wanted.identifiers and wanted.resolve_identities_on_batch_import:
        return
    try:
        set_identity_settings(
            access,
            workspace_id,
            wanted.identifiers,
            deadline,
            on_import=wanted.resolve_identities_on_batch_import,
        )
    except ApiError as error:
        left = _taken_back(access, workspace_id, definition.warehouse, deadline.later(LOOKING_SECONDS))
        found = finding(error)
        detail = f"The workspace was created, and its settings of identity resolution could not be set: {found.detail} {left}"
        raise ServerError(replace(found, detail=detail)) from error


def set_identity_settings(
    access: Access, workspace_id: str, identifiers: Collection[str], deadline: Deadline, *, on_import: bool
) -> None:
    """Set both settings of identity resolution, once it does not run any more. Raises `ApiError`."""

    def request(deadline: Deadline) -> None:
        access.api.put_identity_settings(
            workspace_id, list(identifiers), deadline, run_on_batch_import=on_import
        )

    def is_done(deadline: Deadline) -> bool:
        now = access.api.identity_settings(workspace_id, deadline)
        return now.identifiers == list(identifiers) and now.run_on_batch_import == on_import

    carried_out(request, is_done, deadline)


def _taken_back(access: Access, workspace_id: str, address: WarehouseAddress, deadline: Deadline) -> str:
    """Delete the workspace that this creation has just made, and what it made in the warehouse; what is left of it."""
    try:
        deletion.delete_at_server(access, workspace_id, deadline)
    except ApiError as error:
        return (
            f"It could not be deleted again ({finding(error).detail}), so there is a workspace with the id {workspace_id} "
            "now: import it, or delete it."
        )
    warehouse = access.warehouse(address)
    try:
        if warehouse is not None:
            warehouse.drop_made_by_server(deadline)
            return "It was deleted again, and its warehouse is empty as before."
    except WorkspaceError:
        pass
    return f"It was deleted again. {leftovers.described(warehouse, deadline)}"

"""Updates a workspace of a server: only what changed is sent, and always whole, because what a PUT leaves out is reset.

Each step looks at what the server has, so that applying again goes on where an update broke off.
Source: docs/facts/krenalis.md, "Workspaces at a server".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from krenalis_provider.api.errors import ApiError, ServerFailed
from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import (
    CheckFailed,
    InvalidWorkspace,
    ServerError,
    Verdict,
    WarehouseChanged,
    WorkspaceError,
)
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.wording import enumerated
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.workspaces.interface import PlannedChange, Prior
from krenalis_provider.workspaces.server import alter_and_wait, alteration, document, new_settings
from krenalis_provider.workspaces.server.access import Access
from krenalis_provider.workspaces.server.alteration import Alteration
from krenalis_provider.workspaces.server.creation import preferences, set_identity_settings
from krenalis_provider.workspaces.server.errors import explained, translated, wedged
from krenalis_provider.workspaces.server.merging import at_password
from krenalis_provider.workspaces.server.waiting import LOOKING_SECONDS, carried_out
from lightstart.records import replace

if TYPE_CHECKING:  # importing pydantic waits for the first request
    from krenalis_provider.api import documents

_SCHEMA = AttributePath.of("profile_schema")


class _Step(NamedTuple):
    """A step of an update: what it changes, and the requests, which raise `ApiError` or `WorkspaceError`."""

    what: str
    run: Callable[[], None]


class _Update(NamedTuple):
    """An update with what the server has at its beginning."""

    access: Access
    workspace_id: str
    now: "documents.Workspace"
    warehouse: "documents.Warehouse"
    wanted: Definition
    deadline: Deadline


def update(
    access: Access, prior: Prior, wanted: Definition, change: PlannedChange, deadline: Deadline
) -> None:
    """See `Workspaces.update`."""
    if change.problems:
        raise InvalidWorkspace(change.problems)
    workspace_id = str(prior.reference.id)
    with translated():
        now = access.api.get(workspace_id, deadline)
        if _alters(now, wanted) and access.api.latest_alteration(workspace_id, deadline).runs:
            alter_and_wait.wait_for_end(access.api, workspace_id, deadline)  # which may have been this one
            now = access.api.get(workspace_id, deadline)
        warehouse = access.stored(workspace_id, deadline)
    begun = _Update(access, workspace_id, now, warehouse, wanted, deadline)
    steps = _steps(begun, prior)
    try:
        _carry_out(steps)
    finally:
        access.changed()


def settings_to_store(warehouse: "documents.Warehouse", wanted: WarehouseAddress) -> dict[str, Any]:
    """The settings that the server is to have: what it has itself where the definition does not say it."""
    settings: Any = wanted.settings
    given = {name: value for name, value in settings.items() if value is not None}
    if given.get("password") and warehouse.settings.get("oidcToken"):
        given["oidcToken"] = ""  # it takes one of the two
    return {**warehouse.settings, **given}


def _steps(begun: _Update, prior: Prior) -> list[_Step]:
    """The steps, in the order in which they suit the server. Raises `WorkspaceError` for what must not be begun."""
    now, wanted = begun.now, begun.wanted
    to_be = wanted.workspace(begun.workspace_id)
    mode = to_be.mode.value if wanted.mode else now.warehouse_mode
    steps: list[_Step] = []
    identifiers = list(now.identifiers)
    if _alters(now, wanted):
        _require_unmoved(now, prior, wanted)
        planned = alteration.plan(prior, wanted)
        if document.same(
            now.profile_schema, wanted.profile_schema
        ):  # what was renamed is, whatever the state says
            planned = replace(planned, re_paths={}, identifiers_during=None)
        if now.warehouse_mode == WarehouseMode.INSPECTION and mode != now.warehouse_mode:
            steps.append(_mode(begun, mode))
        identifiers = _kept_during(now.identifiers, planned, wanted)
        if identifiers != now.identifiers:
            steps.append(_identity("identifiers of properties that go", begun, identifiers, on_import=None))
        steps.append(_alteration(begun, planned))
    on_import = to_be.resolve_identities_on_batch_import
    if [*to_be.identifiers] != identifiers or on_import != now.resolve_identities_on_batch_import:
        what = "settings of identity resolution"
        steps.append(_identity(what, begun, to_be.identifiers, on_import=on_import))
    if to_be.name != now.name or preferences(to_be.ui_preferences) != now.ui_preferences:
        steps.append(_name(begun))
    settings = settings_to_store(begun.warehouse, wanted.warehouse)
    if settings != begun.warehouse.settings:
        _require_good(begun, WarehouseAddress(begun.warehouse.platform, settings))
        steps.append(_settings(begun, settings))
    if mode != now.warehouse_mode and not any(step.what == _MODE for step in steps):
        steps.append(_mode(begun, mode))
    return steps


def _carry_out(steps: Sequence[_Step]) -> None:
    for index, step in enumerate(steps):
        try:
            step.run()
        except (ApiError, WorkspaceError) as error:
            found = explained(error) if isinstance(error, ApiError) else error
            is_open = isinstance(error, alter_and_wait.StillAltering) or (
                isinstance(error, ApiError) and error.may_have_acted
            )
            raise _with_progress(found, steps, index, is_open=is_open) from error


def _with_progress(
    error: WorkspaceError, steps: Sequence[_Step], failed: int, *, is_open: bool
) -> WorkspaceError:
    """The error, with what was changed before it and what was not; `is_open` is whether the failed step may be done."""
    names = [step.what for step in steps]
    parts = {
        "Changed already": names[:failed],
        "Perhaps changed": names[failed : failed + is_open],
        "Not changed": names[failed + is_open :],
    }
    progress = " ".join(f"{how}: {enumerated(which)}." for how, which in parts.items() if which)
    if failed or is_open:
        progress = f"{progress} Applying again goes on from there."
    detail = f"{error.detail} {progress}"
    if isinstance(error, ServerError):
        return ServerError(replace(error.finding, detail=detail))
    return type(error)(error.summary, detail, error.path)


def _alters(now: "documents.Workspace", wanted: Definition) -> bool:
    """Whether the server has another profile schema or other primary sources, which it takes in one request."""
    sources: Any = wanted.primary_sources
    return dict(now.primary_sources) != dict(sources) or not document.same(
        now.profile_schema, wanted.profile_schema
    )


def _kept_during(identifiers: Sequence[str], planned: Alteration, wanted: Definition) -> list[str]:
    """The identifiers that an alteration leaves as they are: the server would let the others name what is not there."""
    there, during = wanted.profile_schema.paths or (), planned.identifiers_during
    return [path for path in identifiers if path in there and (during is None or path in during)]


def _require_unmoved(now: "documents.Workspace", prior: Prior, wanted: Definition) -> None:
    """Raise `WarehouseChanged` if the profile schema is not the one that was planned on, nor the wanted one."""
    before = prior.observed.workspace
    if before is None or document.same(now.profile_schema, wanted.profile_schema):
        return
    if not document.same(now.profile_schema, parse(before.profile_schema)):
        raise WarehouseChanged(
            "Profile schema changed since this plan",
            "the server has another profile schema by now. Nothing was changed: plan again.",
            _SCHEMA,
        )


def _require_good(begun: _Update, address: WarehouseAddress) -> None:
    """Raise `CheckFailed` for settings that do not lead to a warehouse: the server stores them untried.

    Where the warehouse cannot be reached from here, the plan has said so.
    """
    found = new_settings.tried(begun.access, begun.warehouse, address, begun.deadline) or ()
    if wrong := [each for each in found if each.is_obstacle and each.verdict is not Verdict.COULD_NOT_TELL]:
        raise CheckFailed(at_password(each, begun.wanted) for each in wrong)


_MODE = "mode"


def _mode(begun: _Update, mode: str) -> _Step:
    api, workspace_id = begun.access.api, begun.workspace_id

    def run() -> None:
        carried_out(
            lambda deadline: api.put_mode(workspace_id, mode, deadline),
            lambda deadline: api.get(workspace_id, deadline).warehouse_mode == mode,
            begun.deadline,
        )

    return _Step(_MODE, run)


def _identity(what: str, begun: _Update, identifiers: Sequence[str], *, on_import: bool | None) -> _Step:
    kept = begun.now.resolve_identities_on_batch_import if on_import is None else on_import

    def run() -> None:
        set_identity_settings(begun.access, begun.workspace_id, identifiers, begun.deadline, on_import=kept)

    return _Step(what, run)


def _alteration(begun: _Update, planned: Alteration) -> _Step:
    schema: Any = begun.wanted.profile_schema.schema
    sources: Any = begun.wanted.primary_sources

    request = alter_and_wait.Request(document.to_send(schema), dict(sources), planned.re_paths)
    api, workspace_id = begun.access.api, begun.workspace_id

    def is_stored(deadline: Deadline) -> bool:
        return not _alters(api.get(workspace_id, deadline), begun.wanted)

    def run() -> None:
        try:
            alter_and_wait.alter(api, workspace_id, request, is_stored, begun.deadline)
        except alter_and_wait.AlterationFailed as error:
            raise _restored(begun, error) from error

    return _Step("profile schema and primary sources", run)


def _restored(begun: _Update, error: alter_and_wait.AlterationFailed) -> WorkspaceError:
    """The error of an alteration that changed nothing, after the identifiers were set as before."""
    now, access, workspace_id = begun.now, begun.access, begun.workspace_id
    deadline = begun.deadline.later(LOOKING_SECONDS)
    said = ""
    try:
        if access.api.identity_settings(workspace_id, deadline).identifiers != now.identifiers:
            on_import = now.resolve_identities_on_batch_import
            set_identity_settings(access, workspace_id, now.identifiers, deadline, on_import=on_import)
            said = "The identifiers are as before."
    except ApiError:
        said = f"The identifiers could not be set as before: {enumerated(now.identifiers)}."
    return WorkspaceError(error.summary, f"{error.detail} {said}".rstrip(), error.path)


def _name(begun: _Update) -> _Step:
    api, workspace_id = begun.access.api, begun.workspace_id
    to_be = begun.wanted.workspace(workspace_id)
    roles = preferences(to_be.ui_preferences)

    def is_done(deadline: Deadline) -> bool:
        found = api.get(workspace_id, deadline)
        return found.name == to_be.name and found.ui_preferences == roles

    def run() -> None:
        carried_out(
            lambda deadline: api.put(workspace_id, to_be.name, roles, deadline), is_done, begun.deadline
        )

    return _Step("name and UI preferences", run)


def _settings(begun: _Update, settings: Mapping[str, Any]) -> _Step:
    """The settings with all that belongs to them, as it is: an absent mode would become Normal."""
    api, workspace_id = begun.access.api, begun.workspace_id

    def request(deadline: Deadline) -> None:
        api.put_warehouse(
            workspace_id,
            mode=api.get(workspace_id, deadline).warehouse_mode,
            settings=settings,
            mcp_settings=begun.warehouse.mcp_settings,
            deadline=deadline,
        )

    def is_done(deadline: Deadline) -> bool:
        return begun.access.stored(workspace_id, deadline).settings == dict(settings)

    def run() -> None:
        try:
            carried_out(request, is_done, begun.deadline)
        except ServerFailed as error:
            raise ServerError(wedged(error)) from error

    return _Step("warehouse settings", run)

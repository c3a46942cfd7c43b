"""What stands against a creation or a change: asked of the server and, where it can be reached, of the warehouse.

Both are asked at the same time, and each is believed: the server's tests pass over much that then makes it fail.
Source: docs/facts/krenalis.md, "Workspaces at a server" and "Where a Krenalis server fails".
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

from krenalis_provider.api.errors import ApiError, ServerFailed
from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import Finding, Verdict, WarehouseError
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.unknown import is_wholly_known
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.warehouses.engines.rehearsals import not_rehearsed
from krenalis_provider.warehouses.findings import noted, obstacles
from krenalis_provider.workspaces.interface import Prior
from krenalis_provider.workspaces.server import (
    alteration,
    background,
    creation,
    document,
    leftovers,
    new_settings,
)
from krenalis_provider.workspaces.server.access import Access, address_of, place
from krenalis_provider.workspaces.server.alteration import Alteration
from krenalis_provider.workspaces.server.errors import finding, wedged
from krenalis_provider.workspaces.server.merging import at_password, by_server_alone, merged, of_login
from krenalis_provider.workspaces.server.update import settings_to_store
from lightstart.records import replace

if TYPE_CHECKING:  # importing pydantic waits for the first request
    from krenalis_provider.api import documents

_A = TypeVar("_A")
_B = TypeVar("_B")
NOT_REHEARSED: Final = not_rehearsed(
    "a Krenalis server makes each change for good at once, so that none can be tried and undone. What is planned was checked."
)
_ANY_NAME: Final = "Not known yet"
_ANY_SCHEMA: Final = {
    "kind": "object",
    "properties": [{"name": "property", "type": {"kind": "string"}, "readOptional": True}],
}
_CANNOT_CONNECT: Final = "The warehouse's settings do not suffice to connect to it from here."


def test(
    access: Access, definition: Definition, deadline: Deadline, *, replaces: str | None
) -> tuple[Finding, ...]:
    """See `Workspaces.test`."""
    mine = deadline.sooner(deadline.remaining())  # of the server's thread alone
    in_place = replaces is not None and _is_in_place(access, replaces, definition, mine)
    answer, own = _together(
        lambda: _tested(access, definition, mine),
        lambda: _looked(access, definition, deadline, in_place=in_place),
    )
    if in_place and leftovers.says_not_empty(answer):
        answer = None  # what is there goes before
    found = [of_login(each, definition) for each in merged(answer, own)]
    if in_place:  # whose workspace the warehouse is, is known
        return tuple(found)
    return tuple(leftovers.with_holder(access, definition, found, deadline))


def test_change(access: Access, prior: Prior, wanted: Definition, deadline: Deadline) -> tuple[Finding, ...]:
    """See `Workspaces.test_change`."""
    mine = deadline.sooner(deadline.remaining())
    workspace_id = str(prior.reference.id)
    try:
        now = access.api.get(workspace_id, mine)
        stored = access.stored(workspace_id, mine)
    except ApiError as error:
        return (finding(error),)
    planned = alteration.plan(prior, wanted)
    settings = settings_to_store(stored, wanted.warehouse)
    new = None if settings == stored.settings else WarehouseAddress(stored.platform, settings)
    theirs, ours = _together(
        lambda: tuple(_of_server(access, now, stored, wanted, planned, new, mine)),
        lambda: tuple(_of_warehouse(access, stored, new, planned, deadline)),
    )
    return tuple(at_password(each, wanted) for each in (*theirs, *ours))


def _together(first: Callable[[], _A], second: Callable[[], _B]) -> tuple[_A, _B]:
    """The results of two questions at the same time: `first` in a thread of its own, `second` in this one. Raises what they do."""
    result: Future[_A] = Future()

    def run() -> None:
        try:
            result.set_result(first())
        except BaseException as error:  # noqa: BLE001 - it is raised in the waiting thread
            result.set_exception(error)

    thread = Thread(target=run, name="server-check", daemon=True)
    thread.start()
    theirs = second()
    return result.result(), theirs


def _tested(access: Access, definition: Definition, deadline: Deadline) -> ApiError | None:
    try:
        access.api.test(creation.body(_as_far_as_known(definition)), deadline)
    except ApiError as error:
        return error
    return None


def _as_far_as_known(definition: Definition) -> Definition:
    """A definition of which nothing is unknown: the server tests the rest of it, the warehouse above all."""
    schema_is_known = definition.profile_schema.schema is not None
    return replace(
        definition,
        name=definition.name if isinstance(definition.name, str) else _ANY_NAME,
        profile_schema=definition.profile_schema if schema_is_known else parse(_ANY_SCHEMA),
        user_profile=definition.user_profile
        if schema_is_known and is_wholly_known(definition.user_profile)
        else {},
        mode=definition.mode if isinstance(definition.mode, str) else None,
        identifiers=(),
        primary_sources={},
        resolve_identities_on_batch_import=None,
    )


def _looked(
    access: Access, definition: Definition, deadline: Deadline, *, in_place: bool
) -> tuple[Finding, ...]:
    """Our own look at a warehouse that is to be filled, or whose workspace is replaced in its place."""
    warehouse = access.warehouse(definition.warehouse)
    if warehouse is None:
        return (by_server_alone(_CANNOT_CONNECT),)
    return warehouse.check_refill_by_server(deadline) if in_place else warehouse.check_for_server(deadline)


def _is_in_place(access: Access, replaces: str, definition: Definition, deadline: Deadline) -> bool:
    """Whether the replaced workspace has the same warehouse; not, if the server does not say it."""
    try:
        before = place(address_of(access.stored(replaces, deadline)))
    except ApiError:
        return False
    return before is not None and before == place(definition.warehouse)


def _of_server(
    access: Access,
    now: "documents.Workspace",
    stored: "documents.Warehouse",
    wanted: Definition,
    planned: Alteration,
    new: WarehouseAddress | None,
    deadline: Deadline,
) -> Iterator[Finding]:
    """What the server says of a change."""
    if planned.alters:
        modes = {now.warehouse_mode, wanted.mode or now.warehouse_mode}
        if modes == {WarehouseMode.INSPECTION.value}:
            yield Finding(
                Verdict.CONTRADICTED,
                AttributePath.of("warehouse", "mode"),
                "Warehouse is in mode Inspection",
                "it refuses changes of the profile schema and of primary sources: set another mode, which the same apply may do.",
            )
        yield from _asked(lambda: _previewed(access, now, wanted, planned, deadline))
        yield from _asked(lambda: _running(access, now, deadline))
    if new is not None:
        settings: Any = new.settings
        try:
            access.api.test_warehouse(now.id, settings, stored.mcp_settings, deadline)
        except ServerFailed as error:
            yield wedged(error)
        except ApiError as error:
            yield finding(error)


def _asked(ask: Callable[[], Iterable[Finding] | None]) -> Iterator[Finding]:
    """The findings of a question, or its error as one."""
    try:
        yield from ask() or ()
    except ApiError as error:
        yield finding(error)


def _previewed(
    access: Access, now: "documents.Workspace", wanted: Definition, planned: Alteration, deadline: Deadline
) -> None:
    schema = wanted.profile_schema.schema
    if (
        isinstance(planned.change.operations, tuple)
        and schema is not None
        and not document.same(now.profile_schema, wanted.profile_schema)
    ):
        access.api.preview(now.id, document.to_send(schema), planned.re_paths, deadline)


def _running(access: Access, now: "documents.Workspace", deadline: Deadline) -> list[Finding]:
    """Operations under way, for which an alteration waits."""
    latest = background.latest(access, now.id, deadline)
    found = [*latest.findings()]
    if error := latest.resolution.error:
        found.append(_resolution_failed(error))
    return found


def _of_warehouse(
    access: Access,
    stored: "documents.Warehouse",
    new: WarehouseAddress | None,
    planned: Alteration,
    deadline: Deadline,
) -> Iterator[Finding]:
    """What our own connection sees: new settings, which the server does not try, and a resolution that failed."""
    if new is not None:
        found = new_settings.tried(access, stored, new, deadline)
        for each in (by_server_alone(_CANNOT_CONNECT),) if found is None else found:
            yield _untried(each) if each.verdict is Verdict.COULD_NOT_TELL else each
    if planned.alters and (warehouse := access.warehouse(address_of(stored))):
        try:
            if reason := warehouse.failed_resolution(deadline):
                yield _resolution_failed(reason)
        except WarehouseError:
            return  # whoever reaches it from elsewhere may know; the alteration itself does not need us
        yield from obstacles(warehouse.check_alteration_by_server(deadline))


def _resolution_failed(reason: str) -> Finding:
    return noted(
        AttributePath.of("profile_schema"),
        "The last identity resolution failed",
        f"{reason}. An alteration of the profile schema then leaves the view over the profiles empty, until identity "
        "resolution has run well again: run it before applying.",
    )


def _untried(found: Finding) -> Finding:
    return noted(
        found.path,
        "New warehouse settings were not tried",
        f"{found.detail} The Krenalis server stores settings without trying them, and with wrong ones it can neither use the "
        "warehouse nor be given better ones: make sure that they are right.",
    )

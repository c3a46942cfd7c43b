"""Deletes a workspace of a server, and drops what the server made in its warehouse where that is wanted.

The server leaves the warehouse as it is. It is dropped first: whatever breaks off, the workspace still leads there, and the
next deletion goes on. Source: docs/facts/krenalis.md, "Workspaces at a server".
"""

from typing import Final

from krenalis_provider.api.errors import ApiError, NotFound
from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.errors import (
    CheckFailed,
    Finding,
    ServerError,
    Verdict,
)
from krenalis_provider.warehouses.findings import obstacles
from krenalis_provider.workspaces.interface import Reference
from krenalis_provider.workspaces.server import background, leftovers
from krenalis_provider.workspaces.server.access import Access, ServersWarehouse, address_of
from krenalis_provider.workspaces.server.errors import finding, translated
from krenalis_provider.workspaces.server.reading import is_gone
from krenalis_provider.workspaces.server.waiting import carried_out
from lightstart.records import replace

_SETTINGS: Final = AttributePath.of("warehouse", "settings")
_NO_CONNECTION: Final = Finding(
    Verdict.ABSENT,
    _SETTINGS,
    "Warehouse cannot be dropped from here",
    "on_destroy is drop, and the settings do not suffice to connect to the warehouse from here. Complete them in the "
    'provider block, or apply on_destroy = "abandon" first, which leaves the warehouse as it is.',
)
_ABANDONED: Final = 'Or apply on_destroy = "abandon" first: then the workspace is deleted, and the warehouse is left as it is.'


def delete(access: Access, reference: Reference, deadline: Deadline, *, keeps_warehouse: bool) -> None:
    """See `Workspaces.delete`. The warehouse is looked at before, so that nothing is deleted that cannot be finished."""
    workspace_id = str(reference.id)
    if keeps_warehouse:
        with translated():
            delete_at_server(access, workspace_id, deadline)
        return
    with translated():
        address = _address(access, workspace_id, deadline)
        if address is None and any(leftovers.users(access, reference.warehouse, deadline)[:2]):
            return  # it is gone, and its warehouse is, or may be, another workspace's by now
    warehouse = access.warehouse(address or reference.warehouse)
    found = _of_drop(warehouse, deadline)
    if warehouse is None or obstacles(found):
        raise CheckFailed(obstacles(found))
    if address is not None:
        background.require_ended(access, workspace_id, deadline)
    warehouse.drop_made_by_server(deadline)
    if address is not None:
        _delete_at_last(access, workspace_id, deadline)


def test_delete(
    access: Access, reference: Reference, deadline: Deadline, *, keeps_warehouse: bool
) -> tuple[Finding, ...]:
    """The obstacles to `delete`."""
    if keeps_warehouse:
        return ()
    workspace_id = str(reference.id)
    try:
        address = _address(access, workspace_id, deadline)
        meanwhile = background.latest(access, workspace_id, deadline).findings() if address else ()
    except ApiError as error:
        return (finding(error),)
    warehouse = access.warehouse(address or reference.warehouse)
    return (*_of_drop(warehouse, deadline), *meanwhile)


def _of_drop(warehouse: ServersWarehouse | None, deadline: Deadline) -> tuple[Finding, ...]:
    """What stands against dropping a warehouse, each with the way to go without."""
    if warehouse is None:
        return (_NO_CONNECTION,)
    found = warehouse.check_drop_made_by_server(deadline)
    return tuple(
        replace(each, detail=f"{each.detail} {_ABANDONED}") if each.is_obstacle else each for each in found
    )


def delete_at_server(access: Access, workspace_id: str, deadline: Deadline) -> None:
    """Delete the workspace alone; one that is gone is deleted. Raises `ApiError`."""

    def request(deadline: Deadline) -> None:
        try:
            access.api.delete(workspace_id, deadline)
        except NotFound:
            return

    try:
        carried_out(request, lambda deadline: is_gone(access, workspace_id, deadline), deadline)
    finally:
        access.changed()


def _address(access: Access, workspace_id: str, deadline: Deadline) -> WarehouseAddress | None:
    """The warehouse that the server has; None if the workspace is gone. Raises `ApiError`."""
    try:
        return address_of(access.stored(workspace_id, deadline))
    except NotFound:
        if is_gone(access, workspace_id, deadline):
            return None
        raise


def _delete_at_last(access: Access, workspace_id: str, deadline: Deadline) -> None:
    """Delete the workspace whose warehouse is empty by now."""
    try:
        delete_at_server(access, workspace_id, deadline)
    except ApiError as error:
        found = finding(error)
        detail = f"{found.detail} What the server made in the warehouse is dropped already: destroy again, which goes on."
        raise ServerError(replace(found, detail=detail)) from error

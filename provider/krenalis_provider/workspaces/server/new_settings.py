"""New settings of a warehouse, tried by us before a server stores them: it does not try them itself.

Source: docs/facts/krenalis.md, "Connection settings".
"""

from typing import TYPE_CHECKING, Any

from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.errors import Finding, Verdict
from krenalis_provider.warehouses.findings import noted
from krenalis_provider.workspaces.server.access import Access, address_of

if TYPE_CHECKING:  # importing pydantic waits for the first request
    from krenalis_provider.api import documents


def tried(
    access: Access, stored: "documents.Warehouse", new: WarehouseAddress, deadline: Deadline
) -> tuple[Finding, ...] | None:
    """What we find with the new settings; None where nothing connects from here.

    A server survives the rotation of a password in one order only: it is given the new one first, and then the database
    is. So a password that leads nowhere yet is no obstacle where it alone is new, and the old one still connects.
    """
    warehouse = access.warehouse(new)
    if warehouse is None:
        return None
    found = warehouse.try_settings(deadline)
    if not any(map(_is_wrong_password, found)) or not _is_rotation(stored, new):
        return found
    before = access.warehouse(address_of(stored))
    if before is None or any(each.is_obstacle for each in before.try_settings(deadline)):
        return found
    return tuple(_first_at_the_server(each) if _is_wrong_password(each) else each for each in found)


def _is_wrong_password(found: Finding) -> bool:
    return found.verdict is Verdict.ABSENT and found.path == setting("password")


def _is_rotation(stored: "documents.Warehouse", new: WarehouseAddress) -> bool:
    """Whether the password alone is another."""
    settings: Any = new.settings
    return stored.settings == {**settings, "password": stored.settings.get("password")}


def _first_at_the_server(found: Finding) -> Finding:
    return noted(
        found.path,
        "New password is not the warehouse's yet",
        "it alone changes, and the old one still connects, so it is given to the Krenalis server first: with a password that "
        "has become wrong, the server could be given no other. Change it in the warehouse to the same one right after "
        "applying. If it is mistyped, correct it before.",
    )

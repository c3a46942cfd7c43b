"""What the calls of a configured provider share: the API, our own connections to warehouses, and the list."""

import threading
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Protocol

from krenalis_provider.api.server import Server
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.errors import Finding
from krenalis_provider.model.observed import ColumnCounts, Counts
from krenalis_provider.model.place import Place
from krenalis_provider.model.unknown import is_wholly_known
from krenalis_provider.warehouses import registry
from krenalis_provider.warehouses.settings import make_settings, settings_problems
from krenalis_provider.workspaces.interface import Means
from krenalis_provider.workspaces.server.shared_list import SharedList
from lightstart.records import fields

if TYPE_CHECKING:  # importing httpx and pydantic waits for the first request
    from krenalis_provider.api.api import Api
    from krenalis_provider.api.documents import Warehouse


_SECRETS: Final = {"password", "oidcToken"}
"""The names of the settings that nothing may print."""
_ROLE_TAKEN_ON: Final = "role"
"""The connection parameter with which we would see another's rights: a server takes on no role after its login."""


class ServersWarehouse(Protocol):
    """A warehouse that a server fills, by our own connection. What does not only check raises `WarehouseError`."""

    def check_for_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        """All obstacles to the server's creation of a workspace."""

    def check_refill_by_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        """The same where what a server has made before is dropped first."""

    def try_settings(self, deadline: Deadline) -> tuple[Finding, ...]:
        """Whether these settings connect, and lead to the warehouse of a workspace."""

    def check_alteration_by_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        """All obstacles to the server's alteration of the profile schema."""

    def check_drop_made_by_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        """All obstacles to `drop_made_by_server`."""

    def drop_made_by_server(self, deadline: Deadline) -> None:
        """Drops exactly what a server makes."""

    def clearing_statements(self, deadline: Deadline) -> tuple[str, ...]:
        """The statements that drop what a server has made; none where there is nothing of it."""

    def failed_resolution(self, deadline: Deadline) -> str | None:
        """Why the last identity resolution failed, as a clause; None if it did not, or there was none."""

    def count_made_by_server(self, deadline: Deadline) -> Counts:
        """The numbers of rows."""

    def count_values_made_by_server(self, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        """The number of profiles, and of profiles with a value in each of the columns."""


class Access:
    """The means of the calls; threads may share it."""

    def __init__(
        self,
        server: Server,
        means: Means,
        *,
        api: "Api | None" = None,
        open_warehouse: Callable[[WarehouseAddress], ServersWarehouse] | None = None,
    ) -> None:
        """Connects to nothing yet. Tests bring an `api` and warehouses of their own."""
        self._server = server
        self._means = means
        self._api = api
        self._importing = threading.Lock()
        self._open = open_warehouse or self._provisioner
        self.listed = SharedList(lambda deadline: self.api.list(deadline))  # noqa: PLW0108 - it imports

    @property
    def api(self) -> "Api":
        """The API, imported on first use; one for all threads, because its requests share connections."""
        with self._importing:
            if self._api is None:
                from krenalis_provider.api.api import Api  # noqa: PLC0415 - start-up: httpx is imported with it

                self._api = Api(self._server)
            return self._api

    @property
    def key_mark(self) -> str:
        """What tells the key from any other; nobody can tell the key by it."""
        return sha256(self._server.api_key.encode()).hexdigest()[:16]

    def changed(self) -> None:
        """Forget the list: something was, or may have been, changed on the server."""
        self.listed.forget()

    def stored(self, workspace_id: str, deadline: Deadline) -> "Warehouse":
        """The warehouse of a workspace as the server has it; its secrets are known as such. Raises `ApiError`."""
        found = self.api.warehouse(workspace_id, deadline)
        for settings in (found.settings, found.mcp_settings or {}):
            for name in _SECRETS & settings.keys():
                self._means.learn(str(settings[name]))
        return found

    def warehouse(self, address: WarehouseAddress) -> ServersWarehouse | None:
        """A warehouse by our own connection; None if what is known does not suffice for one."""
        known = own_settings(address)
        if known is None or self._means.unknown.get(str(known.platform)):
            return None
        return self._open(known)

    def _provisioner(self, address: WarehouseAddress) -> ServersWarehouse:
        platform = registry.known_platform(str(address.platform))
        settings: Any = address.settings
        given = self._means.parameters.get(platform.name, {})
        parameters = {name: value for name, value in given.items() if name != _ROLE_TAKEN_ON}
        return platform.provisioner(make_settings(platform, settings), parameters)


def own_settings(address: WarehouseAddress) -> WarehouseAddress | None:
    """An address with the settings alone that our own connection knows; None if that cannot connect with them."""
    platform, settings = registry.platform(address.platform), address.settings
    if platform is None or not isinstance(settings, Mapping) or not is_wholly_known(settings):
        return None
    names = {each.name for each in fields(platform.settings_type())}
    known = {name: value for name, value in settings.items() if name in names and value not in (None, "")}
    return None if settings_problems(platform, known) else WarehouseAddress(platform.name, known)


def place(address: WarehouseAddress) -> Place | None:
    """The place of a warehouse; None if the settings do not tell it."""
    known = own_settings(address)
    if known is None:
        return None
    settings: Any = known.settings
    return registry.known_platform(str(known.platform)).place(settings)


def address_of(warehouse: "Warehouse") -> WarehouseAddress:
    """The warehouse that a server has."""
    return WarehouseAddress(warehouse.platform, dict(warehouse.settings))

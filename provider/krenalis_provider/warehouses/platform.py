"""The interface of a platform: plain data, and methods that import its code and its driver on first use.

A platform is one folder, and one entry in the registry.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from krenalis_provider.model.place import Place

if TYPE_CHECKING:  # most processes only build the Terraform schema, which needs none of these modules
    from krenalis_provider.model.deadline import Deadline
    from krenalis_provider.model.errors import Problem
    from krenalis_provider.model.observed import Listing
    from krenalis_provider.model.profile_columns import ProfileColumn
    from krenalis_provider.model.value_rules import Rule
    from krenalis_provider.warehouses.change import Change
    from krenalis_provider.warehouses.dialect import Dialect
    from krenalis_provider.warehouses.engines.engine import Provisioner
    from krenalis_provider.warehouses.script import Script


def block_name(platform: str) -> str:
    """The name of a platform's object in the provider block."""
    return platform.lower()


class Setting(NamedTuple):
    """An attribute of a configuration that leads to a warehouse of a platform."""

    name: str
    description: str
    sensitive: bool = False
    is_number: bool = False
    choices: tuple[str, ...] = ()
    """The permitted texts; empty if any text is permitted."""
    bounds: tuple[int, int] | None = None
    """The least and the greatest permitted whole number."""
    variable: str = ""
    """The environment variable that holds the secret if the configuration does not."""
    rules: "tuple[Rule, ...]" = ()
    """Rules of the known value of a connection parameter; none of them shows it."""


class Platform(Protocol):
    """One kind of warehouse."""

    name: str
    """The name of the platform in the API."""
    versions: str
    """The supported versions, which documentation adds to the name, such as `` (15 or newer)``."""
    import_form: str
    """The form of an import id; its parts have the names of settings."""
    settings: tuple[Setting, ...]
    """The attributes of ``warehouse.settings`` that not every platform has."""
    parameters: tuple[Setting, ...]
    """Connection parameters: the attributes of the platform's object in the provider block."""
    parameters_description: str
    elsewhere_passwords: str
    """The source of a password if the configuration holds none, for documentation."""

    def settings_type(self) -> type[Any]:
        """The record of the settings, whose fields carry the rules; see `warehouses.settings`."""

    def parameters_problems(self, parameters: Mapping[str, Any], /) -> "Iterable[Problem]":
        """The broken rules between connection parameters.

        A parameter that is not set is absent, one that is not known yet or breaks a rule of its own is `UNKNOWN`. The
        paths are those of `warehouses.settings.parameter`, and no message shows a value.
        """

    def place(self, settings: Mapping[str, Any]) -> Place:
        """The place to which checked settings lead, all of them known."""

    def folded(self, name: str) -> str:
        """The same text for all spellings of the name of a database or schema."""

    def dialect(self) -> "Dialect":
        """The knowledge of the platform that needs no connection."""

    def script(
        self,
        settings: Mapping[str, Any],
        change: "Change",
        columns: "Sequence[ProfileColumn]",
        identifiers: Sequence[str],
        primary_sources: Mapping[str, str],
    ) -> "Script":
        """The statements of a change, where nobody has said anything of our objects: no grants, comments or options.

        Of the `settings`, `schema` counts, and `database` where a platform qualifies names by it, if it is there.
        `columns` are the profile columns afterwards. `identifiers` and `primary_sources` are as for a `Workspace`.
        """

    def provisioner(self, settings: Any, parameters: Mapping[str, str]) -> "Provisioner":
        """The provisioner of one warehouse, which connects at first use.

        `parameters`, any of `Platform.parameters`, complete the `settings`.
        """

    def list_workspaces(
        self, settings: Any, parameters: Mapping[str, str], deadline: "Deadline"
    ) -> "Listing":
        """All workspaces of a database; its settings name no schema. Raises `WarehouseError`."""

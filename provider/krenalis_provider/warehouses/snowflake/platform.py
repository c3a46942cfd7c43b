"""Snowflake as a `Platform`; the driver is imported with the first provisioner."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.columns import ProfileColumn
from krenalis_provider.warehouses.provisioner import Listing, Provisioner
from krenalis_provider.warehouses.snowflake.columns import column_name, column_problems, column_type
from krenalis_provider.warehouses.snowflake.operations import clause, widening
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.errors import Problem
from krenalis_provider.workspaces.model import SnowflakeDatabase, SnowflakeSettings

__all__ = [
    "clause",
    "column_name",
    "column_problems",
    "column_type",
    "column_warnings",
    "list_workspaces",
    "objects",
    "provisioner",
    "widening",
]

_KINDS: Final = ("table", "view", "procedure")
"""Of the catalogue's: Snowflake has neither enumerations nor, on ordinary tables, indexes."""
_OBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {name.upper(): kind for name, kind in catalog.OBJECTS.items() if kind in _KINDS}
)


def objects() -> Mapping[str, str]:
    """Name to kind of every object that a complete warehouse has."""
    return _OBJECTS


def column_warnings(columns: Sequence[ProfileColumn]) -> list[Problem]:  # noqa: ARG001 - asked of every platform
    """See `Platform.column_warnings`. Snowflake documents no limit that only some rows of a table exceed."""
    return []


def provisioner(settings: SnowflakeSettings, credentials: Mapping[str, str]) -> Provisioner:
    """See `Platform.provisioner`.

    Credentials: any of password, private_key, private_key_passphrase, host, port and protocol.
    """
    from krenalis_provider.warehouses.snowflake.provisioner import SnowflakeProvisioner  # noqa: PLC0415 - a driver

    return SnowflakeProvisioner(settings, credentials)


def list_workspaces(
    database: SnowflakeDatabase, credentials: Mapping[str, str], deadline: Deadline
) -> Listing:
    """See `Platform.list_workspaces`. Credentials are as for `provisioner`."""
    from krenalis_provider.warehouses.snowflake.listing import list_workspaces  # noqa: PLC0415 - a driver

    return list_workspaces(database, credentials, deadline)

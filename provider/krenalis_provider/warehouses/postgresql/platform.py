"""PostgreSQL as a `Platform`; the driver is imported with the first provisioner."""

from collections.abc import Mapping

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.postgresql.columns import column_problems, column_type
from krenalis_provider.warehouses.postgresql.operations import clause, widening
from krenalis_provider.warehouses.postgresql.row_width import column_warnings
from krenalis_provider.warehouses.provisioner import Listing, Provisioner
from krenalis_provider.workspaces.deadline import Deadline
from krenalis_provider.workspaces.model import PostgreSQLDatabase, PostgreSQLSettings

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


def column_name(name: str) -> str:
    """See `Dialect.column_name`. Quoted names keep their case."""
    return name


def objects() -> Mapping[str, str]:
    """Name to kind of every object that a complete warehouse has."""
    return catalog.OBJECTS


def provisioner(settings: PostgreSQLSettings, credentials: Mapping[str, str]) -> Provisioner:
    """See `Platform.provisioner`. Credentials: any of password, sslmode, sslrootcert, sslcert and sslkey."""
    from krenalis_provider.warehouses.postgresql.provisioner import PostgreSQLProvisioner  # noqa: PLC0415 - a driver

    return PostgreSQLProvisioner(settings, credentials)


def list_workspaces(
    database: PostgreSQLDatabase, credentials: Mapping[str, str], deadline: Deadline
) -> Listing:
    """See `Platform.list_workspaces`. Credentials are as for `provisioner`."""
    from krenalis_provider.warehouses.postgresql.listing import list_workspaces  # noqa: PLC0415 - a driver

    return list_workspaces(database, credentials, deadline)

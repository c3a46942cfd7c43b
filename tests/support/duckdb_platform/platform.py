"""DuckDB as a platform; see `Platform`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.observed import Listing
from krenalis_provider.model.place import Place
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.value_rules import TEXT
from krenalis_provider.warehouses.change import Change
from krenalis_provider.warehouses.dialect import Dialect
from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.engines.transactional import TransactionalProvisioner
from krenalis_provider.warehouses.platform import Setting
from krenalis_provider.warehouses.script import Script
from krenalis_provider.warehouses.settings import required, schema
from lightstart.records import Record
from tests.support.duckdb_platform import backend, dialect


class DuckDBSettings(Record, kw_only=True):
    """The path of a file, and a schema in it."""

    database: str = required(TEXT)
    schema: str = schema(TEXT)


class DuckDB:
    name = "DuckDB"
    versions = ""
    import_form = "duckdb://database/schema"
    settings: tuple[Setting, ...] = ()
    parameters: tuple[Setting, ...] = ()
    parameters_description = "DuckDB needs no login."
    elsewhere_passwords = ""

    def settings_type(self) -> type[DuckDBSettings]:
        return DuckDBSettings

    def parameters_problems(self, _: Mapping[str, Any]) -> Iterable[Problem]:
        return ()

    def place(self, settings: Mapping[str, Any]) -> Place:
        return Place(self.name, "", settings["database"], settings["schema"])

    def folded(self, name: str) -> str:
        return name

    def dialect(self) -> Dialect:
        return dialect

    def script(
        self,
        settings: Mapping[str, Any],
        change: Change,
        columns: Sequence[ProfileColumn],
        identifiers: Sequence[str],
        primary_sources: Mapping[str, str],
    ) -> Script:
        return backend.script(settings["schema"], change, columns)

    def provisioner(self, settings: DuckDBSettings, parameters: Mapping[str, str]) -> Provisioner:
        return TransactionalProvisioner(backend.DuckDBBackend(settings.database, settings.schema))

    def list_workspaces(
        self, settings: DuckDBSettings, parameters: Mapping[str, str], deadline: Deadline
    ) -> Listing:
        return Listing({}, {})

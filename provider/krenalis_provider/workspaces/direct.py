"""Workspaces without a Krenalis server: each warehouse holds its workspace's record."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import Finding, InvalidWorkspace, Problem
from krenalis_provider.model.observed import ColumnCounts, Counts, Listing, ObservedWorkspace
from krenalis_provider.model.place import Place
from krenalis_provider.model.profile_columns import ProfileColumn, profile_columns
from krenalis_provider.model.profile_schema import Parsed, parse
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.warehouses import findings, registry
from krenalis_provider.warehouses.change import resolves_otherwise
from krenalis_provider.warehouses.dialect import Dialect
from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.engines.rehearsals import CANNOT_REHEARSE, Rehearsals, could_not_rehearse
from krenalis_provider.warehouses.migration.compute import Migration, migrate
from krenalis_provider.warehouses.settings import make_settings
from krenalis_provider.workspaces.interface import Loss, PlannedChange, Prior, Reference
from lightstart.records import Record, field

_LARGEST_ID: Final = 2**31 - 1
_PASSWORD_WRITTEN: Final = Problem(
    setting("password_wo"),
    "without a Krenalis server nobody keeps a write-only password, which a refresh and a destruction need too. Give the "
    "password in the provider block instead, where it enters no state either: as password in the platform's object.",
)


class DirectWorkspaces(Record):
    """The workspaces of any warehouse; see `Workspaces`."""

    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """By platform: the connection parameters that complete a warehouse's own settings."""

    def problems(self, definition: Definition, *, creates: bool) -> tuple[Problem, ...]:  # noqa: ARG002 - see `Workspaces`
        return (_PASSWORD_WRITTEN,) if definition.writes_password else ()

    def test(
        self, definition: Definition, deadline: Deadline, *, replaces: str | None, rehearse: bool = False
    ) -> tuple[Finding, ...]:
        provisioner = self._provisioner(definition.warehouse)
        found = provisioner.check(deadline, replaces=replaces)

        def creation(rehearsals: Rehearsals) -> tuple[Finding, ...]:
            workspace, columns = definition.workspace(_new_id()), _columns(definition)
            return rehearsals.rehearse_creation(workspace, columns, deadline, replaces=replaces)

        return _rehearsed(found, provisioner, definition.unknown, creation) if rehearse else found

    def create(self, definition: Definition, deadline: Deadline) -> str:
        workspace = definition.workspace(_new_id())
        self._provisioner(definition.warehouse).initialize(workspace, _columns(definition), deadline)
        return workspace.id

    def get(self, reference: Reference, deadline: Deadline) -> ObservedWorkspace | None:
        seen = self._provisioner(reference.warehouse).inspect(deadline)
        return seen if seen.is_there else None

    def needs_database(self, _platform: str, /) -> bool:
        return False

    def same_schema(self, written: Parsed, found: Any) -> bool:
        return written.schema == parse(found).schema

    def list(self, database: WarehouseAddress | None, deadline: Deadline) -> Listing:
        if database is None:
            raise ValueError("without a server, workspaces are listed by database")
        platform = registry.known_platform(str(database.platform))
        settings: Any = database.settings
        parameters = self.parameters.get(platform.name, {})
        return platform.list_workspaces(make_settings(platform, settings), parameters, deadline)

    def plan_change(self, prior: Prior | None, wanted: Definition) -> PlannedChange:
        platform = registry.platform(wanted.warehouse.platform)
        undecided = UNKNOWN if prior else ()
        if platform is None:
            return PlannedChange(operations=undecided)
        dialect = platform.dialect()
        objects, record = dialect.NAMES.objects, dialect.NAMES.record
        schema = wanted.profile_schema.schema
        if prior is None and schema is not None:
            columns = {
                dialect.NAMES.spell(column.name): dialect.column_type(column.type)
                for column in profile_columns(schema)
            }
            return PlannedChange(profile_columns=columns, objects=objects, record=record)
        migration = _migration(prior, wanted, dialect) if prior else None
        if migration is None:
            return PlannedChange(objects=objects, record=record, operations=undecided)
        return PlannedChange(
            profile_columns=dict(migration.columns),
            objects=objects,
            record=record,
            operations=tuple(dialect.clause(operation) for operation in migration.operations),
            changes_columns=migration.changes,
            renamed=migration.paths,
            losses=tuple(
                Loss(loss.path, loss.column, loss.becomes) for loss in migration.losses if loss.permitted
            ),
            rewritten=migration.rewrites,
            strange=tuple(_strange(migration)),
            gone=migration.gone,
            problems=migration.problems,
            migration=migration,
        )

    def test_change(
        self,
        prior: Prior,
        wanted: Definition,
        change: PlannedChange,
        deadline: Deadline,
        *,
        rehearse: bool = False,
    ) -> tuple[Finding, ...]:
        before = prior.observed.workspace
        provisioner = self._provisioner(wanted.warehouse)
        workspace_id, migration, moved = str(prior.reference.id), change.migration, _moved(prior, wanted)
        found = provisioner.check_update(
            workspace_id,
            deadline,
            migration=migration,
            moved=moved,
            resolution=resolves_otherwise(before, wanted.identifiers, wanted.primary_sources),
        )

        def update(rehearsals: Rehearsals) -> tuple[Finding, ...]:
            workspace, columns = wanted.workspace(workspace_id), _columns(wanted)
            return rehearsals.rehearse_update(workspace, columns, deadline, migration=migration, moved=moved)

        return _rehearsed(found, provisioner, wanted.unknown, update) if rehearse else found

    def update(self, prior: Prior, wanted: Definition, change: PlannedChange, deadline: Deadline) -> None:
        if change.problems:
            raise InvalidWorkspace(change.problems)
        self._provisioner(wanted.warehouse).update(
            wanted.workspace(str(prior.reference.id)),
            _columns(wanted),
            deadline,
            migration=change.migration,
            moved=_moved(prior, wanted),
        )

    def test_delete(
        self, reference: Reference, deadline: Deadline, *, keeps_warehouse: bool, rehearse: bool = False
    ) -> tuple[Finding, ...]:
        if keeps_warehouse:
            return ()
        provisioner, workspace_id = self._provisioner(reference.warehouse), str(reference.id)
        found = provisioner.check_drop(workspace_id, deadline)

        def drop(rehearsals: Rehearsals) -> tuple[Finding, ...]:
            return rehearsals.rehearse_drop(workspace_id, deadline)

        return _rehearsed(found, provisioner, (), drop) if rehearse else found

    def delete(self, reference: Reference, deadline: Deadline, *, keeps_warehouse: bool) -> None:
        if not keeps_warehouse:
            self._provisioner(reference.warehouse).drop(str(reference.id), deadline)

    def count(self, reference: Reference, deadline: Deadline) -> Counts:
        return self._provisioner(reference.warehouse).count(str(reference.id), deadline)

    def count_values(self, reference: Reference, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        return self._provisioner(reference.warehouse).count_values(str(reference.id), columns, deadline)

    def _provisioner(self, warehouse: WarehouseAddress) -> Provisioner:
        platform = registry.known_platform(str(warehouse.platform))
        settings: Any = warehouse.settings
        return platform.provisioner(make_settings(platform, settings), self.parameters.get(platform.name, {}))


def _columns(definition: Definition) -> Sequence[ProfileColumn]:
    """The profile columns of a definition that is known. Raises `InvalidWorkspace`."""
    if definition.profile_schema.schema is None:
        raise InvalidWorkspace(definition.profile_schema.problems)
    return profile_columns(definition.profile_schema.schema)


def _rehearsed(
    found: tuple[Finding, ...],
    provisioner: Provisioner,
    unknown: Sequence[str],
    rehearse: Callable[[Rehearsals], tuple[Finding, ...]],
) -> tuple[Finding, ...]:
    """What a check has found, and unless it is an obstacle, what a rehearsal finds; `unknown` is what that lacks."""
    if findings.obstacles(found):
        return found
    if provisioner.rehearsals is None:
        return (*found, CANNOT_REHEARSE)
    if unknown:
        return (*found, could_not_rehearse(f"not known yet: {', '.join(unknown)}."))
    return (*found, *rehearse(provisioner.rehearsals))


def _new_id() -> str:
    """An id of the documented kind: a positive 32-bit integer."""
    # `secrets` would load OpenSSL; of 64 bits, the remainder is as good
    return str(1 + int.from_bytes(os.urandom(8)) % _LARGEST_ID)


def _moved(prior: Prior, wanted: Definition) -> bool:
    """Whether the warehouse is reached at another place than before."""
    return place(prior.reference.warehouse) != place(wanted.warehouse)


def place(warehouse: WarehouseAddress) -> Place:
    """The place of a warehouse whose settings are checked and wholly known."""
    settings: Any = warehouse.settings
    return registry.known_platform(str(warehouse.platform)).place(settings)


def _migration(prior: Prior, wanted: Definition, dialect: Dialect) -> Migration | None:
    """The migration to the wanted columns; None while values that decide about them are unknown."""
    schema = wanted.profile_schema.schema
    if schema is None or not wanted.decides_columns:
        return None
    columns = profile_columns(schema)
    # a document that somebody broke in the record says nothing: then the columns themselves decide
    applied = profile_columns(prior.profile_schema) if prior.profile_schema else ()
    renames: Any = wanted.renames
    drop_columns: Any = wanted.drop_columns
    return migrate(
        dialect,
        present=_present(prior.observed, dialect),
        before=applied or columns,
        after=columns,
        renames=renames,
        drop_columns=drop_columns,
        mode=WarehouseMode(wanted.mode) if isinstance(wanted.mode, str) else None,
    )


def _present(observed: ObservedWorkspace, dialect: Dialect) -> Mapping[str, str] | None:
    """The existing columns; None if their table is missing, which is then made with all wanted columns."""
    missing = any(observed.objects.get(name) != kind for name, kind in dialect.NAMES.objects.items())
    return None if missing and not observed.columns else observed.columns


def _strange(migration: Migration) -> list[str]:
    """The columns that were changed outside of the provider, each described by a clause; of a change that is refused, none."""
    if migration.problems:
        # what was refused is not in the columns afterwards, and would look as if somebody else had changed them
        return []
    columns, wanted = migration.columns, migration.wanted
    strange = [f"column {name} is not of the profile schema" for name in columns if name not in wanted]
    return strange + [
        f"column {name} is of type {columns[name]} and not {type_}"
        for name, type_ in wanted.items()
        if columns.get(name, type_) != type_
    ]

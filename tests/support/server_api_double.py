"""A Krenalis server's API in memory, which may fail at any call, before or after it acts; and warehouses beside it."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from krenalis_provider.api.documents import (
    IdentitySettings,
    Run,
    UIPreferences,
    Warehouse,
    Workspace,
)
from krenalis_provider.api.errors import (
    ApiError,
    NoAnswer,
    NotFound,
    ServerFailed,
    Unavailable,
    Unprocessable,
)
from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.errors import Finding, Verdict, WarehouseError
from krenalis_provider.model.observed import ColumnCounts, Counts, Filled, RowCount

STATEMENT: Final = 'DROP VIEW "profiles";'
NOT_EMPTY: Final = Finding(
    Verdict.CONTRADICTED, setting("schema"), "Warehouse is not empty", "the schema holds 6 tables."
)
UNREACHABLE: Final = Finding(
    Verdict.COULD_NOT_TELL, setting("host"), "PostgreSQL could not be reached", "no answer in time."
)

When = Literal["before", "after"]


def lost(*, sent: bool = True) -> NoAnswer:
    """The connection ended."""
    return NoAnswer("A /v1/request", "The connection was closed.", sent=sent)


def failed(status: int = 500) -> ServerFailed:
    """An answer that says nothing."""
    return ServerFailed("A /v1/request", f"it answers {status}.", status=status)


def unprocessable(code: str, message: str = "no") -> Unprocessable:
    """A refusal with a code."""
    return Unprocessable(
        "A /v1/request", f"The server answers 422 {code}: {message}.", status=422, code=code, message=message
    )


def unavailable(message: str) -> Unavailable:
    """A refusal of the warehouse."""
    detail = f"The server answers 503 ServiceUnavailable: {message}."
    return Unavailable("A /v1/request", detail, status=503, code="ServiceUnavailable", message=message)


class MemoryApi:
    """See `Api`. `fail` scripts its failures; `calls` are the names of all requests that it had."""

    def __init__(self) -> None:
        self.workspaces: dict[str, dict[str, Any]] = {}
        self.warehouses: dict[str, Warehouse] = {}
        self.alterations: dict[str, Run] = {}
        self.runs: dict[str, Run] = {}
        self.calls: list[str] = []
        self.sent: list[tuple[str, Any]] = []
        self.fills: set[str] = set()
        """The schemas of warehouses that hold something."""
        self._failures: dict[str, list[tuple[When, ApiError]]] = {}
        self._ids = itertools.count(1)
        self.alteration_error: str | None = None
        self.on_alter: Callable[[], None] = lambda: None
        self.restricted_to: str | None = None

    def fail(self, call: str, error: ApiError, *, when: When = "before", times: int = 1) -> None:
        """Let the next calls fail."""
        self._failures.setdefault(call, []).extend([(when, error)] * times)

    def _do(self, call: str, act: Callable[[], Any], sent: Any = None) -> Any:
        self.calls.append(call)
        if sent is not None:
            self.sent.append((call, sent))
        scripted = self._failures.get(call)
        if scripted:
            when, error = scripted.pop(0)
            if when == "after":
                act()
            raise error
        return act()

    def _there(self, workspace_id: str) -> dict[str, Any]:
        if workspace_id not in self.workspaces:
            raise NotFound(
                "GET /v1/workspaces/current",
                f"The server answers 404 NotFound: workspace {workspace_id} does not exist.",
                status=404,
                code="NotFound",
                message=f"workspace {workspace_id} does not exist",
            )
        return self.workspaces[workspace_id]

    def create(self, body: Mapping[str, Any], deadline: Deadline) -> str:
        return str(self._do("create", lambda: self.add(body), body))

    def add(self, body: Mapping[str, Any]) -> str:
        warehouse = body["warehouse"]
        self._require_empty(warehouse["settings"])
        workspace_id = f"workspace{next(self._ids):03}"
        self.fills.add(warehouse["settings"]["schema"])
        self.workspaces[workspace_id] = {
            "id": workspace_id,
            "name": body["name"],
            "profileSchema": body["profileSchema"],
            "uiPreferences": body["uiPreferences"],
            "warehouseMode": warehouse["mode"],
            "identifiers": [],
            "primarySources": {},
            "resolveIdentitiesOnBatchImport": True,
        }
        self.warehouses[workspace_id] = Warehouse(
            platform=warehouse["platform"], settings=dict(warehouse["settings"])
        )
        return workspace_id

    def _require_empty(self, settings: Mapping[str, Any]) -> None:
        if settings["schema"] in self.fills:
            raise unprocessable("WarehouseNotInitializable", "cannot initialize the data warehouse")

    def test(self, body: Mapping[str, Any], deadline: Deadline) -> None:
        self._do("test", lambda: self._require_empty(body["warehouse"]["settings"]), body)

    def list(self, deadline: Deadline) -> "list[Workspace]":
        found: list[Workspace] = self._do(
            "list", lambda: [Workspace.model_validate(each) for each in self.workspaces.values()]
        )
        return found

    def get(self, workspace_id: str, deadline: Deadline) -> Workspace:
        found: Workspace = self._do("get", lambda: Workspace.model_validate(self._there(workspace_id)))
        return found

    def put(self, workspace_id: str, name: str, preferences: UIPreferences, deadline: Deadline) -> None:
        new = {"name": name, "uiPreferences": preferences.body()}
        self._do("put", lambda: self._there(workspace_id).update(new))

    def delete(self, workspace_id: str, deadline: Deadline) -> None:
        def act() -> None:
            self._there(workspace_id)
            del self.workspaces[workspace_id], self.warehouses[workspace_id]

        self._do("delete", act)

    def warehouse(self, workspace_id: str, deadline: Deadline) -> Warehouse:
        def act() -> Warehouse:
            self._there(workspace_id)
            return self.warehouses[workspace_id]

        found: Warehouse = self._do("warehouse", act)
        return found

    def put_warehouse(
        self,
        workspace_id: str,
        *,
        mode: str,
        settings: Mapping[str, Any],
        mcp_settings: Mapping[str, Any] | None,
        deadline: Deadline,
    ) -> None:
        def act() -> None:
            self._there(workspace_id)["warehouseMode"] = mode
            platform = self.warehouses[workspace_id].platform
            self.warehouses[workspace_id] = Warehouse(
                platform=platform,
                settings=dict(settings),
                mcp_settings=dict(mcp_settings) if mcp_settings else None,
            )

        self._do("put_warehouse", act, {"mode": mode, "settings": settings, "mcp": mcp_settings})

    def test_warehouse(
        self,
        workspace_id: str,
        settings: Mapping[str, Any],
        mcp_settings: Mapping[str, Any] | None,
        deadline: Deadline,
    ) -> None:
        self._do("test_warehouse", lambda: None)

    def put_mode(self, workspace_id: str, mode: str, deadline: Deadline) -> None:
        self._do("put_mode", lambda: self._there(workspace_id).update(warehouseMode=mode), mode)

    def alter(
        self,
        workspace_id: str,
        schema: Mapping[str, Any],
        primary_sources: Mapping[str, str],
        re_paths: Mapping[str, str | None],
        deadline: Deadline,
    ) -> None:
        def act() -> None:
            there = self._there(workspace_id)
            if there["warehouseMode"] == "Inspection":
                raise unprocessable("InspectionMode")
            self.on_alter()
            start = f"2026-11-29T05:00:{len(self.calls):02}Z"
            if not self.alteration_error:
                there.update(profileSchema=schema, primarySources=dict(primary_sources))
            error = self.alteration_error
            self.alterations[workspace_id] = Run(start=start, end=start, error=error)

        self._do("alter", act, {"schema": schema, "primary_sources": primary_sources, "re_paths": re_paths})

    def preview(
        self,
        workspace_id: str,
        schema: Mapping[str, Any],
        re_paths: Mapping[str, str | None],
        deadline: Deadline,
    ) -> tuple[str, ...]:
        return tuple(self._do("preview", lambda: ("BEGIN;", "COMMIT;")))

    def latest_alteration(self, workspace_id: str, deadline: Deadline) -> Run:
        found: Run = self._do("latest_alteration", lambda: self.alterations.get(workspace_id, Run()))
        return found

    def identity_settings(self, workspace_id: str, deadline: Deadline) -> IdentitySettings:
        def act() -> IdentitySettings:
            there = self._there(workspace_id)
            return IdentitySettings(
                run_on_batch_import=there["resolveIdentitiesOnBatchImport"], identifiers=there["identifiers"]
            )

        found: IdentitySettings = self._do("identity_settings", act)
        return found

    def put_identity_settings(
        self, workspace_id: str, identifiers: Sequence[str], deadline: Deadline, *, run_on_batch_import: bool
    ) -> None:
        new = {"identifiers": [*identifiers], "resolveIdentitiesOnBatchImport": run_on_batch_import}
        self._do("put_identity_settings", lambda: self._there(workspace_id).update(new), [*identifiers])

    def latest_identity_resolution(self, workspace_id: str, deadline: Deadline) -> Run:
        found: Run = self._do("latest_identity_resolution", lambda: self.runs.get(workspace_id, Run()))
        return found


class MemoryWarehouses:
    """Warehouses by their schema, as our own connection sees them; `reachable` or not."""

    def __init__(self, api: MemoryApi) -> None:
        self.api = api
        self.reachable = True
        self.found: tuple[Finding, ...] = ()
        """What a check finds besides that a schema is not empty."""
        self.drop_obstacles: tuple[Finding, ...] = ()
        self.drop_error: Finding | None = None
        self.failed: str | None = None
        self.opened: list[Mapping[str, Any]] = []

    def open(self, address: WarehouseAddress) -> "MemoryWarehouse":
        settings: Any = address.settings
        self.opened.append(settings)
        return MemoryWarehouse(self, settings["schema"])


class MemoryWarehouse:
    """One of them; see `ServersWarehouse`."""

    def __init__(self, all_: MemoryWarehouses, schema: str) -> None:
        self._all, self._schema = all_, schema

    def _require_reachable(self) -> None:
        if not self._all.reachable:
            raise WarehouseError(UNREACHABLE)

    @property
    def _is_filled(self) -> bool:
        return self._schema in self._all.api.fills

    def check_for_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        if not self._all.reachable:
            return (UNREACHABLE,)
        return (*self._all.found, *([NOT_EMPTY] if self._is_filled else []))

    def check_refill_by_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        return (*self._all.found, *self._all.drop_obstacles) if self._all.reachable else (UNREACHABLE,)

    def try_settings(self, deadline: Deadline) -> tuple[Finding, ...]:
        return self._all.found if self._all.reachable else (UNREACHABLE,)

    def check_alteration_by_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        return ()

    def check_drop_made_by_server(self, deadline: Deadline) -> tuple[Finding, ...]:
        return self._all.drop_obstacles if self._all.reachable else (UNREACHABLE,)

    def drop_made_by_server(self, deadline: Deadline) -> None:
        self._require_reachable()
        if self._all.drop_error:
            raise WarehouseError(self._all.drop_error)
        self._all.api.fills.discard(self._schema)

    def clearing_statements(self, deadline: Deadline) -> tuple[str, ...]:
        self._require_reachable()
        return (STATEMENT,) if self._is_filled else ()

    def failed_resolution(self, deadline: Deadline) -> str | None:
        self._require_reachable()
        return self._all.failed

    def count_made_by_server(self, deadline: Deadline) -> Counts:
        self._require_reachable()
        return Counts(RowCount(3), RowCount(5), RowCount(0))

    def count_values_made_by_server(self, columns: Sequence[str], deadline: Deadline) -> ColumnCounts:
        self._require_reachable()
        return ColumnCounts(Filled(RowCount(3), dict.fromkeys(columns, 1)), Filled(RowCount(5)))

"""Every call of the provider with a profile schema of 1,500 properties, by its handlers in this process.

No Terraform and no gRPC: what is measured starts with a request's message and ends with the answer's, the warehouse's
work in between. Terraform itself takes seconds for such a schema (docs/facts/terraform.md, "Dynamic values").
"""

import time
from copy import deepcopy
from typing import Any, Final

from bench.measure import Table
from krenalis_provider.provider import KrenalisProvider
from tests.support.plugin import Caller, Told
from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import PostgreSQLWarehouse
from tests.support.workspace_calls import WorkspaceCalls
from tfplugin.logs import Log
from tfplugin.process import collect_rarely
from tfplugin.rpc.session import Session

_NUMBER: Final = 1500
_PER_PART: Final = 10
_CHANGED_PARTS: Final = 10
_IN_ALL, _OURS = "in all", "of our processor"
_TYPES: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "string", "maxLength": 100},
    {"kind": "int", "bitSize": 32, "minimum": 0},
    {"kind": "decimal", "precision": 12, "scale": 2},
    {"kind": "datetime"},
    {"kind": "array", "elementType": {"kind": "string", "values": ["a", "b"]}},
    {"kind": "boolean"},
)


def measure(server: Server, runs: int) -> Table:
    """A workspace from nothing to nothing, again and again; the first time is for the caches and does not count."""
    table = Table(f"{_NUMBER} properties, ms", (_IN_ALL, _OURS))
    database = server.database()
    collect_rarely()  # as in a provider's process
    for run in range(runs + 1):
        _live(table, database, run)
        if run == 0:
            table.forget()
    database.drop()
    return table


def _live(table: Table, database: Database, run: int) -> None:
    caller = _TimedCaller(table)
    workspace = WorkspaceCalls(PostgreSQLWarehouse(database.server.port, database), caller)
    first, second = workspace.config(_document(run)), workspace.config(_document(run, changed=True))
    _require(workspace.validate(first))
    for config, what in ((first, "a creation"), (second, "a change"), (None, "a destruction")):
        caller.of = f" of {what}"
        plan = workspace.plan(config)
        _require(plan.told)
        _require(workspace.apply(plan))
        if config:
            caller.of = ""
            _require(workspace.upgrade())
            _require(workspace.refresh())
            caller.of = " of no change"
            _require(workspace.plan(config).told)


def _require(told: list[Told]) -> None:
    errors = [diagnostic for diagnostic in told if diagnostic.severity == "error"]
    assert not errors, errors


class _TimedCaller(Caller):
    """Each call is a row; `of` completes its name."""

    def __init__(self, table: Table) -> None:
        super().__init__(KrenalisProvider())
        self.session = Session(self.session.provider, Log.of({"TF_LOG": "off"}, ""))
        self.of = ""
        self._table = table

    def call(self, module: str, request: Any) -> Any:
        row = module.title().replace("_", "") + self.of
        start = time.process_time()
        answer = self._table.time(row, _IN_ALL, lambda: super(_TimedCaller, self).call(module, request))
        self._table.add(row, _OURS, (time.process_time() - start) * 1000)
        return answer


def _document(run: int, *, changed: bool = False) -> Any:
    """Objects of ten properties each; changed, the first ones have one more, and their strings are longer.

    Each run has one of its own: what is kept of a document does not outlive a process of Terraform's either.
    """
    objects = []
    for part in range(_NUMBER // _PER_PART):
        change = changed and part < _CHANGED_PARTS
        properties = [_property(run, part, number) for number in range(_PER_PART + change)]
        for prop in properties:
            if change and "maxLength" in prop["type"]:
                prop["type"]["maxLength"] += 100
        type_ = {"kind": "object", "properties": properties}
        objects.append({"name": f"part_{part}", "type": type_, "readOptional": True})
    return {"kind": "object", "properties": objects}


def _property(run: int, part: int, number: int) -> dict[str, Any]:
    return {
        "name": f"property_{number}",
        "type": deepcopy(_TYPES[(part + number) % len(_TYPES)]),
        "readOptional": True,
        "description": f"Property {number} of part {part} in run {run}",
    }

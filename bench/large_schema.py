"""Every call of the provider with a profile schema of 1,500 properties, by its handlers in this process.

No Terraform and no gRPC: what is measured starts with a request's message and ends with the answer's, the warehouse's
work in between. Terraform itself takes seconds for such a schema (spec terraform-behaviour, Dynamic values).
"""

import time
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from bench.measure import Table
from krenalis_provider.provider import KrenalisProvider
from tests.support.plugin import Caller
from tests.support.postgresql import Server
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import infer, json_codec
from tfplugin.logs import Log
from tfplugin.process import collect_rarely
from tfplugin.rpc.session import Session

_NUMBER: Final = 1500
_PER_PART: Final = 10
_CHANGED_PARTS: Final = 10
_COLUMNS: Final = ("in all", "of our processor")
_TYPE_NAME: Final = "krenalis_workspace"
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
    table = Table(f"{_NUMBER} properties, ms", _COLUMNS)
    database = server.database()
    collect_rarely()
    for run in range(runs + 1):
        _Life(table, _config(database.settings())).run()
        if run == 0:
            table.forget()
    database.drop()
    return table


class _Life:
    """One workspace through the calls that Terraform makes, in a provider of its own."""

    def __init__(self, table: Table, config: dict[str, Any]) -> None:
        self._table = table
        self._config = config
        self._caller = Caller(KrenalisProvider())
        self._caller.session = Session(self._caller.session.provider, Log.of({"TF_LOG": "off"}, ""))
        self._type = self._caller.type_of(_TYPE_NAME)
        block = self._wire({}, self._caller.session.provider_schema.type)
        self._call("ConfigureProvider", "configure_provider", pb.ConfigureProvider.Request(config=block))

    def run(self) -> None:
        """Create, refresh, change and destroy it."""
        config = self._config
        self._validate(config)
        self._plan("a creation", None, config)
        state = self._apply("the creation", None, config)
        self._upgrade(state)
        state = self._read(state)
        self._plan("no change", state, config)
        changed = {**config, "profile_schema": infer(_document(changed=True))}
        state = self._apply("the change", state, changed, planned="a change")
        self._apply("the destruction", state, None, planned="a destruction")

    def _validate(self, config: Mapping[str, Any]) -> None:
        request = pb.ValidateResourceConfig.Request(type_name=_TYPE_NAME, config=self._wire(config))
        self._call("ValidateResourceConfig", "validate_resource_config", request)

    def _plan(
        self, of: str, prior: dict[str, Any] | None, config: dict[str, Any] | None
    ) -> pb.PlanResourceChange.Response:
        # Terraform proposes the configuration, with what is computed as it was
        proposed = config and {**(prior or {}), **{k: v for k, v in config.items() if v is not None}}
        request = pb.PlanResourceChange.Request(
            type_name=_TYPE_NAME,
            prior_state=self._wire(prior),
            config=self._wire(config),
            proposed_new_state=self._wire(proposed),
        )
        answer: pb.PlanResourceChange.Response = self._call(
            f"PlanResourceChange of {of}", "plan_resource_change", request
        )
        return answer

    def _apply(
        self, of: str, prior: dict[str, Any] | None, config: dict[str, Any] | None, *, planned: str = ""
    ) -> Any:
        plan = self._plan(planned or "a creation", prior, config)
        request = pb.ApplyResourceChange.Request(
            type_name=_TYPE_NAME,
            prior_state=self._wire(prior),
            config=self._wire(config),
            planned_state=plan.planned_state,
            planned_private=plan.planned_private,
        )
        answer = self._call(f"ApplyResourceChange of {of}", "apply_resource_change", request)
        return self._caller.read(self._type, answer.new_state)

    def _upgrade(self, state: Mapping[str, Any]) -> None:
        stored = json_codec.encode(self._type, state)
        version = self._caller.session.resource(_TYPE_NAME).schema().version
        request = pb.UpgradeResourceState.Request(
            type_name=_TYPE_NAME, version=version, raw_state=pb.RawState(json=stored)
        )
        self._call("UpgradeResourceState", "upgrade_resource_state", request)

    def _read(self, state: Mapping[str, Any]) -> Any:
        request = pb.ReadResource.Request(type_name=_TYPE_NAME, current_state=self._wire(state))
        answer = self._call("ReadResource", "read_resource", request)
        return self._caller.read(self._type, answer.new_state)

    def _wire(self, value: Mapping[str, Any] | None, type_: Any = None) -> pb.DynamicValue:
        return self._caller.wire(type_ or self._type, value)

    def _call(self, row: str, module: str, request: Any) -> Any:
        start = time.process_time()
        answer = self._table.time(row, _COLUMNS[0], lambda: self._caller.call(module, request))
        self._table.add(row, _COLUMNS[1], (time.process_time() - start) * 1000)
        errors = [told.detail for told in answer.diagnostics if told.severity == pb.Diagnostic.ERROR]
        assert not errors, f"{row}: {errors}"
        return answer


def _config(settings: Mapping[str, Any]) -> dict[str, Any]:
    absent = dict.fromkeys(("account", "role", "warehouse"))
    return {
        "name": "Large",
        "profile_schema": infer(_document()),
        "warehouse": {"platform": "PostgreSQL", "mode": "Normal", "settings": {**absent, **settings}},
        "deletion_protection": False,
    }


def _document(*, changed: bool = False) -> Any:
    """Objects of ten properties each; changed, the first ones have one more, and their strings are longer."""
    objects = []
    for part in range(_NUMBER // _PER_PART):
        change = changed and part < _CHANGED_PARTS
        properties = [_property(part, number) for number in range(_PER_PART + change)]
        for prop in properties:
            if change and "maxLength" in prop["type"]:
                prop["type"]["maxLength"] += 100
        type_ = {"kind": "object", "properties": properties}
        objects.append({"name": f"part_{part}", "type": type_, "readOptional": True})
    return {"kind": "object", "properties": objects}


def _property(part: int, number: int) -> dict[str, Any]:
    return {
        "name": f"property_{number}",
        "type": deepcopy(_TYPES[(part + number) % len(_TYPES)]),
        "readOptional": True,
        "description": f"Property {number} of part {part}",
    }

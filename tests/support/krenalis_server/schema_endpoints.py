"""The endpoints of the profile schema: get, alter, preview, latest alteration."""

import re
from collections.abc import Mapping
from typing import Any

from tests.support.krenalis_server import (
    canonical,
    difference,
    go_json,
    operations,
    platforms,
    profile_types,
    schema_rules,
)
from tests.support.krenalis_server.answers import Answer, Panic, bad_request, broken, document, unprocessable
from tests.support.krenalis_server.calls import Call
from tests.support.krenalis_server.operations import Alteration
from tests.support.krenalis_server.profile_types import Type, leaves
from tests.support.krenalis_server.state import State, written
from tests.support.krenalis_server.warehouses import WarehouseError, WarehouseSilent


def get(call: Call) -> Answer:
    schema = canonical.write(call.workspace.schema).encode()
    return document(b'{"schema":' + schema + b"}" if call.state.documented else schema)


def _checked(call: Call, *, alters: bool) -> Alteration:
    readers: dict[str, go_json.Reader] = {
        "schema": schema_rules.read_schema,
        "rePaths": difference.read_re_paths,
    }
    if alters:
        sources_of = _read_numbered_sources if call.state.documented else _read_sources
        readers["primarySources"] = sources_of
    body, workspace = go_json.body_members(call.body, readers), call.workspace
    schema = body.get("schema")
    if schema is None:
        raise bad_request("schema must be valid")
    if schema.kind != "object":
        raise bad_request(f"expected schema with kind object, got {schema.kind}")
    sources = body.get("primarySources", {})
    _check_sources(call.state, schema, sources)
    re_paths = difference.check_re_paths(body.get("rePaths", {}))
    schema_rules.check_schema(schema)
    if alters and workspace.mode == "Inspection":
        raise unprocessable("InspectionMode", "data warehouse is in inspection mode")
    found = difference.difference(workspace.schema, schema, re_paths)
    for source in sources.values():
        if source not in call.state.connections:
            raise unprocessable("ConnectionNotExist", f"primary source {source} does not exist")
    keeps = call.state.next_version and not found and _order(schema) == _order(workspace.schema)
    return Alteration(schema, sources, found, runs_nothing=keeps)


def _order(schema: Type) -> list[tuple[str, ...]]:
    return [path for path, _ in leaves(schema)]


def _read_sources(value: Any, pointer: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise go_json.WrongJSON(go_json.wrong(value, "map[string]string", pointer))
    return {path: go_json.text(source, f"{pointer}/{path}") for path, source in value.items()}


def _read_numbered_sources(value: Any, pointer: str) -> dict[str, str]:
    """The same with ids as the API's documentation has them: whole numbers."""
    if isinstance(value, dict):
        value = {
            path: str(source) if isinstance(source, go_json.Number) else source
            for path, source in value.items()
        }
    return _read_sources(value, pointer)


def _check_sources(state: State, schema: Type, sources: Mapping[str, str]) -> None:
    for path, source in sources.items():
        refusal = _wrong_source(state, schema, path, source)
        if refusal is not None:
            raise bad_request(f"primary sources are not valid: {refusal}", cause=refusal)


def _wrong_source(state: State, schema: Type, path: str, source: str) -> str | None:
    if not schema_rules.is_path(path):
        raise Panic("invalid property path")
    type_ = profile_types.find(schema, path)
    if type_ is None:
        return f'property path "{path}" does not exist'
    form = r"[1-9][0-9]*" if state.documented else r"[1-9A-HJ-NP-Za-km-z]{12}"
    if not re.fullmatch(form, source):
        return f"primary source identifier {go_json.quoted(source)} is not valid"
    if type_.kind in ("object", "array"):
        return f"primary sources cannot be specified for {type_.described} properties"
    return None


def put(call: Call) -> Answer:
    operations.alter(call.state, call.workspace, _checked(call, alters=True))
    return Answer()


def preview(call: Call) -> Answer:
    wanted = _checked(call, alters=False)
    if wanted.runs_nothing:
        return document({"queries": []})
    warehouse = platforms.warehouse(call.workspace, call.state)
    try:
        queries = warehouse.preview(wanted.schema, wanted.operations)
    except (WarehouseError, WarehouseSilent):
        raise broken() from None
    return document({"queries": [f"{query};" for query in queries]})


def latest(call: Call) -> Answer:
    operation = call.workspace.alteration
    return document(
        {
            "startTime": written(operation.start if operation else None),
            "endTime": written(operation.end if operation else None),
            "error": operation.error if operation else None,
        }
    )

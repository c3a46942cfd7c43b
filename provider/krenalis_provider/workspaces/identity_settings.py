"""The rules of the settings of identity resolution: identifiers and primary sources (spec krenalis E.5, F.4).

Values may be UNKNOWN as a whole or in part, and None where they are absent; what is not known is passed over. Without
a profile schema, the rules that need one are.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from krenalis_provider.workspaces.errors import Problem
from krenalis_provider.workspaces.profile_schema import ProfileSchema, Type
from krenalis_provider.workspaces.spelling import nearest, shortened, shown
from krenalis_provider.workspaces.unknown import UNKNOWN, Unknown

_PATH: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_NOT_A_PATH: Final = 'must be the path of a property, such as "email" or "address.city", not {}.'
_CONNECTION: Final = re.compile(r"[1-9][0-9]{0,9}")
_LARGEST_CONNECTION: Final = 2**31 - 1
_IDENTIFYING: Final = frozenset({"string", "int", "uuid", "ip"})
_COMBINED: Final = frozenset({"object", "array"})


def problems(
    identifiers: Sequence[Any] | Unknown | None,
    primary_sources: Mapping[str, Any] | Unknown | None,
    schema: ProfileSchema | None,
) -> list[Problem]:
    """List what is wrong with the settings; never raises."""
    types = _types(schema) if schema and (identifiers or primary_sources) else None
    found = []
    if not isinstance(identifiers, Unknown):
        found += _identifier_problems(identifiers or (), types)
    if not isinstance(primary_sources, Unknown):
        found += _primary_source_problems(primary_sources or {}, types)
    return found


def _identifier_problems(identifiers: Sequence[Any], types: Mapping[str, Type] | None) -> list[Problem]:
    found = []
    first: dict[str, int] = {}
    for index, path in enumerate(identifiers):
        if path is UNKNOWN:
            continue
        message = _path_problem(path, types, _identifies)
        if message is None and first.setdefault(path, index) != index:
            message = f"{shown(path)} is already identifiers[{first[path]}]: remove one of the two."
        if message is None and types and not _identifies(type_ := types[path]):
            message = (
                f"{shown(path)} is {_described(type_)}, which cannot tell people apart: an identifier is a property of "
                "kind string, int, uuid or ip, or a decimal of scale 0."
            )
        if message:
            found.append(Problem(f"identifiers[{index}]", message))
    return found


def _primary_source_problems(sources: Mapping[str, Any], types: Mapping[str, Type] | None) -> list[Problem]:
    found = []
    for path, connection in sources.items():
        place = f'primary_sources["{shortened(path)}"]'
        message = _path_problem(path, types, _has_source)
        if message is None and types and not _has_source(type_ := types[path]):
            instead = "name the properties in it" if type_.kind == "object" else "remove it"
            message = f"{shown(path)} is {_described(type_)}, whose values come from all sources: {instead}."
        if message:
            found.append(Problem(place, message))
        if connection is not UNKNOWN and not _is_connection(connection):
            message = (
                f"must be the id of a connection as a string, a whole number from 1 to {_LARGEST_CONNECTION}, "
                f"not {shown(connection)}."
            )
            found.append(Problem(place, message))
    return found


def _path_problem(path: Any, types: Mapping[str, Type] | None, fits: Callable[[Type], bool]) -> str | None:
    """Say what is wrong with a path; of the properties there are, only one that `fits` is suggested."""
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        return _NOT_A_PATH.format(shown(path))
    if types is None or path in types:
        return None
    meant = nearest(path, tuple(name for name, type_ in types.items() if fits(type_)))
    hint = f": did you mean {shown(meant)}?" if meant else "."
    return f"the profile schema has no property {shown(path)}{hint}"


def _types(schema: ProfileSchema) -> dict[str, Type]:
    """The type of every property by path; objects too, though they are no columns."""
    leaves = {".".join(path): type_ for path, type_ in schema.leaves()}
    return {path: leaves.get(path, Type("object")) for path in schema.paths()}


def _identifies(type_: Type) -> bool:
    return type_.kind in _IDENTIFYING or (type_.kind == "decimal" and type_.parameter("scale") == 0)


def _has_source(type_: Type) -> bool:
    return type_.kind not in _COMBINED


def _is_connection(connection: Any) -> bool:
    return (
        isinstance(connection, str)
        and _CONNECTION.fullmatch(connection) is not None
        and int(connection) <= _LARGEST_CONNECTION
    )


def _described(type_: Type) -> str:
    if type_.kind == "decimal":
        return f"a decimal of scale {type_.parameter('scale')}"
    return f"of kind {type_.kind}"

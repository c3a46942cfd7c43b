"""The rules of identifiers and primary sources (docs/facts/krenalis.md, "Settings of identity resolution").

Values may be UNKNOWN as a whole or in part, which is passed over, and None where they are absent. Rules that need the
profile schema are passed over if there is none.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from krenalis_provider.model.attribute_path import AttributePath, Key
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_schema import ProfileSchema, Type
from krenalis_provider.model.unknown import UNKNOWN, Unknown
from krenalis_provider.model.wording import nearest, shown

_Types = Mapping[str, Type]
"""The type of every property by path; objects too, though they are no columns."""

_PATH: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_NOT_A_PATH: Final = 'must be the path of a property, such as "email" or "address.city", not {}.'
_SERVERS_ID: Final = re.compile(r"[1-9A-HJ-NP-Za-km-z]{12}")
"""Base58, which has no letters and digits that look alike."""
_DOCUMENTED_ID: Final = re.compile(r"[1-9][0-9]{0,9}")
_LARGEST_ID: Final = 2**31 - 1


def problems(
    identifiers: Sequence[Any] | Unknown | None,
    primary_sources: Mapping[str, Any] | Unknown | None,
    schema: ProfileSchema | None,
) -> list[Problem]:
    """List the mistakes in the settings; never raises."""
    types = None
    if schema and (identifiers or primary_sources):
        types = {str(path): type_ for path, type_ in schema.walk()}
    found: list[Problem] = []
    if not isinstance(identifiers, Unknown):
        found += _identifier_problems(identifiers or (), types)
    if not isinstance(primary_sources, Unknown):
        found += _primary_source_problems(primary_sources or {}, types)
    return found


def _identifier_problems(identifiers: Sequence[Any], types: _Types | None) -> Iterator[Problem]:
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
            yield Problem(AttributePath.of("identifiers", index), message)


def _primary_source_problems(sources: Mapping[str, Any], types: _Types | None) -> Iterator[Problem]:
    for path, connection in sources.items():
        place = AttributePath.of("primary_sources", Key(path))
        message = _path_problem(path, types, _has_source)
        if message is None and types and not _has_source(type_ := types[path]):
            instead = "name the properties in it" if type_.kind == "object" else "remove it"
            message = f"{shown(path)} is {_described(type_)}, whose values come from all sources: {instead}."
        if message:
            yield Problem(place, message)
        if connection is not UNKNOWN and not _is_connection(connection):
            message = (
                'must be the id of a connection as a string, as Krenalis shows it: 12 letters and digits without "0", '
                f'"O", "I" and "l", or a whole number from 1 to {_LARGEST_ID}; not {shown(connection)}.'
            )
            yield Problem(place, message)


def _path_problem(path: Any, types: _Types | None, fits: Callable[[Type], bool]) -> str | None:
    """Say the mistake in a path, if any; only properties that `fits` accepts are suggested."""
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        return _NOT_A_PATH.format(shown(path))
    if types is None or path in types:
        return None
    meant = nearest(path, tuple(name for name, type_ in types.items() if fits(type_)))
    hint = f": did you mean {shown(meant)}?" if meant else "."
    return f"the profile schema has no property {shown(path)}{hint}"


def _identifies(type_: Type) -> bool:
    return type_.kind in {"string", "int", "uuid", "ip"} or (
        type_.kind == "decimal" and type_.parameter("scale") == 0
    )


def _has_source(type_: Type) -> bool:
    return type_.kind not in {"object", "array"}


def _is_connection(connection: Any) -> bool:
    if not isinstance(connection, str):
        return False
    if _SERVERS_ID.fullmatch(connection):
        return True
    return bool(_DOCUMENTED_ID.fullmatch(connection)) and int(connection) <= _LARGEST_ID


def _described(type_: Type) -> str:
    return (
        f"a decimal of scale {type_.parameter('scale')}"
        if type_.kind == "decimal"
        else f"of kind {type_.kind}"
    )

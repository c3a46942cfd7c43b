"""The conditions of requirements: whether one holds for the running interpreter.

Source: the packaging user guide, "Dependency specifiers", "Environment markers".
"""

import ast
import operator
import os
import platform
import sys
from collections.abc import Callable, Collection
from typing import Any, Final

_VERSIONS: Final = frozenset({"python_version", "python_full_version", "implementation_version"})
_OPERATORS: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class UnknownMarker(Exception):
    """The condition is not one that is understood here; the text says so."""

    def __init__(self, marker: str) -> None:
        super().__init__(f"{marker} is a condition of a library that this command does not understand")


def holds(marker: str, extras: Collection[str] = ()) -> bool:
    """Whether the condition is true where these extras are wanted. Raises `UnknownMarker`."""
    try:
        expression = ast.parse(marker.strip(), mode="eval").body
        return any(_true(expression, {**_environment(), "extra": extra}) for extra in (extras or ("",)))
    except (SyntaxError, KeyError, ValueError):
        raise UnknownMarker(marker.strip()) from None


def _environment() -> dict[str, str]:
    return {
        "os_name": os.name,
        "sys_platform": sys.platform,
        "platform_machine": platform.machine(),
        "platform_system": platform.system(),
        "platform_release": platform.release(),
        "platform_python_implementation": platform.python_implementation(),
        "implementation_name": sys.implementation.name,
        "implementation_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "python_full_version": platform.python_version(),
    }


def _true(node: ast.expr, environment: dict[str, str]) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_true(value, environment) for value in values)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(_true(value, environment) for value in values)
        case ast.Compare(left=left, ops=[comparison], comparators=[right]):
            read = _version if {_name(left), _name(right)} & _VERSIONS else str
            return _OPERATORS[type(comparison)](
                read(_value(left, environment)), read(_value(right, environment))
            )
    raise ValueError


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _value(node: ast.expr, environment: dict[str, str]) -> str:
    return environment[node.id] if isinstance(node, ast.Name) else str(ast.literal_eval(node))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))

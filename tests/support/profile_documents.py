"""Documents of profile schemas for tests of the parser, built in few words, and what it says of them."""

from typing import Any

from krenalis_provider.model.profile_schema import ProfileSchema, parse

STRING = {"kind": "string"}
INT = {"kind": "int", "bitSize": 8}
FLOAT = {"kind": "float", "bitSize": 64}
DECIMAL = {"kind": "decimal", "precision": 5, "scale": 2}
ARRAY = {"kind": "array", "elementType": STRING}


def prop(name: Any = "p", type_: Any = None, **others: Any) -> dict[str, Any]:
    """A property; without a type, a string."""
    return {"name": name, "type": STRING if type_ is None else type_, "readOptional": True, **others}


def document(*properties: Any) -> dict[str, Any]:
    """An object, which is a whole document too."""
    return {"kind": "object", "properties": list(properties)}


def elements(**parameters: Any) -> dict[str, Any]:
    """An array of strings with these parameters."""
    return {"kind": "array", "elementType": STRING | parameters}


def problems(whole: Any) -> list[tuple[str, str]]:
    """Path and message of everything that is wrong with a document."""
    parsed = parse(whole)
    assert parsed.schema is None
    return [(str(problem.path), problem.message) for problem in parsed.problems]


def schema(whole: Any) -> ProfileSchema:
    """The schema that a right document means."""
    parsed = parse(whole)
    assert not parsed.problems
    assert parsed.schema is not None
    return parsed.schema


def paths(of: ProfileSchema) -> tuple[str, ...]:
    """The paths of all properties, such as ``address`` and ``address.city``, depth first."""
    return tuple(str(path) for path, _ in of.walk())


def canonical(type_: Any) -> Any:
    """The canonical document of a type."""
    return schema(document(prop(type_=type_))).document()["properties"][0]["type"]

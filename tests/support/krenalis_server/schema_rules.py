"""What the server refuses of workspaces and profile schemas, one rule after the other."""

from collections.abc import Mapping
from typing import Any

from tests.support.krenalis_server import go_json
from tests.support.krenalis_server.answers import Panic, Refusal, bad_request
from tests.support.krenalis_server.go_json import WrongJSON, kind_of
from tests.support.krenalis_server.numbers import InvalidType
from tests.support.krenalis_server.profile_types import NAME, NullType, Property, Type, leaves, read

PATHS = ("image", "firstName", "lastName", "extra")
MODES = ("Normal", "Inspection", "Maintenance")
_MOST = 2147483647


def read_schema(value: Any, pointer: str) -> Type | None:
    """A reader of bodies' members, None for what is no type; see `go_json.members`."""
    try:
        found = read(value)
    except NullType:
        return None
    except InvalidType as error:
        within = f'types.Type within "{pointer}"'
        message = f"json: {go_json.VERB} unmarshal JSON {kind_of(value)} into Go {within}: {error}"
        raise WrongJSON(message) from None
    return found if found is not None and found.known else None


def read_mode(value: Any, pointer: str) -> str:
    if isinstance(value, str) and not isinstance(value, go_json.Number):
        if value in MODES:
            return value
        tail = f"json: invalid WarehouseMode: {value}"
    elif value is None:
        tail = "mode cannot be null"
    else:
        go_type = go_json.go_type(value)
        tail = f"json: cannot scan a {go_type} value into an WarehouseMode value"
    raise WrongJSON(go_json.wrong(value, "core.WarehouseMode", pointer, tail))


def read_preferences(value: Any, pointer: str) -> dict[str, str]:
    """The four paths, empty ones included, of what the documents call uiPreferences."""
    names: Mapping[str, go_json.Reader] = dict.fromkeys(PATHS, go_json.text)

    def profile(value: Any, pointer: str) -> dict[str, Any]:
        return go_json.members(value, names, pointer)

    found = go_json.members(value, {"profile": profile}, pointer, "core.UIPreferences")
    given = found.get("profile", {})
    return {name: given.get(name, "") for name in PATHS}


def read_documented_preferences(value: Any, pointer: str) -> dict[str, str]:
    """The same, as the API's documentation spells it."""
    if isinstance(value, dict):
        value = {"profile": value.get("userProfile")}
    return read_preferences(value, pointer)


def check_name(name: str) -> None:
    if not name:
        raise bad_request("name is empty")
    if "\0" in name:
        raise bad_request("name contains the NUL byte")
    if len(name) > 100:
        raise bad_request("name is longer than 100 runes")


def is_path(text: str) -> bool:
    return all(NAME.match(part) for part in text.split("."))


def check_preferences(preferences: Mapping[str, str]) -> None:
    for name in PATHS:
        path = preferences[name]
        if path and not (is_path(path) and len(path.encode()) <= 1024):
            raise bad_request(f"invalid profile '{name}' {go_json.quoted(path)}")


def check_schema(schema: Type) -> None:
    """Raises `Refusal` for the first property that a profile schema cannot have, then for columns of equal names."""
    if schema.kind != "object":
        raise Panic("the schema is no object")
    _check_properties(schema)
    seen: set[str] = set()
    for path, _ in leaves(schema):
        name = "_".join(path).lower()
        if name in seen:
            column = f'the same column name "{name}" in the data warehouse, case-insensitively'
            raise bad_request(f"two profile pipeline schema properties would have {column}")
        seen.add(name)


def _check_properties(schema: Type) -> None:
    for property_ in schema.properties:
        refusal = _refusal(property_)
        if refusal is not None:
            raise refusal
        _check_properties(property_.type)


def _refusal(property_: Property) -> Refusal | None:
    cannot = "profile schema properties cannot"
    checks = (
        (property_.name.startswith("_"), "profile schema cannot have meta properties"),
        (bool(property_.prefilled), f"{cannot} have a prefilled value"),
        ("createRequired" in property_.flags, f"{cannot} be required for creation"),
        ("updateRequired" in property_.flags, f"{cannot} be required for the update"),
        ("readOptional" not in property_.flags, "profile schema properties must be optional"),
        ("nullable" in property_.flags, f"{cannot} be nullable"),
        *_type_checks(property_.type),
    )
    return next((bad_request(message) for fails, message in checks if fails), None)


def _type_checks(type_: Type) -> tuple[tuple[bool, str], ...]:
    string, array = "profile schema properties with type string", "profile schema properties with type array"
    element = type_.get("elementType")
    nested = element is not None and element.kind in ("array", "object", "map")
    inner = element.kind if element is not None else ""
    values, pattern = (
        type_.kind == "string" and type_.get(name) is not None for name in ("values", "pattern")
    )
    return (
        (values, f"{string} cannot specify values"),
        (pattern, f"{string} cannot specify pattern"),
        (nested, f"profile schema properties cannot have type {type_.kind}({inner})"),
        (type_.get("uniqueElements", False), f"{array} cannot specify unique elements"),
        (type_.get("minElements", 0) != 0, f"{array} cannot specify minimum elements count"),
        (type_.get("maxElements", _MOST) != _MOST, f"{array} cannot specify maximum elements count"),
    )

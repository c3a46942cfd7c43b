"""From one profile schema to another: the column operations that the server finds, and what it refuses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.support.krenalis_server.answers import bad_request, unprocessable
from tests.support.krenalis_server.columns import Spelling
from tests.support.krenalis_server.go_json import kind_of
from tests.support.krenalis_server.profile_types import Property, Type, leaves
from tests.support.krenalis_server.schema_rules import is_path

RePaths = Mapping[str, str | None]


@dataclass(slots=True)
class Operations:
    """Columns that are dropped, renamed (old and new name) and added, in the order of the schema."""

    drops: list[str] = field(default_factory=list)
    renames: list[tuple[str, str]] = field(default_factory=list)
    adds: list[tuple[str, Type]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.drops or self.renames or self.adds)

    def statements(self, version: int, spelling: Spelling) -> list[str]:
        """The statements for the profiles table of a version and the identities. Raises `Panic` for an unknown kind."""
        quoted = spelling.quoted
        columns = [spelling.column(name, type_).declared for name, type_ in self.adds]
        clauses = [
            [f"DROP COLUMN {quoted(name)}" for name in self.drops],
            *([f"RENAME COLUMN {quoted(old)} TO {quoted(new)}"] for old, new in self.renames),
            [f"ADD COLUMN {column}" for column in columns],
        ]
        return [
            f"ALTER TABLE {quoted(table)}\n\t" + ",\n\t".join(parts)
            for parts in clauses
            if parts
            for table in (f"krenalis_profiles_{version}", "krenalis_identities")
        ]


def view(schema: Type, version: int, spelling: Spelling) -> str:
    names = ["_kpid", "_updated_at", *("_".join(path) for path, _ in leaves(schema))]
    listed = ",\n\t".join(map(spelling.quoted, names))
    table = spelling.quoted(f"krenalis_profiles_{version}")
    return f"CREATE VIEW {spelling.quoted('profiles')} AS SELECT\n\t{listed}\nFROM {table}"


def statements(schema: Type, operations: Operations, version: int, spelling: Spelling) -> list[str]:
    """Everything that an alteration runs."""
    drop = f"DROP VIEW {spelling.quoted('profiles')}"
    return [drop, *operations.statements(version, spelling), view(schema, version, spelling)]


def read_re_paths(value: object) -> RePaths:
    """The body's ``rePaths``. Raises `Refusal`."""
    if value is None or value is ...:
        return {}
    if not isinstance(value, dict):
        raise bad_request("invalid rePaths: unexpected value of type " + kind_of(value))
    for new, old in value.items():
        refusal = _wrong_re_path(new, old)
        if refusal is not None:
            raise bad_request(f"invalid rePaths: {refusal}", cause=refusal)
    return value


def _wrong_re_path(new: str, old: object) -> str | None:
    if not is_path(new):
        return f'invalid property path: "{new}"'
    if old is None:
        return None
    if kind_of(old) != "string":
        return f"unexpected value of type {kind_of(old)}"
    if not is_path(str(old)):
        return f'invalid property path: "{old}"'
    if old == new:
        return "rePath key cannot match with its value"
    if new.rpartition(".")[0] != str(old).rpartition(".")[0]:
        renamed = f'"{old}" cannot be renamed to "{new}"'
        rule = "renames of properties are only allowed at the same level"
        return f"{rule}, so {renamed} as they have a different parent"
    return None


class _Impossible(Exception):
    pass


def difference(old: Type, new: Type, re_paths: RePaths) -> Operations:
    """The operations that lead from one schema to the other. Raises `Refusal`."""
    found = Operations()
    try:
        _check_paths(new, re_paths)
        _compare(old, new, re_paths, "", found)
    except _Impossible as error:
        message = f"cannot alter the schema as specified: {error}"
        raise unprocessable("InvalidAlterSchema", message) from None
    return found


def _check_paths(new: Type, re_paths: RePaths) -> None:
    for path in re_paths:
        if _find(new, path) is None:
            gone = "as this property no longer exists in the new schema"
            raise _Impossible(f'rePaths cannot contain "{path}", {gone}')


def _compare(old: Type, new: Type, re_paths: RePaths, parent: str, found: Operations) -> None:
    before = {property_.name: property_ for property_ in old.properties}
    renamed = {
        str(source).rpartition(".")[2]
        for path, source in re_paths.items()
        if source is not None and path.rpartition(".")[0] == parent.rstrip(".")
    }
    taken: set[str] = set()
    for property_ in new.properties:
        path = f"{parent}{property_.name}"
        if path in re_paths:
            taken |= _re_pathed(before, property_, path, re_paths[path], found)
        elif property_.name in renamed:
            must = (
                "it means that it must be declared in rePaths (as a renamed property, or as a new property)"
            )
            raise _Impossible(
                f'property "{path}" has been renamed and still appears in the new schema, so {must}'
            )
        elif property_.name in before:
            taken.add(property_.name)
            _same_name(before[property_.name], property_, re_paths, path, found)
        else:
            found.adds += _columns(property_, path)
    for name, property_ in before.items():
        if name not in taken:
            found.drops += [column for column, _ in _columns(property_, f"{parent}{name}")]


def _re_pathed(
    before: Mapping[str, Property], property_: Property, path: str, source: str | None, found: Operations
) -> set[str]:
    """Take up a property that ``rePaths`` names; returns the names of old properties that are dealt with."""
    name = property_.name if source is None else source.rpartition(".")[2]
    if name not in before:
        absent = f'as there are no properties named "{source or path}" in the old schema'
        raise _Impossible(f'rePaths cannot contain {{..., "{path}": null, ...}}, {absent}')
    if source is None:
        # an object's own name, which is no column
        found.drops.append(path.replace(".", "_"))
        found.adds += _columns(property_, path)
        return {name}
    old, new = before[name].type, property_.type
    assert old is not None
    assert new is not None
    if old != new and old.kind == new.kind == "object":
        both = f'("{source}", renamed to "{path}")'
        changes = "and simultaneously make changes to its descendant properties"
        raise _Impossible(f"it is not possible to rename an object property {both} {changes}")
    if old != new:
        renamed = f'"{source}" (renamed to "{path}")'
        raise _Impossible(f"error on property {renamed}: type changes are not supported")
    names = zip(_columns(before[name], source), _columns(property_, path), strict=True)
    found.renames += [(was, becomes) for (was, _), (becomes, _) in names]
    return {name}


def _same_name(before: Property, after: Property, re_paths: RePaths, path: str, found: Operations) -> None:
    assert before.type is not None
    assert after.type is not None
    if before.type.kind == after.type.kind == "object":
        _compare(before.type, after.type, re_paths, f"{path}.", found)
    elif before.type != after.type:
        raise _Impossible(f'error on property "{path}": type changes are not supported')


def _columns(property_: Property, path: str) -> Iterator[tuple[str, Type]]:
    assert property_.type is not None
    start = path.replace(".", "_")
    if property_.type.kind != "object":
        yield start, property_.type
    for names, type_ in leaves(property_.type):
        yield "_".join((start, *names)), type_


def _find(schema: Type, path: str) -> Property | None:
    found: Property | None = None
    properties = schema.properties
    for name in path.split("."):
        found = next((property_ for property_ in properties if property_.name == name), None)
        properties = found.type.properties if found is not None and found.type is not None else ()
    return found


def adjusted(identifiers: list[str], operations: Operations) -> list[str]:
    """The identifiers after an alteration, found by the columns' names with dots: wrong where a name has ``_``."""
    gone = {name.replace("_", ".") for name in operations.drops}
    renames = {old.replace("_", "."): new.replace("_", ".") for old, new in operations.renames}
    return [renames.get(path, path) for path in identifiers if path not in gone]

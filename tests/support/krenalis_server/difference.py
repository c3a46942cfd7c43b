"""From one profile schema to another: the column operations that the server finds, and what it refuses.

It goes over the names that are new, those that are gone, and those that stayed, object by object, and believes what
``rePaths`` says: paths that no property has are passed over, and a column may be dropped or renamed that does not exist.
"""

from collections.abc import Iterable, Iterator, Mapping

from tests.support.krenalis_server import go_json
from tests.support.krenalis_server.alteration import Operations
from tests.support.krenalis_server.answers import bad_request, unprocessable
from tests.support.krenalis_server.go_json import WrongJSON, go_type, kind_of
from tests.support.krenalis_server.profile_types import Type, leaves
from tests.support.krenalis_server.schema_rules import is_path

RePaths = Mapping[str, str | None]
"""New path to old path; to None for a property that is dropped and made anew."""


class _Impossible(Exception):
    pass


def read_re_paths(value: object, pointer: str) -> Mapping[str, object]:
    """A reader of bodies' members; see `go_json.members`."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WrongJSON(go_json.wrong(value, "map[string]interface {}", pointer))
    return value


def check_re_paths(re_paths: Mapping[str, object]) -> RePaths:
    """The paths if each is one. Raises `Refusal`."""
    for new, old in re_paths.items():
        refusal = _wrong_re_path(new, old)
        if refusal is not None:
            raise bad_request(f"invalid rePaths: {refusal}")
    return {new: None if old is None else str(old) for new, old in re_paths.items()}


def _wrong_re_path(new: str, old: object) -> str | None:
    if not is_path(new):
        return f"invalid property path: {go_json.quoted(new)}"
    if old is None:
        return None
    if kind_of(old) != "string":
        return f"unexpected value of type {go_type(old)}"
    if not is_path(str(old)):
        return f"invalid property path: {go_json.quoted(str(old))}"
    if old == new:
        return "rePath key cannot match with its value"
    # of an old property that is in no object, it lets every new path pass
    if "." in str(old) and new.rpartition(".")[0] != str(old).rpartition(".")[0]:
        renamed = f'"{old}" cannot be renamed to "{new}"'
        rule = "renames of properties are only allowed at the same level"
        return f"{rule}, so {renamed} as they have a different parent"
    return None


def difference(old: Type, new: Type, re_paths: RePaths) -> Operations:
    """The operations that lead from one schema to the other. Raises `Refusal`."""
    found = Operations()
    try:
        _Level(old, new, re_paths, "").compare(found)
    except _Impossible as error:
        message = f"cannot alter the schema as specified: {error}"
        raise unprocessable("InvalidAlterSchema", message) from None
    return found


class _Level:
    """The properties of one object, before and after; `path` is the object's, empty for the whole schema."""

    def __init__(self, old: Type, new: Type, re_paths: RePaths, path: str) -> None:
        self._before = {property_.name: property_.type for property_ in old.properties}
        self._after = {property_.name: property_.type for property_ in new.properties}
        self._re_paths, self._path = re_paths, path

    def compare(self, found: Operations) -> None:
        for name in self._after:
            if name not in self._before:
                self._new_name(name, found)
        for name in self._before:
            if name not in self._after:
                self._gone_name(name, found)
        for name in self._before:
            if name in self._after:
                self._same_name(name, found)

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _new_name(self, name: str, found: Operations) -> None:
        path, type_ = self._at(name), self._after[name]
        if path not in self._re_paths:
            found.adds += _columns(type_, path)
            return
        source = self._re_paths[path]
        if source is None:
            absent = f'as there are no properties named "{path}" in the old schema'
            raise _Impossible(f'rePaths cannot contain {{..., "{path}": null, ...}}, {absent}')
        self._rename(self._before.get(_name(source)), type_, source, path, found)

    def _rename(self, old: Type | None, new: Type, source: str, path: str, found: Operations) -> None:
        was = self._at(_name(source))
        if old != new and new.kind == "object":
            both = f'("{was}", renamed to "{path}")'
            changes = "and simultaneously make changes to its descendant properties"
            raise _Impossible(f"it is not possible to rename an object property {both} {changes}")
        if old != new:
            renamed = f'"{was}" (renamed to "{path}")'
            raise _Impossible(f"error on property {renamed}: type changes are not supported")
        found.renames += _renamed(new, source, path)

    def _gone_name(self, name: str, found: Operations) -> None:
        path = self._at(name)
        if path in self._re_paths:
            gone = "as this property no longer exists in the new schema"
            raise _Impossible(f'rePaths cannot contain "{path}", {gone}')
        if path not in self._re_paths.values():
            found.drops += [column for column, _ in _columns(self._before[name], path)]

    def _same_name(self, name: str, found: Operations) -> None:
        path, old, new = self._at(name), self._before[name], self._after[name]
        renamed = path in self._re_paths.values()
        if path in self._re_paths:
            self._re_pathed(path, old, new, found, renamed=renamed)
        elif renamed:
            must = (
                "it means that it must be declared in rePaths (as a renamed property, or as a new property)"
            )
            raise _Impossible(
                f'property "{path}" has been renamed and still appears in the new schema, so {must}'
            )
        elif old.kind == new.kind == "object":
            _Level(old, new, self._re_paths, path).compare(found)
        elif old != new:
            raise _Impossible(f'error on property "{path}": type changes are not supported')

    def _re_pathed(self, path: str, old: Type, new: Type, found: Operations, *, renamed: bool) -> None:
        """A property that goes, and another that gets its name: made anew, or renamed."""
        source = self._re_paths[path]
        if source is None:
            if not renamed:
                # an object's own name, which is no column
                found.drops.append(_column(path))
            # it names the object around twice
            found.adds += _columns(new, self._at(path) if new.kind == "object" else path)
            return
        found.drops.append(_column(path))
        if old != new:
            raise _Impossible(f'error on property "{path}": type changes are not supported')
        found.renames += _renamed(new, source, path)


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _column(path: str) -> str:
    return path.replace(".", "_")


def _renamed(type_: Type, source: str, path: str) -> Iterable[tuple[str, str]]:
    names = zip(_columns(type_, source), _columns(type_, path), strict=True)
    return [(was, becomes) for (was, _), (becomes, _) in names]


def _columns(type_: Type, path: str) -> Iterator[tuple[str, Type]]:
    if type_.kind != "object":
        yield _column(path), type_
    for names, leaf in leaves(type_):
        yield "_".join((_column(path), *names)), leaf

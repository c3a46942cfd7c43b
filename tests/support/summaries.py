"""The summaries of diagnostics that the provider's code can make, read from its syntax trees.

A summary is what a call gives to a parameter `summary`, of a function, a method or a class with a field of this name. What
is only known at run time is `HOLE`: ``f'Workspace "{name}" is protected'`` is ``Workspace "HOLE" is protected``.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path

HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"
_PARAMETER = "summary"
_NO_MAKERS = {"_generated", "command"}
"""Folders that make no diagnostics: the subcommands read those of a plan, and make none."""
_PROVIDER = Path(__file__).parents[2] / "provider"


@dataclass(frozen=True)
class Made:
    """A summary, and where the code makes it."""

    summary: str
    file: str
    line: int


class UnreadableSummary(Exception):
    """The code gives a summary that is not written as text; the message says where."""


def made_by(root: Path = _PROVIDER) -> list[Made]:
    """Each summary that the code in a folder makes. Raises `UnreadableSummary`."""
    paths = [
        path for path in sorted(root.rglob("*.py")) if _NO_MAKERS.isdisjoint(path.relative_to(root).parts)
    ]
    modules = [_Module.read(path, root) for path in paths]
    makers = _Makers({module.name: module for module in modules})
    return [made for module in modules for made in _Walk(module, makers).made()]


@dataclass(frozen=True)
class _Module:
    name: str
    file: str
    tree: ast.Module

    @classmethod
    def read(cls, path: Path, root: Path) -> "_Module":
        relative = path.relative_to(root)
        parts = relative.with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        return cls(name, str(relative), ast.parse(path.read_text()))

    @cached_property
    def definitions(self) -> dict[str, ast.FunctionDef | ast.ClassDef]:
        return {n.name: n for n in self.tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        return dict(_assigned(self.tree.body))

    @cached_property
    def imports(self) -> dict[str, str]:
        """The names that are imported anywhere in the module, with what each one is."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                origin = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
                found.update({name.asname or name.name: f"{origin}{name.name}" for name in node.names})
        return found


def _assigned(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=True)
                    yield from ((name.id, value) for name, value in pairs if isinstance(name, ast.Name))


@dataclass(frozen=True)
class _Makers:
    """What takes a summary: functions, methods and classes, by full name, and at which position."""

    modules: Mapping[str, _Module]
    _known: dict[str, int | None] = field(default_factory=dict)

    def position(self, module: _Module, called: ast.expr, owner: ast.ClassDef | None) -> int | None:
        """The position of the summary among the arguments of a call in a module; None where it takes none."""
        match called:
            case ast.Name(id=name):
                return self._of(module, name)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__") if owner:
                return next(
                    (p for base in owner.bases if (p := self.position(module, base, None)) is not None), None
                )
            case ast.Attribute(value=receiver, attr=name):
                if (
                    isinstance(receiver, ast.Name)
                    and (whole := module.imports.get(receiver.id)) in self.modules
                ):
                    return self._of(self.modules[str(whole)], name)
                return self._of_method(receiver, name)
        return None

    def _of(self, module: _Module, name: str) -> int | None:
        key = f"{module.name}.{name}"
        if key not in self._known:
            self._known[key] = None  # ends what refers to itself
            self._known[key] = self._found(module, name)
        return self._known[key]

    def _found(self, module: _Module, name: str) -> int | None:
        if definition := module.definitions.get(name):
            if isinstance(definition, ast.FunctionDef):
                return _index(definition)
            return self._of_class(module, definition)
        origin, _, imported = module.imports.get(name, "").rpartition(".")
        return self._of(self.modules[origin], imported) if origin in self.modules else None

    def _of_class(self, module: _Module, definition: ast.ClassDef) -> int | None:
        for node in definition.body:
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                found = _index(node)
                return None if found is None else found - 1
        fields = [
            n.target.id
            for n in definition.body
            if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
        ]
        if _PARAMETER in fields:
            return fields.index(_PARAMETER)
        return next(
            (p for base in definition.bases if (p := self.position(module, base, None)) is not None), None
        )

    def _of_method(self, receiver: ast.expr, name: str) -> int | None:
        """A method of a class, whose object has the name of the class: ``request.diagnostics.error``."""
        last = receiver.attr if isinstance(receiver, ast.Attribute) else getattr(receiver, "id", "")
        return self._methods.get((last.strip("_"), name))

    @cached_property
    def _methods(self) -> dict[tuple[str, str], int]:
        """The positions by the name of the class in lower case, and that of the method."""
        return {
            (definition.name.casefold(), node.name): found - 1
            for module in self.modules.values()
            for definition in module.definitions.values()
            if isinstance(definition, ast.ClassDef)
            for node in definition.body
            if isinstance(node, ast.FunctionDef) and (found := _index(node))
        }


def _index(function: ast.FunctionDef) -> int | None:
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    return names.index(_PARAMETER) if _PARAMETER in names else None


@dataclass
class _Walk:
    """A walk over one module."""

    module: _Module
    makers: _Makers

    def made(self) -> Iterator[Made]:
        yield from self._below(self.module.tree, None, None)

    def _below(
        self, node: ast.AST, owner: ast.ClassDef | None, function: ast.FunctionDef | None
    ) -> Iterator[Made]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield from self._call(child, owner, function)
            yield from self._below(
                child,
                child if isinstance(child, ast.ClassDef) else owner,
                child if isinstance(child, ast.FunctionDef) else function,
            )

    def _call(
        self, call: ast.Call, owner: ast.ClassDef | None, function: ast.FunctionDef | None
    ) -> Iterator[Made]:
        given = next((each.value for each in call.keywords if each.arg == _PARAMETER), None)
        if given is None:
            position = self.makers.position(self.module, call.func, owner)
            if position is None or position >= len(call.args):
                return
            given = call.args[position]
        if _is_derived(given) or (function and _is_passed_on(given, function)):
            return
        try:
            texts = self._returned(given) or _texts(given, _names(self.module, function))
        except UnreadableSummary as error:
            raise UnreadableSummary(f"{self.module.file}:{call.lineno}: {error}") from None
        yield from (Made(text, self.module.file, call.lineno) for text in dict.fromkeys(texts))

    def _returned(self, given: ast.expr) -> list[str]:
        """All texts that a function of another module may return; none if it is not one that makes a summary."""
        match given:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)):
                module = self.makers.modules.get(self.module.imports.get(name, ""))
                function = module.definitions.get(attribute) if module else None
                if module and isinstance(function, ast.FunctionDef):
                    names = _names(module, function)
                    returned = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
                    return [text for each in returned for text in _texts(each, names)]
        return []


def _names(module: _Module, function: ast.FunctionDef | None) -> dict[str, ast.expr]:
    return {**module.constants, **(dict(_locals(function)) if function else {})}


def _locals(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    bodies = [
        node.body for node in ast.walk(function) if hasattr(node, "body") and isinstance(node.body, list)
    ]
    for body in bodies:
        yield from _assigned(body)


def _is_passed_on(value: ast.expr, function: ast.FunctionDef) -> bool:
    """Whether it is the function's own parameter: then its callers make it."""
    return isinstance(value, ast.Name) and value.id == _PARAMETER and _index(function) is not None


def _is_derived(value: ast.expr) -> bool:
    """Whether it is another one's summary, or made of it."""
    return any(isinstance(node, ast.Attribute) and node.attr == _PARAMETER for node in ast.walk(value))


def _texts(value: ast.expr, names: Mapping[str, ast.expr]) -> list[str]:
    """All texts that an expression may be."""
    match value:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(each) for each in product(*(_parts(part, names) for part in parts))]
        case ast.IfExp(body=one, orelse=other):
            return [*_texts(one, names), *_texts(other, names)]
        case ast.Name(id=name) if name in names:
            return _texts(names[name], names)
        case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[_, default]):
            return [*_texts(table, names), *_texts(default, names)]
        case ast.Subscript(value=table):
            return _texts(table, names)
        case ast.Dict(values=values):
            return [text for each in values for text in _texts(each, names)]
    raise UnreadableSummary(f"a summary that is not text: {ast.unparse(value)}")


def _parts(part: ast.expr, names: Mapping[str, ast.expr]) -> list[str]:
    """What a part of an f-string may be; a choice between texts is read, and what is computed is a hole."""
    match part:
        case ast.FormattedValue(value=ast.IfExp() as choice):
            return [text for each in (choice.body, choice.orelse) for text in _parts_of(each, names)]
        case ast.FormattedValue():
            return [HOLE]
    return _texts(part, names)


def _parts_of(value: ast.expr, names: Mapping[str, ast.expr]) -> list[str]:
    return _texts(value, names) if isinstance(value, ast.Constant | ast.JoinedStr) else [HOLE]

"""Paths: where in a value something is, as the protocol sends it and as a person reads it."""

import json
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class AttributeStep:
    """Into an attribute of an object."""

    name: str


@dataclass(frozen=True, slots=True)
class KeyStep:
    """Into the element of a map."""

    key: str


@dataclass(frozen=True, slots=True)
class IndexStep:
    """Into the element of a list or tuple."""

    index: int


@dataclass(frozen=True, slots=True)
class ElementStep:
    """Into an element of a set, which has no name. The protocol's paths end at the set (spec terraform-plugin B5)."""


Step: TypeAlias = AttributeStep | KeyStep | IndexStep | ElementStep


@dataclass(frozen=True, slots=True)
class Path:
    """A way into a value, without steps the value itself; built as `Path.root("a").attribute("b").key("c")`."""

    steps: tuple[Step, ...] = ()

    @classmethod
    def root(cls, name: str) -> "Path":
        """The path of an attribute of the whole object."""
        return cls((AttributeStep(name),))

    def attribute(self, name: str) -> "Path":
        """The path of an attribute of the object here."""
        return Path((*self.steps, AttributeStep(name)))

    def key(self, key: str) -> "Path":
        """The path of an element of the map here."""
        return Path((*self.steps, KeyStep(key)))

    def index(self, index: int) -> "Path":
        """The path of an element of the list or tuple here."""
        return Path((*self.steps, IndexStep(index)))

    def element(self) -> "Path":
        """The path of the elements of the set here."""
        return Path((*self.steps, ElementStep()))

    def __str__(self) -> str:
        """The path as an expression of Terraform's language, such as `warehouse.settings["a"][0]`."""
        return "".join(map(_text, self.steps)).removeprefix(".")


def _text(step: Step) -> str:
    match step:
        case AttributeStep(name):
            return f".{name}"
        case IndexStep(index):
            return f"[{index}]"
        case ElementStep():
            return ""
        case KeyStep(key):
            quoted = json.dumps(key, ensure_ascii=False)
            return f"[{quoted.replace('${', '$${').replace('%{', '%%{')}]"

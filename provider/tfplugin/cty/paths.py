"""Paths to the parts of a value, as the protocol sends them and as a person reads them."""

import json
from typing import TypeAlias

from lightstart.records import Record


class AttributeStep(Record):
    """A step into an attribute of an object."""

    name: str


class KeyStep(Record):
    """A step into an element of a map."""

    key: str


class IndexStep(Record):
    """A step into an element of a list or tuple."""

    index: int


class ElementStep(Record):
    """A step into a set, whose elements have no name. The protocol's paths end at sets.

    Source: docs/facts/terraform.md, "Paths".
    """


Step: TypeAlias = AttributeStep | KeyStep | IndexStep | ElementStep


class Path(Record):
    """A path into a value, built as `Path.root("a").attribute("b").key("c")`; without steps, the value itself."""

    steps: tuple[Step, ...] = ()

    @classmethod
    def root(cls, name: str) -> "Path":
        """The path of an attribute of the whole object."""
        return cls((AttributeStep(name),))

    def attribute(self, name: str) -> "Path":
        """The path of an attribute of the object at this path."""
        return Path((*self.steps, AttributeStep(name)))

    def key(self, key: str) -> "Path":
        """The path of an element of the map at this path."""
        return Path((*self.steps, KeyStep(key)))

    def index(self, index: int) -> "Path":
        """The path of an element of the list or tuple at this path."""
        return Path((*self.steps, IndexStep(index)))

    def element(self) -> "Path":
        """The path of the elements of the set at this path."""
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

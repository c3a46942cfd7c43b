"""HTML and SVG from Python values: every text and every attribute is escaped, because there is no other way to write one."""

import html
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

_VOID: Final = ("br", "meta")


class Element(NamedTuple):
    """An element with attributes, and what is in it."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    children: "tuple[Node, ...]"


Node = str | Element
"""What a page is made of; a str is a text, and never markup."""


def element(name: str, /, *children: "Node | Iterable[Node] | None", **attributes: str | bool) -> Element:
    """An element. ``class_`` is the attribute class, ``stroke_width`` is ``stroke-width``; False leaves one out."""
    given = tuple(
        (key.rstrip("_").replace("_", "-"), "" if value is True else str(value))
        for key, value in attributes.items()
        if value is not False
    )
    return Element(name, given, tuple(_flat(children)))


def text(node: Node) -> str:
    """The markup."""
    return "".join(_written(node))


def _flat(children: "Iterable[Node | Iterable[Node] | None]") -> Iterator[Node]:
    for child in children:
        if isinstance(child, str | Element):
            yield child
        elif child is not None:
            yield from child


def _written(node: Node) -> Iterator[str]:
    if isinstance(node, str):
        yield html.escape(node, quote=False)
        return
    attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in node.attributes)
    yield f"<{node.name}{attributes}>"
    if node.name == "style":  # which is our own, and is no text to a browser
        yield from map(str, node.children)
    else:
        for child in node.children:
            yield from _written(child)
    if node.name not in _VOID or node.children:
        yield f"</{node.name}>"

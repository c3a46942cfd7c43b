"""A diagram of tables as an image within the page: SVG with the page's own colours.

No text can leave its box: each is shortened to the characters that fit, and one whose letters may be wider than a
fixed-width font's is squeezed into its space by the browser.
"""

import textwrap
import unicodedata
from collections.abc import Iterator
from typing import Final

from krenalis_provider.command.review.diagram import Card, Diagram, Row
from krenalis_provider.command.review.elements import Element, element
from krenalis_provider.command.review.model import Change
from krenalis_provider.command.review.text import plain, shortened
from krenalis_provider.command.review.words import SIGNS

WIDE: Final = 460
NARROW: Final = 300
"""Widths of a drawing: for a screen of some size, and for a small one."""
_EDGE: Final = 1
_PADDING: Final = 14
_HEAD: Final = 32
_ROW: Final = 23
_GAP: Final = 40
_SIGN: Final = 18  # in front of the name of a column
_LETTER: Final = 7.3  # of a fixed-width font of 12 pixels
_BOLD: Final = 7.9  # of the same, in the head of a card
_SMALL: Final = 6.7  # of an average font of 11 pixels, at most
_TYPE: Final = 0.45  # of the letters in a row, for a type in any case
_FORESEEN: Final = "·…−∅→⟨⟩"
_LIST: Final = "Beside these"


def svg(diagram: Diagram, number: str, width: int) -> Element:
    """The image in a width; `number` tells it from the others of the page."""
    linked = {name for link in diagram.links[:2] for name in (link.source, link.target)}
    cards = [card for card in diagram.cards if card.name in linked or card.rows]
    rest = [card for card in diagram.cards if card not in cards]
    drawn: list[Element] = []
    at = _EDGE
    labels = {link.target: link.label for link in diagram.links}
    for place, card in enumerate(cards):
        if place:
            drawn += _arrow(at, labels.get(card.name, ""), number)
            at += _GAP
        height = _height(card, width)
        drawn.append(_card(card, at, height, width))
        at += height
    if rest:
        at += _GAP // 2 if cards else 0
        height = _HEAD + _ROW * len(rest) + _PADDING // 2
        drawn.append(_list(rest, at, height, width))
        at += height
    height = at + _EDGE
    title = f"{diagram.title}: {', '.join(_in_words(card) for card in cards)}"
    return element(
        "svg",
        element("title", title, id=f"{number}-title"),
        element(
            "defs",
            element(
                "marker",
                element("path", d="M0 0 L8 4 L0 8 z", class_="tip"),
                id=f"{number}-tip", viewBox="0 0 8 8", refX="7", refY="4", markerWidth="8", markerHeight="8", orient="auto",
            ),
        ),
        drawn,
        class_=f"diagram {'narrow' if width == NARROW else 'wide'}", role="img", aria_labelledby=f"{number}-title",
        viewBox=f"0 0 {width} {height}", width=str(width), height=str(height),
    )  # fmt: skip


def _in_words(card: Card) -> str:
    changes = ", ".join(f"{plain(row.name)} {row.change.value}" for row in card.rows)
    of = "" if card.change is Change.KEPT else f" {card.change.value}"
    return f"{card.kind} {plain(card.name)}{of}{f' ({changes})' if changes else ''}"


def _height(card: Card, width: int) -> int:
    lines = len(card.rows) + len(_lines(card.note, width))
    return _HEAD + _ROW * lines + _PADDING // 2 if lines else _HEAD


def _card(card: Card, at: int, height: int, width: int) -> Element:
    rows = [_row(row, at + _HEAD + _ROW * place, width) for place, row in enumerate(card.rows)]
    below = at + _HEAD + _ROW * len(card.rows)
    return element(
        "g",
        _box(at, height, width, card.change),
        _head(card, at, width),
        rows,
        _note(card.note, below, width),
    )


def _list(cards: list[Card], at: int, height: int, width: int) -> Element:
    """The tables and views of which nothing changes but that they are made or go."""
    change = cards[0].change if len({card.change for card in cards}) == 1 else Change.KEPT
    title = element("text", _LIST, x=str(_PADDING), y=str(at + 21), class_="small strong")
    rows: list[Element] = []
    for place, card in enumerate(cards):
        top = at + _HEAD + _ROW * place
        note = " · ".join(filter(None, (card.kind, card.note if width == WIDE else "")))
        rows += _two_columns(card.name, note, top, width, card.change, "small")
    return element("g", _box(at, height, width, change), title, rows)


def _box(at: int, height: int, width: int, change: Change) -> Element:
    return element(
        "rect",
        x=str(_EDGE),
        y=str(at),
        width=str(width - 2 * _EDGE),
        height=str(height),
        rx="8",
        class_=f"box {_class(change)}",
    )


def _head(card: Card, at: int, width: int) -> Iterator[Element]:
    sign = f"{SIGNS[card.change]} " if SIGNS[card.change] else ""
    room = width - 2 * _PADDING - (len(card.kind) + 2) * _SMALL
    shown = _fitted(f"{sign}{card.name}", int(room / _BOLD))
    squeezed = _squeezed(shown, _width(shown) * _BOLD)
    middle = str(at + 21)
    yield element("text", shown, x=str(_PADDING), y=middle, class_="mono strong", **squeezed)
    yield element("text", card.kind, x=str(width - _PADDING), y=middle, class_="small end")
    if card.rows or card.note:
        y = str(at + _HEAD - 1.5)
        yield element("line", x1=str(_EDGE), x2=str(width - _EDGE), y1=y, y2=y, class_="rule")


def _row(row: Row, at: int, width: int) -> Element:
    return element("g", _two_columns(row.name, row.type, at, width, row.change, "mono"))


def _two_columns(left: str, right: str, at: int, width: int, change: Change, font: str) -> Iterator[Element]:
    x = _PADDING + (_SIGN if font == "mono" else 0)
    room = width - x - _PADDING
    letters = int(room / _LETTER) - 2
    kept = min(_width(right), int(letters * _TYPE))
    name = _fitted(left, letters - kept)
    type_ = _fitted(right, letters - _width(name))
    if change is not Change.KEPT and font == "mono":
        yield element(
            "rect",
            x=str(_EDGE + 3), y=str(at + 1), width=str(width - 2 * _EDGE - 6), height=str(_ROW - 2), rx="4",
            class_=f"band {_class(change)}",
        )  # fmt: skip
        yield element(
            "text", SIGNS[change], x=str(_PADDING), y=str(at + 16), class_=f"mono sign {_class(change)}"
        )
    class_ = f"mono {_class(change)}" if font == "mono" else "mono"
    squeezed = _squeezed(name, _width(name) * _LETTER)
    yield element("text", name, _title(left, name), x=str(x), y=str(at + 16), class_=class_, **squeezed)
    squeezed = _squeezed(type_, _width(type_) * _LETTER)
    yield element(
        "text",
        type_,
        _title(right, type_),
        x=str(width - _PADDING),
        y=str(at + 16),
        class_=f"{font} end",
        **squeezed,
    )


def _note(note: str, at: int, width: int) -> Iterator[Element]:
    for place, line in enumerate(_lines(note, width)):
        yield element("text", line, x=str(_PADDING), y=str(at + 16 + _ROW * place), class_="small")


def _lines(note: str, width: int) -> list[str]:
    return textwrap.wrap(note, int((width - 2 * _PADDING) / _SMALL))


def _arrow(at: int, label: str, number: str) -> list[Element]:
    x = str(_PADDING + 20)
    return [
        element(
            "line",
            x1=x, x2=x, y1=str(at + 4), y2=str(at + _GAP - 4), class_="arrow", marker_end=f"url(#{number}-tip)",
        ),
        element("text", label, x=str(_PADDING + 34), y=str(at + _GAP // 2 + 4), class_="small"),
    ]  # fmt: skip


def _class(change: Change) -> str:
    return change.name.lower()


def _width(text: str) -> int:
    """The letters of a fixed-width font that a text takes."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _fitted(text: str, most: int) -> str:
    """The text, shortened to a width in letters."""
    text = plain(text)
    shown, length = text, max(most, 4)
    while _width(shown) > max(most, 4) and length > 1:
        shown = shortened(text, length)
        length -= 1
    return shown


def _squeezed(text: str, room: float) -> dict[str, str]:
    """Attributes that keep a text of letters with unforeseen widths in its space."""
    if all(each.isascii() or each in _FORESEEN for each in text):
        return {}
    return {"textLength": str(round(room)), "lengthAdjust": "spacingAndGlyphs"}


def _title(whole: str, shown: str) -> Element | None:
    return None if whole == shown else element("title", plain(whole))

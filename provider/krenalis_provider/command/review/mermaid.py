"""The tables before and after as Mermaid's entity-relationship diagrams, which GitHub draws."""

import re
from collections.abc import Iterator
from typing import Final

from krenalis_provider.command.review import diagram
from krenalis_provider.command.review.diagram import Card, Diagram
from krenalis_provider.command.review.model import Change, WorkspaceReview

_KEYS: Final = ("pk", "fk", "uk")
"""What marks a column as a key, in any case of letters, and is no name."""
_NOT_IN_WORDS: Final = re.compile(r"[^A-Za-z0-9_]+")


def diagrams(of: WorkspaceReview) -> Iterator[tuple[str, str]]:
    """A title, and a diagram: of our words, and of names and types in which a word has letters, digits and underscores."""
    for each in diagram.diagrams(of):
        yield f"Tables {each.title.lower()}", "\n".join(_lines(each))


def _lines(of: Diagram) -> Iterator[str]:
    yield "erDiagram"
    of_profiles = {name for link in of.links[:2] for name in (link.source, link.target)}
    shown = [
        card for card in of.cards if card.rows or card.change is not Change.KEPT or card.name in of_profiles
    ]
    for card in shown:
        yield from _card(card)
    names = {card.name for card in shown}
    for link in of.links:
        if {link.source, link.target} <= names:
            ends = "}o--||" if link.is_many else "||--||"
            yield f'    {_word(link.source)} {ends} {_word(link.target)} : "{link.label}"'


def _card(card: Card) -> Iterator[str]:
    said = [*filter(None, (card.note, "" if card.change is Change.KEPT else card.change.value))]
    listed = ", ".join(said)
    yield f"    {_word(card.name)} {{"
    for row in card.rows:
        comment = "" if row.change is Change.KEPT else f' "{row.change.value}"'
        yield f"        {_word(row.type)} {_word(row.name)}{comment}"
    yield (f'        {_word(card.kind)} _ "{listed}"' if said else f"        {_word(card.kind)} _")
    yield "    }"


def _word(text: str) -> str:
    """A word of Mermaid's grammar, which begins with a letter or an underscore, and is no keyword."""
    word = _NOT_IN_WORDS.sub("_", text.replace("[]", "_array"))[:60].strip("_") or "_"
    if word.casefold() in _KEYS:
        return f"{word}_"
    return word if not word[0].isdigit() else f"_{word}"

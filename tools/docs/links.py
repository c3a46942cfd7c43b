"""The links of Markdown pages: where they lead, and which lead nowhere."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

_ANCHOR: Final = re.compile(r'<a (?:id|name)="([^"]+)"')
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_PARSER: Final = MarkdownIt("commonmark").enable("table")
_MARKDOWN: Final = ".md"


def dead_links(root: Path, texts: Mapping[str, str]) -> list[str]:
    """A line for each relative link of the texts that leads nowhere, with its page.

    `texts` are pages by their path from `root`; they count in place of what the files say.
    """
    known = {path: anchors(text) for path, text in texts.items()}
    return [
        f"{page}: the link to {link} leads nowhere: {reason}"
        for page, text in texts.items()
        for link in links(text)
        if (reason := _reason(root, known, page, link))
    ]


def links(text: str) -> list[str]:
    """The targets of the links and pictures of a page, in its order."""
    targets = [token.attrs.get("href", token.attrs.get("src")) for token in _tokens(text)]
    return [str(target) for target in targets if target]


def anchors(text: str) -> set[str]:
    """The names to which links within a page lead: those of its headings, and those that it gives itself."""
    found = set(_ANCHOR.findall(text))
    times: Counter[str] = Counter()
    for slug in map(_slug, headings(text)):
        found.add(f"{slug}-{times[slug]}" if times[slug] else slug)
        times[slug] += 1
    return found


def headings(text: str) -> list[str]:
    """The texts of the headings, without their marks."""
    tokens = _PARSER.parse(text)
    return [
        "".join(part.content for part in inline.children or ())
        for opening, inline in pairwise(tokens)
        if opening.type == "heading_open"
    ]


def _slug(heading: str) -> str:
    """The anchor that a heading has."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _tokens(text: str) -> Iterator[Token]:
    for token in _PARSER.parse(text):
        yield from token.children or ()


def _reason(root: Path, known: dict[str, set[str]], page: str, link: str) -> str | None:
    """The reason why a link leads nowhere, if it does."""
    if _SCHEME.match(link):
        return None
    path, _, name = unquote(link).partition("#")
    if path.startswith("/"):
        return "it is not relative"
    target = (root / page).parent.joinpath(path).resolve() if path else root / page
    if not target.is_relative_to(root):
        return "it leaves the repository"
    place = target.relative_to(root).as_posix()
    if place not in known:
        if not target.exists():
            return f"there is no {place}"
        if not name:
            return None
        if target.suffix != _MARKDOWN:
            return f"{place} has no headings"
        known[place] = anchors(target.read_text())
    return f"{place} has no heading #{name}" if name and name not in known[place] else None

"""The blocks of code of the documentation: README.md, SECURITY.md, the registry's pages, and the examples' pages."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
_FOLDERS = ("resources", "data-sources", "functions", "guides")


class Block(NamedTuple):
    """A block of code of a page."""

    page: str
    """Relative to the root."""
    line: int
    heading: str
    """The nearest heading above."""
    language: str
    """The whole info string; empty for none."""
    text: str

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"{self.page}:{self.line}"

    @property
    def name(self) -> str:
        """A name for files."""
        return self.place.replace("/", "_").replace(".", "_").replace(":", "_")


def pages() -> list[Path]:
    """All pages whose blocks are looked at."""
    found = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "docs/index.md"]
    for folder in _FOLDERS:
        found += sorted((ROOT / "docs" / folder).glob("*.md"))
    found += sorted((ROOT / "examples").rglob("README.md"))
    return [page for page in found if page.is_file()]


@cache
def blocks() -> tuple[Block, ...]:
    """All blocks, in order."""
    return tuple(
        block for page in pages() for block in blocks_of(page.relative_to(ROOT).as_posix(), page.read_text())
    )


def blocks_of(page: str, text: str) -> Iterator[Block]:
    """The blocks of a page's text, those that are only indented among them: these have no language."""
    heading = ""
    is_heading = False
    for token in MarkdownIt("commonmark").parse(text):
        if is_heading:
            heading = token.content
        is_heading = token.type == "heading_open"
        if token.type in {"fence", "code_block"}:
            line = token.map[0] + 1 if token.map else 0
            yield Block(page, line, heading, token.info.strip(), token.content)


def of(*languages: str) -> list[Block]:
    """The blocks of these languages."""
    return [block for block in blocks() if block.language in languages]

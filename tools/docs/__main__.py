"""``python -m tools.docs``: write the pages of `docs/`; with ``--check``, say which are not current."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.docs.site import FOLDERS, make

_ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Write or compare all pages; the exit code is 1 if one is wrong or, with ``--check``, not current."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page is stale")
    site = make(_ROOT)
    done = stale if parser.parse_args().check else write
    messages = [*site.mistakes, *done(_ROOT, site.pages)]
    for message in messages:
        print(message, file=sys.stderr)
    return 1 if messages else 0


def stale(root: Path, made: Mapping[str, str]) -> list[str]:
    """A line for each page that is not what is made, and for each that nothing makes."""
    messages = [
        f"{page} is not what the schema, templates/ and examples/ give: run `make docs`"
        for page, text in made.items()
        if not (root / page).is_file() or (root / page).read_text() != text
    ]
    return messages + [
        f"{page}: no template and no schema makes it: remove it" for page in strays(root, made)
    ]


def write(root: Path, made: Mapping[str, str]) -> list[str]:
    """Write each page; a line for each page that nothing makes."""
    for page, text in made.items():
        path = root / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [f"{page}: no template and no schema makes it: remove it" for page in strays(root, made)]


def strays(root: Path, made: Mapping[str, str]) -> list[str]:
    """The files in the registry's folders that are no page."""
    there = [path for folder in FOLDERS for path in (root / "docs" / folder).rglob("*") if path.is_file()]
    return sorted({path.relative_to(root).as_posix() for path in there} - made.keys())


if __name__ == "__main__":
    sys.exit(main())

"""The command line: which subcommands there are, and what each one takes and prints."""

import re
from argparse import Action, ArgumentParser
from collections.abc import Iterator
from textwrap import dedent
from typing import Final

from krenalis_provider.bundle.libraries import PROVIDER
from krenalis_provider.command import line
from tools.docs.mistakes import DocsError
from tools.docs.tables.markdown import code, sentence, table

_EXIT_CODES: Final = re.compile(r"^exit codes:\n((?:  .*\n?)+)", re.MULTILINE)
_EXIT_CODE: Final = re.compile(r"^  (\d+) +(.*)$", re.MULTILINE)


def subcommands_index() -> str:
    """The subcommands, each with what it does, and a link."""
    rows = (
        (f"[{code(name)}](#{name})", sentence(module.SUMMARY)) for name, module in line.SUBCOMMANDS.items()
    )
    return table(("subcommand", "what it does"), rows)


def subcommands() -> str:
    """A section for each subcommand: its description, its arguments, its exit codes, and what else it says of itself."""
    return "\n\n".join(part for name, parser in _parsers().items() for part in _section(name, parser))


def exit_codes() -> str:
    """The exit codes of the command line as a whole."""
    return _exit_codes(line.whole_parser().epilog or "")


def _section(name: str, parser: ArgumentParser) -> Iterator[str]:
    yield f"## {code(name)}"
    for paragraph in (parser.description or "").strip("\n").split("\n\n"):
        # what is indented is commands
        yield f"```sh\n{dedent(paragraph)}\n```" if paragraph.startswith("  ") else paragraph
    rows = [_row(action) for action in parser._actions if action.dest != "help"]  # noqa: SLF001 - argparse has no other way
    if rows:
        yield table(("argument", "meaning"), rows)
    epilog = parser.epilog or ""
    notes = _EXIT_CODES.sub("", epilog).strip("\n")
    if notes:
        yield f"```text\n{notes}\n```"
    if _EXIT_CODES.search(epilog):
        yield _exit_codes(epilog)


def _row(action: Action) -> tuple[str, str]:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    names = [f"{name} {value}".strip() for name in action.option_strings] or [value]
    needed = "Required: " if action.required and action.option_strings else ""
    return ", ".join(map(code, names)), needed + (action.help or "") % vars(action)


def _exit_codes(text: str) -> str:
    listed = _EXIT_CODES.search(text)
    if not listed:
        raise DocsError("the command line says nothing of its exit codes")
    return table(
        ("exit code", "meaning"),
        ((code(number), meaning) for number, meaning in _EXIT_CODE.findall(listed[1])),
    )


def _parsers() -> dict[str, ArgumentParser]:
    """The parser of each subcommand."""
    parsers = {}
    for name, module in line.SUBCOMMANDS.items():
        parsers[name] = ArgumentParser(prog=f"{PROVIDER} {name}")
        module.declare(parsers[name])
    return parsers

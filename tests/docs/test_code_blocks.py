"""Each block of code of the documentation is executed or validated: there is none that nobody has looked at."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from krenalis_provider.command import line
from krenalis_provider.model.profile_schema import parse
from tests.docs import blocks
from tests.docs.blocks import ROOT, Block
from tests.docs.shell_blocks import Commands
from tests.docs.sql_blocks import SqlBlocks
from tests.docs.terraform_batch import Batch
from tests.support.postgresql import Server
from tests.support.terraform_process import KRENALIS

TERRAFORM = ("terraform", "hcl")
SHELL = ("sh", "shell")
FILES = ("text", "yaml", "python", "markdown")
"""What is shown as it is in a file, which another test proves."""
COMMAND_LINE = "docs/guides/command-line.md"
KNOWN = {*TERRAFORM, *SHELL, *FILES, "json", "sql"}


def test_there_is_no_block_of_a_language_that_nothing_here_looks_at() -> None:
    assert len(blocks.blocks()) > 20
    unknown = [
        f"{block.place}: {block.language!r}" for block in blocks.blocks() if block.language not in KNOWN
    ]
    assert unknown == [], f"give each block one of the languages {', '.join(sorted(KNOWN))}"


def test_each_configuration_is_valid(tmp_path: Path) -> None:
    assert list(Batch(tmp_path, blocks.of(*TERRAFORM)).invalid()) == []


def test_each_configuration_is_formatted(tmp_path: Path) -> None:
    assert list(Batch(tmp_path, blocks.of(*TERRAFORM)).unformatted()) == []


def test_json_is_json_and_a_profile_schema_one_that_a_workspace_may_have() -> None:
    for block in blocks.of("json"):
        if (schema := profile_schema(json.loads(block.text))) is not None:
            assert parse(schema).problems == (), block.place


@pytest.mark.parametrize("document", [
    {"kind": "object", "properties": [{"name": "a", "type": {"kind": "text"}, "readOptional": True}]},
    {"name": "a", "type": {"kind": "text"}, "readOptional": True},
    {"kind": "text"},
    [{"name": "a", "type": {"kind": "text"}, "readOptional": True}],
])  # fmt: skip
def test_wrong_parts_of_a_profile_schema_are_found(document: object) -> None:
    schema = profile_schema(document)

    assert schema is not None
    assert len(parse(schema).problems) == 1


def profile_schema(document: Any) -> dict[str, Any] | None:
    """The profile schema that a document is, or that it is a part of: a property, properties, or a type."""
    match document:
        case {"kind": "object", "properties": _}:
            return dict(document)
        case {"kind": _}:
            return profile_schema({"name": "a", "type": document, "readOptional": True})
        case {"name": _, "type": _}:
            return {"kind": "object", "properties": [document]}
        case [{"name": _, "type": _}, *_]:
            return {"kind": "object", "properties": document}
        case _:
            return None


def test_each_command_is_one_that_there_is() -> None:
    commands = Commands()
    assert [problem for block in blocks.of(*SHELL) for problem in commands.problems(block)] == []
    assert [problem for block in blocks.of("text") for problem in commands.shown(block)] == []


def test_each_statement_can_be_executed(postgresql: Server) -> None:
    with SqlBlocks(postgresql) as sql:
        assert [problem for block in blocks.of("sql") for problem in sql.problems(block)] == []


def test_output_and_other_files_are_shown_as_another_test_has_seen_them() -> None:
    for block in blocks.of(*FILES):
        if is_of_a_subcommand(block):
            continue
        shown = shown_files(block.text)
        assert shown, f"{block.place}: is in no file: show one that a test proves, by {{{{ codefile }}}}"
        assert any(is_proven(path) for path in shown), f"{block.place}: no test speaks of {shown}"


def test_the_page_of_the_command_line_shows_what_the_executable_prints() -> None:
    shown = [block for block in blocks.of(*FILES) if is_of_a_subcommand(block)]
    assert len(shown) > 2
    for block in shown:
        printed = subprocess.run(
            [KRENALIS.path, block.heading.strip("`"), "--help"], capture_output=True, text=True, check=True
        )
        assert block.text in printed.stdout, block.place


def is_of_a_subcommand(block: Block) -> bool:
    """Whether the block is of a subcommand's explanation: its parser has it, and no file."""
    return block.page == COMMAND_LINE and block.heading.strip("`") in line.SUBCOMMANDS


def shown_files(text: str) -> list[Path]:
    """The files outside of the documentation that have this text."""
    folders = (ROOT / "tests", ROOT / "examples", ROOT / ".github")
    wanted = text.rstrip("\n").encode()
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if "__pycache__" not in path.parts  # other tests may be writing there
        and path.is_file()
        and abs(path.stat().st_size - len(wanted)) < 3
        and path.read_bytes().rstrip(b"\n") == wanted
    ]


def is_proven(path: Path) -> bool:
    """Whether a test speaks of the file, or of its folder."""
    spoken = [f'{before}{name}"' for before in '"/' for name in (path.name, path.parent.name)]
    return any(
        word in test.read_text()
        for test in (ROOT / "tests").rglob("test_*.py")
        if test != Path(__file__)
        for word in spoken
    )

"""Blocks of shell commands: whether there are such commands, options, targets and files."""

import re
import shlex
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from krenalis_provider.command import line
from tests.docs.blocks import ROOT, Block
from tests.docs.terraform_batch import help_of
from tests.support.terraform_process import KRENALIS

Check = Callable[["Commands", list[str], Path], str | None]
"""Takes the arguments and the folder in which the page is; says what is wrong."""

_SEPARATORS: Final = {"&&", "||", ";", "|", "&"}
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")
_UNTOLD: Final = {"plan": " -json"}
"""Options that a command of Terraform has and its help does not list."""
_READING: Final = {"validate-schema", "json-schema", "ddl"}
_QUICKSTART: Final = ROOT / "examples/quickstart"
_OTHERS: Final = {
    # commands of other people's: the options that pages use
    "cat": set[str](),
    "cd": set[str](),
    "chmod": set[str](),
    "cp": {"-r"},
    "curl": {"-fsS", "-H", "-X", "-d", "-o", "-L"},
    "echo": set[str](),
    "export": set[str](),
    "git": set[str](),
    "jq": {"-e", "-f", "-r"},
    "ln": {"-s"},
    "mkdir": {"-p"},
    "mv": set[str](),
    "pip": {"-q"},
    "pipx": set[str](),
    "psql": {"-c", "-f", "-h", "-p", "-d", "-U", "-v"},
    "rm": {"-f"},
    "checkov": {"-f", "--framework", "--external-checks-dir", "--check"},
    "terraform-compliance": {"-f", "-p"},
    "unzip": {"-d"},
    "sha256sum": {"-c", "--check", "--ignore-missing"},
    "gpg": {"--verify", "--import"},
    "uv": {"--compile-bytecode"},
}


class Commands:
    """Checks the commands of blocks."""

    def problems(self, block: Block) -> Iterator[str]:
        """What is wrong with the commands of a block."""
        syntax = subprocess.run(
            ["/bin/sh", "-n"], input=block.text, capture_output=True, text=True, check=False
        )
        if syntax.returncode:
            yield f"{block.place}: {syntax.stderr.strip()}"
            return
        yield from self.wrong(block, commands(block.text))

    def shown(self, block: Block) -> Iterator[str]:
        """What is wrong with the commands that a block of text shows behind a prompt."""
        written = re.sub(r"\|\n\s*", "| ", block.text)
        for command in re.findall(r"^\s*\$ (.*)$", written, re.MULTILINE):
            yield from self.wrong(block, commands(command))

    def wrong(self, block: Block, given: Iterable[list[str]]) -> Iterator[str]:
        """What is wrong with commands of a block."""
        folder = (ROOT / block.page).parent
        for command in given:
            if problem := self._problem(command, folder):
                yield f"{block.place}: {shlex.join(command)}: {problem}"

    def _problem(self, command: list[str], folder: Path) -> str | None:
        name, *arguments = command
        program = name.rpartition("/")[2]
        if program == "terraform":
            return _terraform(arguments)
        if program.partition("_v")[0] == KRENALIS.path.name:  # in an archive its version is behind
            return _own(arguments)
        if program == "make":
            return _make(arguments)
        if program.startswith("python"):
            return _python(arguments, folder)
        if program not in _OTHERS:
            return f"{program} is no command that this test knows: add it, with its options"
        unknown = [
            each
            for each in arguments
            if each.startswith("-") and each.partition("=")[0] not in _OTHERS[program]
        ]
        return f"unknown options {unknown}" if unknown else None


def commands(text: str) -> Iterator[list[str]]:
    """The commands of a script, without assignments before them and redirections behind."""
    for number, logical in enumerate(re.sub(r"\\\n\s*", " ", text).split("\n")):
        del number
        lexer = shlex.shlex(logical, posix=True, punctuation_chars=True)
        lexer.commenters = "#"
        command: list[str] = []
        words = list(lexer)
        for word in [*words, ";"]:
            if word not in _SEPARATORS:
                command.append(word)
                continue
            while command and _ASSIGNMENT.match(command[0]):
                del command[0]
            if command:
                yield _without_redirections(command)
            command = []


def _without_redirections(command: list[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in command:
        if skip:
            skip = False
        elif re.fullmatch(r"[<>]+&?", word):
            skip = True
        else:
            kept.append(word)
    return kept


@cache
def _terraform_commands() -> set[str]:
    return set(re.findall(r"^  (\w+) ", help_of(), re.MULTILINE))


@cache
def _terraform_help(*command: str) -> str:
    return help_of(*command)


def _terraform(arguments: list[str]) -> str | None:
    options = [each for each in arguments if each.startswith("-")]
    words = [each for each in arguments if not each.startswith("-")]
    if not words:
        known = {"-help", "-version"}
        return f"unknown options {options}" if set(options) - known else None
    if words[0] not in _terraform_commands():
        return f"Terraform has no command {words[0]}"
    text = _terraform_help(words[0])
    subcommands = (
        set(re.findall(r"^    (\w[\w-]*) ", text, re.MULTILINE)) if "Subcommands:" in text else set()
    )
    if subcommands:
        if words[1] not in subcommands:
            return f"terraform {words[0]} has no subcommand {words[1]}"
        text = _terraform_help(*words[:2])
    if words[0] in {"apply", "destroy"}:
        text += _terraform_help("plan")  # they take its options, and say so
    text += _UNTOLD.get(words[0], "")
    unknown = [each for each in options if not re.search(rf"(?<![\w-]){each.partition('=')[0]}\b", text)]
    return f"terraform {words[0]} has no options {unknown}" if unknown else None


def _own(arguments: list[str]) -> str | None:
    """Read them by the executable's own parser, and execute what only reads a profile schema."""
    if arguments == ["-debug"]:
        return None
    try:
        line.whole_parser().parse_args(arguments)
    except SystemExit as end:
        return f"it ends with {end.code}" if end.code else None
    files = [each for each in arguments if each.endswith(".json")]
    if (
        arguments[0] not in _READING
        or "-" in arguments
        or not all((_QUICKSTART / each).is_file() for each in files)
    ):
        return None
    done = subprocess.run(
        [KRENALIS.path, *arguments], cwd=_QUICKSTART, capture_output=True, text=True, check=False
    )
    return f"it ends with {done.returncode}: {done.stderr}" if done.returncode or not done.stdout else None


def _make(arguments: list[str]) -> str | None:
    text = (ROOT / "Makefile").read_text()
    for each in arguments:
        name, is_variable, _ = each.partition("=")
        if is_variable and f"$({name})" not in text and f"{name} ?=" not in text and f",{name}" not in text:
            return f"the Makefile reads no {name}"
        if not is_variable and not re.search(rf"^{re.escape(name)}:", text, re.MULTILINE):
            return f"the Makefile has no target {name}"
    return None


def _python(arguments: list[str], folder: Path) -> str | None:
    match arguments:
        case ["-m", "venv", _] | ["-m", "pip", "install", *_]:
            return None
        case [script, *_] if script.endswith(".py"):
            is_there = (folder / script).is_file() or (ROOT / script).is_file()
            return None if is_there else f"there is no {script}"
        case _:
            return "this test does not know how to check it"

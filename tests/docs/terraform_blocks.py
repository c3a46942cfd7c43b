"""Blocks of Terraform's language as whole configurations.

A block says what its page is about. What it leaves out is completed by few rules:

- Attributes alone are those of a workspace.
- ``# …`` stands for what a workspace needs there and the braces around do not say.
- Without required providers, ours is required. A variable or workspace that is named and not there is declared, and so is a
  workspace that uses a provider block.
- A file that is read is a profile schema if its name ends in ``.json``, else a private key.
- A module whose source begins with ``./`` is the nearest of that path, from the folder of the page upwards.
- What equals a file of an example is that file, in its folder. Those that the registry's pages show stand alone.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.docs.blocks import ROOT

_REQUIRED_PROVIDERS: Final = """terraform {
  required_providers {
    krenalis = { source = "krenalis/krenalis" }
  }
}
"""
_NEEDED: Final[Mapping[str, object]] = {
    "name": '"Customers"',
    "profile_schema": 'jsondecode(file("${path.module}/profile-schema.json"))',
    "warehouse": {
        "platform": '"PostgreSQL"',
        "settings": {
            "host": '"db.internal"',
            "port": "5432",
            "username": '"krenalis"',
            "database": '"cdp"',
            "schema": '"customers"',
        },
    },
}
"""What a workspace needs, as expressions."""
_LEFT_OUT: Final = re.compile(r"^\s*# …\s*$")
_OPENING: Final = re.compile(r"^\s*(?:(\w+)\s*=\s*|(\w+).*)\{\s*(?:#.*)?$")
_ASSIGNED: Final = re.compile(r"^\s*(\w+)\s*=")
_BLOCK: Final = re.compile(r'^\w+(?:\s+"[^"]*")*\s*\{', re.MULTILINE)
_FILE: Final = re.compile(r'\bfile\(\s*"(?:\$\{path\.module\}/)?([\w./-]+)"')
_ALONE: Final = ("provider", "resources", "data-sources", "functions")
"""The folders of examples whose files are shown on the registry's pages."""
_PROFILE_SCHEMA: Final = ROOT / "examples/quickstart/profile-schema.json"


def whole(text: str) -> str:
    """The configuration of a block."""
    if not _BLOCK.search(text):
        indented = "".join(f"  {line}\n" for line in text.splitlines())
        text = f'resource "krenalis_workspace" "customers" {{\n  # …\n{indented}}}\n'
    text = _completed(text)
    return text + missing(text)


def missing(text: str) -> str:
    """The blocks that a configuration lacks."""
    used = re.sub(r"^(moved|removed) \{.*?^\}", "", text, flags=re.MULTILINE | re.DOTALL)
    there = set(re.findall(r'^resource "krenalis_workspace" "(\w+)"', text, re.MULTILINE))
    named = set(re.findall(r"(?<![\w.])krenalis_workspace\.(\w+)", used))
    if not there | named and re.search(r'^provider "krenalis"', text, re.MULTILINE):
        named = {"any"}  # Terraform does not look at a provider block that nothing uses
    variables = set(re.findall(r"\bvar\.(\w+)", used))
    return "\n".join([
        *([] if "required_providers" in text else [_REQUIRED_PROVIDERS]),
        *(f'variable "{name}" {{}}\n' for name in sorted(variables - {*declared_variables(text)})),
        *(f'resource "krenalis_workspace" "{name}" {_expression(_NEEDED)}\n' for name in sorted(named - there)),
    ])  # fmt: skip


def declared_variables(text: str) -> list[str]:
    """The variables that a caller of a whole configuration may set."""
    return re.findall(r'^variable "(\w+)"', text, re.MULTILINE)


def write_files(text: str, folder: Path, private_key: str) -> None:
    """Write the files that a configuration reads into its folder."""
    for name in _FILE.findall(text):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".json":
            shutil.copy(_PROFILE_SCHEMA, path)
        else:
            path.write_text(private_key)


def copy_modules(text: str, page: Path, folder: Path) -> None:
    """Copy the modules that a configuration of a page calls by a path within its own folder."""
    for source in re.findall(r'^\s*source\s*=\s*"\./([\w./-]+)"', text, re.MULTILINE):
        near = next((each / source for each in page.parents if (each / source).is_dir()), None)
        if near:
            shutil.copytree(near, folder / source)


def is_cli_configuration(text: str) -> bool:
    """Whether a block is of Terraform's own settings, which are no configuration."""
    return (
        re.search(r"^(provider_installation|plugin_cache_dir|credentials)\b", text, re.MULTILINE) is not None
    )


def stands_alone(text: str) -> bool:
    """Whether Terraform accepts it in a root module only."""
    return re.search(r"^(import|run)\b", text, re.MULTILINE) is not None


def is_test(text: str) -> bool:
    """Whether it is a file of ``terraform test``."""
    return re.search(r"^run\b", text, re.MULTILINE) is not None


def example_of(text: str) -> Path | None:
    """The file of an example that a block shows, relative to the root."""
    for path in sorted((ROOT / "examples").rglob("*.tf")):
        is_alone = path.relative_to(ROOT / "examples").parts[0] in _ALONE
        if not is_alone and path.read_text().rstrip("\n") == text.rstrip("\n"):
            return path.relative_to(ROOT)
    return None


def _completed(text: str) -> str:
    """With what ``# …`` stands for."""
    lines = text.splitlines()
    for number in reversed(range(len(lines))):
        if _LEFT_OUT.match(lines[number]):
            needed = _needed(_path(lines[:number]))
            said = _said(lines, number)
            added = {name: value for name, value in needed.items() if name not in said}
            lines[number : number + 1] = [f"{name} = {_expression(value)}" for name, value in added.items()]
    return "\n".join(lines) + "\n"


def _path(lines: list[str]) -> list[str]:
    """The names of the blocks and objects that are open after the lines, the outermost first."""
    path: list[str] = []
    for line in lines:
        code = line.partition("#")[0]
        if opening := _OPENING.match(line):
            path.append(opening[1] or opening[2])
        else:
            closed = code.count("}") - code.count("{")
            del path[len(path) - max(0, closed) :]
    return path


def _needed(path: list[str]) -> Mapping[str, object]:
    """What a workspace needs at a path that begins with its block."""
    needed: object = _NEEDED if path[:1] == ["resource"] else {}
    for name in path[1:]:
        needed = needed.get(name, {}) if isinstance(needed, dict) else {}
    return needed if isinstance(needed, dict) else {}


def _said(lines: list[str], number: int) -> set[str]:
    """The names that are assigned in the same braces as a line."""
    depth = len(_path(lines[:number]))
    said = set()
    for at, line in enumerate(lines):
        if at == number:
            continue
        # the same braces are those from which nothing between the two lines leads out
        low, high = sorted((at, number))
        inside = all(len(_path(lines[:each])) >= depth for each in range(low, high + 1))
        if inside and len(_path(lines[:at])) == depth and (assigned := _ASSIGNED.match(line)):
            said.add(assigned[1])
    return said


def _expression(value: object) -> str:
    if isinstance(value, dict):
        return "{\n" + "\n".join(f"{name} = {_expression(each)}" for name, each in value.items()) + "\n}"
    return str(value)

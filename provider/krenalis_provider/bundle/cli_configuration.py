"""Terraform's CLI configuration: whether it makes Terraform look into a mirror, and what would.

Terraform reads one file of the home folder and those of a folder in it, or the one that a variable names. They are
written in HCL 1 or in JSON, and all of them together may have one block ``provider_installation``.

Source: Terraform's documentation, "CLI configuration file".
"""

import json
import os
import pwd
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from krenalis_provider import ADDRESS
from krenalis_provider.bundle.hcl import Item, NotUnderstood, items_of, parse

_WRITTEN: Final = """\
filesystem_mirror {{
  path    = {path}
  include = [{address}]
}}
"""
_ELSEWHERE: Final = ("direct", "network_mirror")  # the methods that ask a server


class NoHome(Exception):
    """Nothing tells the user's home folder; the text says what to do."""


class Unreadable(Exception):
    """A file is not understood; the text names the file, the line and what is wrong."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}, {reason}")


class Reading(NamedTuple):
    """What is configured: the file with the block, if one has it, and what the block does for the mirror.

    `asked_too` names the other blocks by which Terraform looks for the provider on a server.
    """

    block: Path | None
    serves: bool = False
    overridden: bool = False
    asked_too: tuple[str, ...] = ()


def home() -> Path:
    """The user's home folder, as Terraform finds it. Raises `NoHome`."""
    if named := os.environ.get("HOME"):
        return Path(named)
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        raise NoHome("nothing tells your home folder: set HOME") from None


def main_file(environment: Mapping[str, str]) -> Path:
    """The file that Terraform reads first, whether it is there or not. Raises `NoHome`."""
    named = environment.get("TF_CLI_CONFIG_FILE", "")
    return Path(named) if named else home() / ".terraformrc"


def files(environment: Mapping[str, str]) -> list[Path]:
    """Those that Terraform reads, as far as they are there."""
    found = [main_file(environment)]
    if not environment.get("TF_CLI_CONFIG_FILE"):
        folder = home() / ".terraform.d"
        found += sorted(path for path in folder.glob("*") if path.name.endswith((".tfrc", ".tfrc.json")))
    return [path for path in found if path.exists()]


def read(paths: Sequence[Path], mirror: Path) -> Reading:
    """What they configure for the mirror. Raises `Unreadable`, and OSError."""
    for path in paths:
        for name, value in _parsed(path):
            if name == "provider_installation":
                methods = list(items_of(value))
                return Reading(
                    path,
                    serves=any(_serves(method, mirror) for method in methods),
                    overridden=any(_overrides(method) for method in methods),
                    asked_too=tuple(
                        name for name, value in methods if name in _ELSEWHERE and _is_for_provider(value)
                    ),
                )
    return Reading(None)


def _parsed(path: Path) -> list[Item]:
    content = path.read_bytes()
    try:
        return parse(content.decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(path, f"line {line}: it is not UTF-8") from None
    except NotUnderstood as error:
        raise Unreadable(path, str(error)) from None


def block(mirror: Path) -> str:
    """The whole block, for a file that has none."""
    inner = "".join(
        f"  {line}\n" for line in f"{method(mirror)}\ndirect {{\n  {exclusion()}}}\n".splitlines()
    )
    return f"provider_installation {{\n{inner}}}\n".replace("  \n", "\n")


def method(mirror: Path) -> str:
    """The part of it that makes Terraform look into the mirror."""
    return _WRITTEN.format(path=_quoted(str(mirror)), address=_quoted(ADDRESS))


def exclusion() -> str:
    """The line by which a method leaves the provider to the mirror."""
    return f"exclude = [{_quoted(ADDRESS)}]\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _serves(item: Item, mirror: Path) -> bool:
    name, value = item
    if name != "filesystem_mirror":
        return False
    path = dict(items_of(value)).get("path", "")
    return os.path.realpath(str(path)) == os.path.realpath(mirror) and _is_for_provider(value)


def _is_for_provider(settings: Any) -> bool:
    """Whether the patterns of a method let Terraform look there for the provider."""
    named = dict(items_of(settings))
    included, excluded = named.get("include", [ADDRESS]), named.get("exclude", [])
    return any(map(_matches, included)) and not any(map(_matches, excluded))


def _overrides(item: Item) -> bool:
    name, value = item
    return name == "dev_overrides" and any(_matches(address) for address, _ in items_of(value))


def _matches(pattern: Any) -> bool:
    """Whether a pattern of addresses, such as ``registry.terraform.io/*/*`` or ``krenalis/krenalis``, is for the provider."""
    parts = pattern.split("/") if isinstance(pattern, str) else []
    wanted = ADDRESS.split("/")[-len(parts) :]
    return len(parts) > 1 and all(part in {"*", want} for part, want in zip(parts, wanted, strict=True))

"""Terraform's CLI configuration: whether it makes Terraform look into a mirror, and what would.

Terraform reads one file of the home folder and those of a folder in it, or the one that a variable names. They are
written in HCL 1 or in JSON, and all of them together may have one block ``provider_installation``. Without one, Terraform
looks into mirrors of the home folder by itself, and asks a server only for what none of them has.

Source: Terraform's documentation, "CLI configuration file"; docs/facts/terraform.md.
"""

import json
import os
import pwd
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from krenalis_provider import ADDRESS
from krenalis_provider.bundle.hcl import NotUnderstood, is_json, parse

_WRITTEN: Final = """\
filesystem_mirror {{
  path    = {path}
  include = [{address}]
}}
"""
_ELSEWHERE: Final = ("direct", "network_mirror")  # the methods that ask a server
_METHODS: Final = frozenset({*_ELSEWHERE, "dev_overrides", "filesystem_mirror"})


class NoHome(Exception):
    """Nothing tells the user's home folder; the text says what to do."""


class Unreadable(Exception):
    """A file is not understood; the text names the file, if possible the line, and what is wrong."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}, {reason}")


class _Refused(Exception):
    """What Terraform does not take of the block; the text says what."""


class Reading(NamedTuple):
    """What is configured: the file with the block, if one has it, and what the block does for the mirror.

    `asked_too` names the other blocks by which Terraform looks for the provider on a server.
    """

    block: Path | None
    is_json: bool = False
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


def implied_mirror() -> Path:
    """A mirror into which Terraform looks without a configuration. Raises `NoHome`."""
    return home() / ".terraform.d" / "plugins"


def files(environment: Mapping[str, str]) -> list[Path]:
    """Those that Terraform reads, as far as they are there. Raises `NoHome`."""
    if named := environment.get("TF_CLI_CONFIG_FILE") or environment.get("TERRAFORM_CONFIG"):
        found = [Path(named)]
    else:
        more = sorted((home() / ".terraform.d").glob("*"))
        found = [
            home() / ".terraformrc",
            *(path for path in more if path.name.endswith((".tfrc", ".tfrc.json"))),
        ]
    return [path for path in found if path.exists()]


def read(paths: Sequence[Path], mirror: Path) -> Reading:
    """What they configure for the mirror. Raises `Unreadable`, and OSError."""
    found = Reading(None)
    for path in paths:
        text = _text(path)
        try:
            items = parse(text)
        except NotUnderstood as error:
            raise Unreadable(path, str(error)) from None
        for name, value in items:
            if name != "provider_installation":
                continue
            if found.block:
                raise Unreadable(path, "there is a second block provider_installation, and one is allowed")
            try:
                found = _reading(list(_methods(value)), mirror)
            except _Refused as error:
                raise Unreadable(path, f"in the block provider_installation {error}") from None
            found = found._replace(block=path, is_json=is_json(text))
    return found


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(path, f"line {line}: it is not UTF-8") from None


def block(mirror: Path) -> str:
    """The whole block, for a file in HCL that has none."""
    lines = f"{method(mirror, as_json=False)}\ndirect {{\n  {exclusion(as_json=False)}}}".split("\n")
    inner = "".join(f"  {line}".rstrip() + "\n" for line in lines)
    return f"provider_installation {{\n{inner}}}\n"


def method(mirror: Path, *, as_json: bool) -> str:
    """The part of it that makes Terraform look into the mirror; in JSON, a member."""
    if as_json:
        return f'"filesystem_mirror": {json.dumps([{"path": str(mirror), "include": [ADDRESS]}])}\n'
    return _WRITTEN.format(path=_quoted(str(mirror)), address=_quoted(ADDRESS))


def exclusion(*, as_json: bool) -> str:
    """The line by which a method leaves the provider to the mirror; in JSON, a member."""
    return f'"exclude": {json.dumps([ADDRESS])}\n' if as_json else f"exclude = [{_quoted(ADDRESS)}]\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _methods(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and settings of the blocks in the block. Raises `_Refused` for what Terraform refuses."""
    if not (isinstance(value, list) and len(value) == 1 and isinstance(value[0], tuple)):
        raise _Refused("there is a label or a =, and none is allowed")
    if "dev_overrides" in dict(value[0][1:]):
        raise _Refused("dev_overrides has to be the first")
    for name, blocks in value[0]:
        for each in blocks if isinstance(blocks, list) else (None,):
            if name not in _METHODS or not isinstance(each, tuple):
                raise _Refused(
                    f"all has to be blocks of these names: {', '.join(sorted(_METHODS))}; in JSON, each an object in a list"
                )
            yield name, dict(each)


def _reading(methods: Sequence[tuple[str, dict[str, Any]]], mirror: Path) -> Reading:
    """Raises `_Refused` for what Terraform refuses."""
    mirrors = [settings for name, settings in methods if name == "filesystem_mirror"]
    if not all(isinstance(each.get("path"), str) for each in mirrors):
        raise _Refused("a filesystem_mirror has no path")
    chosen = [name for name, settings in methods if name != "dev_overrides" and _is_for_provider(settings)]
    return Reading(
        None,
        serves=any(_leads_to(each["path"], mirror) and _is_for_provider(each) for each in mirrors),
        overridden=any(
            _matches(address) for name, settings in methods if name == "dev_overrides" for address in settings
        ),
        asked_too=tuple(name for name in chosen if name in _ELSEWHERE),
    )


def _leads_to(path: str, mirror: Path) -> bool:
    try:
        return Path(path).is_absolute() and os.path.realpath(path) == os.path.realpath(mirror)
    except ValueError:  # no path can hold such a character
        return False


def _is_for_provider(settings: Mapping[str, Any]) -> bool:
    """Whether the patterns of a method let Terraform look there for the provider. Raises `_Refused`."""
    included, excluded = _patterns(settings, "include"), _patterns(settings, "exclude")
    return any(map(_matches, included or ["*/*/*"])) and not any(map(_matches, excluded))


def _patterns(settings: Mapping[str, Any], name: str) -> list[str]:
    patterns = settings.get(name, [])
    if not isinstance(patterns, list) or not all(
        isinstance(each, str) and _is_pattern(each) for each in patterns
    ):
        raise _Refused(f"{name} has to be a list of addresses, such as krenalis/krenalis or krenalis/*")
    return patterns


def _is_pattern(text: str) -> bool:
    """Whether it has two or three parts, and wildcards at the end alone."""
    parts = text.split("/")
    wild = parts[parts.index("*") :] if "*" in parts else []
    return len(parts) in {2, 3} and all(parts) and set(wild) <= {"*"}


def _matches(pattern: str) -> bool:
    """Whether a pattern of addresses, such as ``registry.terraform.io/*/*`` or ``krenalis/krenalis``, is for the provider."""
    parts = pattern.lower().split("/")
    wanted = ADDRESS.split("/")[-len(parts) :]
    return _is_pattern(pattern) and all(part in {"*", want} for part, want in zip(parts, wanted, strict=True))

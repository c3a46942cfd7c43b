"""The provider's own packages and the libraries it needs, as they are installed beside it."""

import os
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import krenalis_provider
from krenalis_provider.bundle.markers import holds

PROVIDER: Final = "terraform-provider-krenalis"
_PACKAGES: Final = ("krenalis_provider", "lightstart", "tfplugin")
# sources of what is compiled, types for a checker, and what an installer notes for itself
_LEFT_OUT: Final = (
    *(".c", ".cc", ".cmake", ".cpp", ".h", ".hpp", ".proto", ".pth", ".pxd", ".pyc", ".pyi", ".pyx", ".sh"),
    *(".typed", ".clang-format", "zip-safe"),
)
_NOTES: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json", "top_level.txt"})
_TESTS: Final = frozenset({"test", "tests", "__pycache__"})
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)\s*(?:\[([^]]*)\])?[^;]*(?:;(.*))?")


class IncompleteInstallation(Exception):
    """Something is not there from which an archive is made; the text says what."""


def files() -> Iterator[tuple[str, Path]]:
    """The files for ``site-packages``: their names relative to it, and where they are now."""
    provider = Path(krenalis_provider.__file__).parents[1]
    for package in _PACKAGES:
        for path in (provider / package).rglob("[!.]*.py"):  # a checkout may have other files, too
            yield path.relative_to(provider).as_posix(), path
    for each in distributions():
        if each.metadata["Name"] == PROVIDER:
            yield from _about(each)
        else:
            yield from _files(each)


def is_wanted(name: str) -> bool:
    """Whether a file of a library serves anybody who runs it."""
    *folders, last = name.split("/")
    return not (
        last.endswith(_LEFT_OUT)
        or _TESTS.intersection(folders)
        or (folders and folders[0].endswith(".dist-info") and last in _NOTES)
    )


def distributions() -> list[Distribution]:
    """The provider and all that it needs, in the order of names. Raises `IncompleteInstallation`."""
    found: dict[str, Distribution] = {}
    waiting: list[tuple[str, tuple[str, ...]]] = [(PROVIDER, ())]
    seen = set()
    while waiting:
        if (requirement := waiting.pop()) in seen:
            continue
        seen.add(requirement)
        name, extras = requirement
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            raise IncompleteInstallation(f"the library {name} is not installed") from None
        waiting += _requirements(found[name], extras)
    return [found[name] for name in sorted(found)]


def _requirements(dependent: Distribution, extras: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names and extras of what it needs here."""
    for requirement in dependent.requires or ():
        if not (match := _REQUIREMENT.match(requirement)):
            raise IncompleteInstallation(
                f"{dependent.metadata['Name']} needs {requirement!r}, which is no name"
            )
        name, more, condition = match.groups()
        if not condition or holds(condition, extras):
            wanted = sorted(each.strip() for each in (more or "").split(",") if each.strip())
            yield re.sub(r"[-_.]+", "-", name).lower(), tuple(wanted)


def _files(each: Distribution) -> Iterator[tuple[str, Path]]:
    if each.files is None:
        raise IncompleteInstallation(
            f"nothing tells which files {each.metadata['Name']} consists of. Install the provider into a virtual"
            " environment of its own"
        )
    for path in each.files:
        if not path.is_absolute() and ".." not in path.parts and is_wanted(path.as_posix()):
            yield path.as_posix(), Path(os.fspath(path.locate()))


def _about(each: Distribution) -> Iterator[tuple[str, Path]]:
    """What tells the distribution's name and licence; its packages may be elsewhere, in an editable installation."""
    for path in each.files or ():
        if path.parts[0].endswith(".dist-info") and is_wanted(path.as_posix()):
            yield path.as_posix(), Path(os.fspath(path.locate()))

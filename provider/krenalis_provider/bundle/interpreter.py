"""The interpreter, and the shared libraries that it and the other libraries are linked with."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from krenalis_provider.bundle import elf, macho

# of the C library, which has to fit the system's kernel and configuration: it stays the system's
_SYSTEMS: Final = re.compile(
    r"(ld-linux|ld-musl|linux-vdso|libc\.musl|lib(c|m|mvec|pthread|dl|rt|util|resolv|anl)\.so)\b.*"
)
_RESOLVED: Final = re.compile(r"^\s*(\S+) => (.+) \(0x[0-9a-f]+\)$", re.MULTILINE)
_MISSING: Final = re.compile(r"\s*(\S+) => not found|Error loading shared library (\S+):")
_BESIDE: Final = "@executable_path/../lib/"
# of macOS: the system's, those beside the program, and those beside a library that brings them along
_FOUND_ANYWHERE: Final = ("/usr/lib/", "/System/", _BESIDE, "@loader_path/")
_RUN_PATH: Final = "$ORIGIN/../lib"
ANOTHER: Final = "Use an interpreter that can be moved, such as uv installs"
"""What to do about one of which no archive can be made."""


def program() -> Path:
    """The interpreter's program, not a virtual environment's link to it."""
    return Path(os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable))


def shared_libraries(binaries: Iterable[Path]) -> dict[str, Path]:
    """The libraries that these are linked with, by file name, but for the system's own and for these themselves.

    On macOS, only those that the interpreter itself brings along. Raises `elf.UnsupportedBinary` for one that is missing.
    """
    known = {os.path.realpath(binary) for binary in binaries}
    found = dict(_beside_the_program())
    for binary in binaries:
        for name, path in _linked(binary):
            if not _SYSTEMS.fullmatch(name) and os.path.realpath(path) not in known:
                found[name] = Path(path)
    return found


def movable(name: str, content: bytes, *, is_program: bool = False) -> bytes:
    """The content of a file of the archive such that it finds its libraries there; it is the same if it is no binary of Linux.

    Raises `elf.UnsupportedBinary` for what cannot be moved, with the file's name.
    """
    try:
        if elf.is_elf(content):
            return elf.Elf(content).movable(_RUN_PATH if is_program else "")
    except elf.UnsupportedBinary as error:
        raise elf.UnsupportedBinary(f"{name} cannot come along: {error}") from None
    for library in macho.libraries(content):
        if not library.startswith(_FOUND_ANYWHERE):
            raise elf.UnsupportedBinary(
                f"{name} is linked with {library}, which does not come along. {ANOTHER}"
            )
    return content


def _beside_the_program() -> Iterator[tuple[str, Path]]:
    """Those that a program of macOS expects in the folder ``lib`` beside its own."""
    for library in macho.libraries(program().read_bytes()):
        if library.startswith(_BESIDE):
            name = library.removeprefix(_BESIDE)
            yield name, program().parents[1] / "lib" / name


def _linked(binary: Path) -> Iterator[tuple[str, str]]:
    """What the dynamic loader of the interpreter finds for one of them; nothing if it needs no library."""
    if not _read(binary).needed:
        return
    if not (loader := _read(program()).interpreter):
        raise elf.UnsupportedBinary(f"{program()} cannot load libraries. {ANOTHER}")
    run = subprocess.run(  # noqa: S603 - it loads nothing
        [loader, "--list", str(binary)], capture_output=True, text=True, check=False
    )
    printed = run.stdout + run.stderr
    if missing := _MISSING.search(printed):
        raise elf.UnsupportedBinary(f"{binary} needs {missing[1] or missing[2]}, which is missing")
    if run.returncode:
        raise elf.UnsupportedBinary(f"{loader} does not tell what {binary} is linked with: {printed.strip()}")
    for match in _RESOLVED.finditer(printed):
        yield match[1], match[2]


def _read(binary: Path) -> elf.Elf:
    try:
        return elf.Elf(binary.read_bytes())
    except elf.UnsupportedBinary as error:
        raise elf.UnsupportedBinary(f"{binary} cannot come along: {error}") from None

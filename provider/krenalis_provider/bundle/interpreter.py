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
    r"(ld-linux|ld-musl|linux-vdso|libc\.musl|libc|libm|libpthread|libdl|librt|libutil|libresolv|libanl)\b.*"
)
_RESOLVED: Final = re.compile(r"\s*(\S+) => (\S+) \(0x[0-9a-f]+\)")
_MISSING: Final = re.compile(r"\s*(\S+) => not found|Error loading shared library (\S+):")
_BESIDE: Final = "@executable_path/../lib/"
RUN_PATH: Final = "$ORIGIN/../lib"


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


def _beside_the_program() -> Iterator[tuple[str, Path]]:
    """Those that a program of macOS expects in the folder ``lib`` beside its own."""
    for library in macho.libraries(program().read_bytes()):
        if library.startswith(_BESIDE):
            name = library.removeprefix(_BESIDE)
            yield name, program().parents[1] / "lib" / name


def _linked(binary: Path) -> Iterator[tuple[str, str]]:
    """What the dynamic loader of the interpreter finds for one of them."""
    loader = elf.Elf(program().read_bytes()).interpreter
    run = subprocess.run(  # noqa: S603 - it loads nothing
        [loader, "--list", str(binary)], capture_output=True, text=True, check=False
    )
    printed = run.stdout + run.stderr
    if missing := _MISSING.search(printed):
        raise elf.UnsupportedBinary(f"{binary} needs {missing[1] or missing[2]}, which is missing")
    for match in _RESOLVED.finditer(printed):
        yield match[1], match[2]

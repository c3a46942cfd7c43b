"""Puts the files of an archive together from what is installed here."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from krenalis_provider import __version__
from krenalis_provider.bundle import elf, interpreter, libraries, standard_library
from krenalis_provider.bundle.bytecode import compiled
from krenalis_provider.bundle.files import File, with_list

LAUNCHER: Final = f"{libraries.PROVIDER}_v{__version__}"


def assemble(launcher: Path) -> dict[str, File]:
    """The files, made of the running interpreter, what is installed beside the provider, and the launcher's script.

    Raises `libraries.IncompleteInstallation`, `elf.UnsupportedBinary` or `bytecode.NotCompiled`.
    """
    from krenalis_provider.bundle import licences  # noqa: PLC0415 - imports what no other subcommand needs

    name = standard_library.version()
    standard = f"{sys.platlibdir}/{name}"
    found = {f"{standard}/{relative}": path for relative, path in standard_library.modules()}
    found |= {f"lib/{name}/site-packages/{relative}": path for relative, path in libraries.files()}
    shared = shared_libraries(found.values())
    found |= {f"lib/{library}": path for library, path in shared.items()}
    files = {relative: File(path.read_bytes()) for relative, path in found.items()}
    files |= licences.texts(found, shared)
    files[f"{standard}/{standard_library.LANDMARK}"] = File(b"By this folder the interpreter finds itself.\n")
    files = _with_bytecode(files)
    for relative, file in files.items():
        files[relative] = File(interpreter.movable(relative, file.content))
    python = interpreter.program().read_bytes()
    files[f"bin/{name}"] = File(interpreter.movable(f"bin/{name}", python, is_program=True), executable=True)
    files[LAUNCHER] = File(launcher.read_bytes(), executable=True)
    return with_list(files)


def shared_libraries(paths: Iterable[Path]) -> dict[str, Path]:
    """Where the libraries are, by file name, with which the interpreter and these files are linked."""
    return interpreter.shared_libraries(
        [path for path in (*paths, interpreter.program()) if _is_binary(path)]
    )


def _with_bytecode(files: dict[str, File]) -> dict[str, File]:
    """The same, with bytecode in the place of sources."""
    sources = {
        name: standard_library.without_folders(file.content)
        if standard_library.is_about_the_build(Path(name).name)
        else file.content
        for name, file in files.items()
        if name.endswith(".py")
    }
    made = {f"{name}c": File(content) for name, content in compiled(sources).items()}
    return {name: file for name, file in files.items() if name not in sources} | made


def _is_binary(path: Path) -> bool:
    with path.open("rb") as file:
        return elf.is_elf(file.read(4))

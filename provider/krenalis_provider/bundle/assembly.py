"""Puts the files of an archive together from what is installed here."""

import sys
from pathlib import Path
from typing import Final

from krenalis_provider import __version__
from krenalis_provider.bundle import elf, interpreter, libraries, standard_library
from krenalis_provider.bundle.bytecode import compiled
from krenalis_provider.bundle.files import File

LAUNCHER: Final = f"{libraries.PROVIDER}_v{__version__}"


def assemble(launcher: Path) -> dict[str, File]:
    """The files, made of the running interpreter, what is installed beside the provider, and the launcher's script.

    Raises `libraries.IncompleteInstallation`, `elf.UnsupportedBinary` or `bytecode.NotCompiled`.
    """
    name = standard_library.version()
    standard = f"{sys.platlibdir}/{name}"
    found = {f"{standard}/{relative}": path for relative, path in standard_library.modules()}
    found |= {f"lib/{name}/site-packages/{relative}": path for relative, path in libraries.files()}
    files = {relative: File(path.read_bytes()) for relative, path in found.items()}
    sources = {
        relative: standard_library.without_folders(file.content)
        if standard_library.is_about_the_build(Path(relative).name)
        else file.content
        for relative, file in files.items()
        if relative.endswith(".py")
    }
    for relative, content in compiled(sources).items():
        del files[relative]
        files[f"{relative}c"] = File(content)
    binaries = [path for path in (*found.values(), interpreter.program()) if _is_binary(path)]
    for library, path in interpreter.shared_libraries(binaries).items():
        files[f"lib/{library}"] = File(path.read_bytes())
    for relative, file in files.items():
        if elf.is_elf(file.content):
            files[relative] = File(elf.Elf(file.content).movable())
    python = elf.Elf(interpreter.program().read_bytes()).movable(interpreter.RUN_PATH)
    files[f"bin/{name}"] = File(python, executable=True)
    files[LAUNCHER] = File(launcher.read_bytes(), executable=True)
    return files


def _is_binary(path: Path) -> bool:
    with path.open("rb") as file:
        return elf.is_elf(file.read(4))

"""The provider as a folder that holds all it needs: the executable, libraries, and an interpreter."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.terraform_process import KRENALIS, ProviderExecutable

SOURCE = Path(__file__).parents[2] / "provider"
LIBRARIES = Path(next(path for path in sys.path if path.endswith("site-packages")))
PACKAGES = ("krenalis_provider", "lightstart", "tfplugin")
PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def bundle(
    folder: Path, *, options: Sequence[str] = (), modules: Mapping[str, str] | None = None
) -> ProviderExecutable:
    """Make the folder, with links to what is installed here.

    The interpreter gets `options` of its own. `modules` are sources that take the place of libraries, by their names.
    """
    modules = modules or {}
    libraries = folder / "lib" / PYTHON / "site-packages"
    libraries.mkdir(parents=True)
    for path in (*LIBRARIES.iterdir(), *(SOURCE / name for name in PACKAGES)):
        if path.stem not in modules and path.suffix != ".pth":
            (libraries / path.name).symlink_to(path)
    for name, text in modules.items():
        (libraries / f"{name}.py").write_text(text)
    interpreter = folder / "bin" / PYTHON
    interpreter.parent.mkdir()
    interpreter.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, *options])} "$@"\n')
    program = folder / KRENALIS.path.name
    program.write_bytes((SOURCE / KRENALIS.path.name).read_bytes())
    for executable in (interpreter, program):
        executable.chmod(0o755)
    return ProviderExecutable(KRENALIS.address, program)

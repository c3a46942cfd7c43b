"""The providers that are compared, each installed from PyPI into a virtual environment of its own under ``.bench``.

``peers/NAME`` is a project with exact pins: the smallest provider with that SDK, always at the same address and with
the same program, so that one configuration serves all.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from tests.support.terraform_process import ProviderExecutable

ROOT = Path(__file__).parents[1]
NAMES = ("ours", "tf", "pyvider")
_FOLDER = ROOT / ".bench"
_PROGRAM = "terraform-provider-bench"


def peer(name: str) -> ProviderExecutable:
    """The provider's program, after it was installed where that has not been done for this very source."""
    source, folder = Path(__file__).with_name("peers") / name, _FOLDER / name
    program = folder / "bin" / _PROGRAM
    made, wanted = folder / "made-for", (source / "pyproject.toml").read_text()
    if not made.exists() or made.read_text() != wanted:
        print(f"Installing {name} into {folder.relative_to(ROOT)}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        _install(folder, source)
        made.write_text(wanted)
    # these change without a new pin
    _install(folder, "--no-deps", "--force-reinstall", source, *([ROOT] if name == "ours" else []))
    return ProviderExecutable("registry.terraform.io/bench/bench", program)


def _install(folder: Path, *what: str | Path) -> None:
    """With bytecode: pip compiles what it installs."""
    options = ["-qq", "--disable-pip-version-check"]
    subprocess.run([folder / "bin" / "pip", "install", *options, *what], check=True)

"""The providers that are compared, each installed into a virtual environment of its own under ``.bench``.

``peers/NAME`` is a project with exact pins: the smallest provider with that SDK, always at the same address and with
the same program, so that one configuration serves all. A build is our provider from the source of some time, with the
libraries of the running environment.
"""

import shutil
import subprocess
import sys
import tarfile
import venv
from importlib.metadata import distributions
from io import BytesIO
from pathlib import Path

from tests.support.terraform_process import KRENALIS, ProviderExecutable

ROOT = Path(__file__).parents[1]
NAMES = ("ours", "tf", "pyvider")
_FOLDER = ROOT / ".bench"
_PROGRAM = "terraform-provider-bench"


def peer(name: str) -> ProviderExecutable:
    """The provider's program, after it was installed where that has not been done for this very source."""
    source = Path(__file__).with_name("peers") / name
    folder = _environment(name, source)
    # these change without a new pin
    _install(folder, "--no-deps", "--force-reinstall", source, *([ROOT] if name == "ours" else []))
    return ProviderExecutable("registry.terraform.io/bench/bench", folder / "bin" / _PROGRAM)


def build(name: str, source: Path) -> ProviderExecutable:
    """The program of our provider, made from the source."""
    libraries = sorted((found.metadata["Name"], found.version) for found in distributions())
    pins = (f"{library}=={version}\n" for library, version in libraries if library != KRENALIS.path.name)
    folder = _environment(name, source, "".join(pins))
    _install(folder, "--no-deps", "--force-reinstall", source)
    return ProviderExecutable(KRENALIS.address, folder / "bin" / KRENALIS.path.name)


def source_of(commit: str) -> Path:
    """The repository's files as they were at the commit."""
    folder = _FOLDER / "source"
    shutil.rmtree(folder, ignore_errors=True)
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def _environment(name: str, source: Path, pins: str = "") -> Path:
    """The environment of that name with the source's libraries, made anew if other ones are wanted."""
    folder = _FOLDER / name
    made, wanted = folder / "made-for", (source / "pyproject.toml").read_text() + pins
    if not made.exists() or made.read_text() != wanted:
        print(f"Installing {name} into {folder.relative_to(ROOT)}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        (folder / "pins").write_text(pins)
        _install(folder, "--constraint", folder / "pins", source)
        made.write_text(wanted)
    return folder


def _install(folder: Path, *what: str | Path) -> None:
    """With bytecode: pip compiles what it installs."""
    options = ["-qq", "--disable-pip-version-check"]
    subprocess.run([folder / "bin" / "pip", "install", *options, *what], check=True)

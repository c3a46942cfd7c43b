"""To which package of the system a file belongs, and where that has its licence texts: Debian's packages, and those of RPM.

Source: dpkg-query(1); Debian Policy 12.5; rpm(8) and its query formats.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_COMMON: Final = Path("/usr/share/common-licenses")
_CITED: Final = re.compile(rf"{_COMMON}/([\w.+-]*\w)")
_OWNER: Final = re.compile(r"^(([a-z0-9][a-z0-9.+-]*)(?::\w+)?): /", re.MULTILINE)
_FORMAT_OF_FILES: Final = r"[%{=SOURCERPM}\t%{=NAME}\t%{FILEFLAGS:fflags}\t%{FILENAMES}\n]"
_LICENCES: Final = "/usr/share/licenses/"


class Package(NamedTuple):
    """One package. `kind` is ``deb`` or ``rpm``; `texts` are its licence texts by names that no other package's have."""

    kind: str
    name: str
    version: str
    texts: dict[str, Path]


def owner(path: Path) -> Package | None:
    """The package; None where the file belongs to none."""
    for name in dict.fromkeys((str(path.resolve()), str(path), str(path).removeprefix("/usr"))):
        if package := _debian(name) or _rpm(name):
            return package
    return None


def _debian(path: str) -> Package | None:
    if not (match := _OWNER.search(_asked("dpkg-query", "-S", path))):
        return None
    full, name = match.groups()
    version = _asked("dpkg-query", "-W", "-f", "${source:Version}\n", full).splitlines()[0]
    return Package("deb", name, version, dict(_debian_texts(name)))


def _debian_texts(package: str) -> Iterator[tuple[str, Path]]:
    """What Debian says of the licence, and the texts that this cites."""
    about = Path("/usr/share/doc", package, "copyright")
    if about.is_file():
        yield f"{package}/copyright", about
        for name in sorted(set(_CITED.findall(about.read_text(errors="replace")))):
            if (_COMMON / name).is_file():
                yield f"common-licenses/{name}", _COMMON / name


def _rpm(path: str) -> Package | None:
    told = _asked("rpm", "-qf", "--queryformat", r"%{SOURCERPM}\t%{NAME}\t%{VERSION}-%{RELEASE}\n", path)
    if not told:
        return None
    source, name, version = told.splitlines()[0].split("\t")
    return Package("rpm", name, version, _rpm_texts(source, name))


def _rpm_texts(source: str, package: str) -> dict[str, Path]:
    """Its own, or else those of the packages that were made of the same source."""
    files = [
        line.split("\t") for line in _asked("rpm", "-qa", "--queryformat", _FORMAT_OF_FILES).splitlines()
    ]
    texts = [(name, path) for made_of, name, flags, path in files if made_of == source and "l" in flags]
    own = [path for name, path in texts if name == package]
    found = own or [path for _, path in texts]
    return {path.removeprefix(_LICENCES).lstrip("/"): Path(path) for path in found if Path(path).is_file()}


def _asked(program: str, *words: str) -> str:
    """What it prints; empty if it fails, as it does for a file of no package, or if it is not here."""
    if not (command := shutil.which(program)):
        return ""
    run = subprocess.run(  # noqa: S603 - it looks something up
        [command, *words], capture_output=True, text=True, check=False
    )
    return "" if run.returncode else run.stdout

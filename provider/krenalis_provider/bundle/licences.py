"""The licence texts of what comes along without one: shared libraries, and the libraries whose metadata has none.

A list says where each text is, and also where none was found: whoever passes an archive on has to know.
"""

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution
from pathlib import Path
from typing import Final, NamedTuple

from krenalis_provider.bundle import compiled_in, interpreter, libraries, packages, standard_library
from krenalis_provider.bundle.files import File

_FOLDER: Final = "lib/licences"
LIST: Final = f"{_FOLDER}/README"
_HEAD: Final = """\
Where the licence texts are of what has none in its own .dist-info, or not all of it. "no text found" means that there was
none where this archive was made. What is compiled into other files is named as far as these tell.

"""
_IS_TEXT: Final = re.compile(r"licen[cs]e|copying", re.IGNORECASE)
BUNDLED: Final = re.compile(r".*\.(libs|dylibs)/.*")
"""Shared libraries that were put beside a Python library when that was packaged."""
_OWN: Final = Path(__file__).with_name("texts")
# which of these copies are the texts of these licences, which libraries bring along by name alone
_APACHE, _GPL = "Apache-2.0.txt", "GPL-3.0.txt"
_APACHE_SINCE: Final = 3  # the version of OpenSSL


class _Line(NamedTuple):
    """What something is, where it is, and where its texts are."""

    name: str
    place: str
    texts: tuple[str, ...]

    def __str__(self) -> str:
        if self.texts:
            return f"{self.name}, {self.place}: {', '.join(self.texts)}\n"
        return f"no text found: {self.name}, {self.place}\n"


def texts(found: Mapping[str, Path], shared: Mapping[str, Path]) -> dict[str, File]:
    """The texts, and the list of them, by their names in the archive.

    `found` are the archive's files by name, and `shared` those of them that are shared libraries of the system, by file name.
    """
    lines: list[_Line] = []
    made: dict[str, File] = {}
    python = _python(found, made)
    lines.append(python)
    for name, path in shared.items():
        own = name.startswith(f"lib{standard_library.version()}")
        lines.append(_Line(name, f"lib/{name}", python.texts if own else _of_the_system(path, made)))
    lines += _of_parts(shared, made)
    for each in libraries.distributions():
        lines += _of_a_library(each, found, made)
    lines += (_Line(Path(name).name, name, ()) for name in found if BUNDLED.fullmatch(name))
    made[LIST] = File((_HEAD + "".join(sorted(map(str, lines)))).encode())
    return made


def _python(found: Mapping[str, Path], made: dict[str, File]) -> _Line:
    program = f"bin/{standard_library.version()}"
    here = [
        name for name in found if name.endswith(f"{standard_library.version()}/{standard_library.LICENCE}")
    ]
    return _Line("CPython", program, tuple(here) or _of_the_system(interpreter.program(), made))


def _of_the_system(path: Path, made: dict[str, File]) -> tuple[str, ...]:
    """Takes the texts of the package to which the file belongs."""
    package = packages.owner(path)
    taken = (
        {f"{_FOLDER}/{name}": File(text.read_bytes()) for name, text in package.texts.items()}
        if package
        else {}
    )
    made |= taken
    return tuple(taken)


def _of_parts(shared: Mapping[str, Path], made: dict[str, File]) -> Iterator[_Line]:
    parts = [("CPython", *part) for part in compiled_in.parts_of_the_interpreter(shared).items()]
    parts.append(("cryptography", "OpenSSL", compiled_in.openssl_of_cryptography()))
    for whole, name, version in parts:
        known = name == "OpenSSL" and int(version.partition(".")[0]) >= _APACHE_SINCE
        yield _Line(f"{name} {version}", f"compiled into {whole}", _copy(_APACHE, made) if known else ())


def _of_a_library(each: Distribution, found: Mapping[str, Path], made: dict[str, File]) -> Iterator[_Line]:
    """A line for one without a text, and for one whose text adds to another."""
    name, metadata = each.metadata["Name"], each.metadata
    about = [path for path in each.files or () if path.parts[0].endswith(".dist-info")]
    site_packages = f"lib/{standard_library.version()}/site-packages"
    folder = f"{site_packages}/{about[0].parts[0]}" if about else site_packages
    has_text = any(
        _IS_TEXT.search(path.name) and f"{site_packages}/{path.as_posix()}" in found for path in about
    )
    licence = next((metadata[field] for field in ("License-Expression", "License") if field in metadata), "")
    if not has_text:
        yield _Line(name, folder, _copy(_APACHE, made) if licence == "Apache-2.0" else ())
    elif licence.startswith("LGPL-3.0"):  # which consists of additions to the GPL
        yield _Line(name, folder, _copy(_GPL, made))


def _copy(name: str, made: dict[str, File]) -> tuple[str, ...]:
    """Takes our own copy of a text."""
    made[f"{_FOLDER}/{name}"] = File((_OWN / name).read_bytes())
    return (f"{_FOLDER}/{name}",)

"""Which glibc the files of an archive need, by the names of versions that ELF files hold."""

import re
from collections.abc import Mapping

from krenalis_provider.bundle.files import File

_Version = tuple[int, ...]
_WANTED = re.compile(rb"\0GLIBC_(\d+(?:\.\d+)+)(?=\0)")


def c_library(files: Mapping[str, File]) -> str:
    """The oldest version that has all that the files need; empty if they need none."""
    return _spelled(max(_needs(files).values(), default=()))


def refuse_newer(files: Mapping[str, File], newest: str) -> None:
    """End the program if files need a newer version than this, such as ``2.28``; they are named."""
    limit = _version(newest)
    newer = [
        f"{name} ({_spelled(needed)})" for name, needed in sorted(_needs(files).items()) if needed > limit
    ]
    if newer:
        raise SystemExit(
            f"The archive is to run with glibc {newest}, and these files need a newer one: {', '.join(newer)}"
        )


def _needs(files: Mapping[str, File]) -> dict[str, _Version]:
    return {
        name: max(_version(each.decode()) for each in wanted)
        for name, file in files.items()
        if file.content.startswith(b"\x7fELF") and (wanted := _WANTED.findall(file.content))
    }


def _version(text: str) -> _Version:
    return tuple(map(int, text.split(".")))


def _spelled(version: _Version) -> str:
    return ".".join(map(str, version))

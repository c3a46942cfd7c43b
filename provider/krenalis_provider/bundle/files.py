"""The files of an archive: their contents by relative names, and the archive that is made of them.

The same files give the same bytes: in the order of names, without times, owners and the caller's mode bits.
"""

import os
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)  # the first day that a ZIP archive can tell
_UNIX: Final = 3
_REGULAR: Final = 0o100000


class File(NamedTuple):
    """What one file holds, and whether it is a program."""

    content: bytes
    executable: bool = False

    @property
    def mode(self) -> int:
        """The bits of permission."""
        return 0o755 if self.executable else 0o644


Files = Mapping[str, File]


def archive(files: Files) -> bytes:
    """A ZIP archive of the files."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made:
        for name, file in sorted(files.items()):
            about = zipfile.ZipInfo(name, _LONG_AGO)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.create_system = _UNIX
            about.external_attr = (_REGULAR | file.mode) << 16
            made.writestr(about, file.content)
    return target.getvalue()


def read_folder(folder: Path) -> dict[str, File]:
    """The files of an archive that was unpacked into the folder."""
    return {
        path.relative_to(folder).as_posix(): File(path.read_bytes(), executable=os.access(path, os.X_OK))
        for path in _walk(folder)
    }


def _walk(folder: Path) -> Iterator[Path]:
    for around, _, names in os.walk(folder):
        yield from (Path(around, name) for name in names)

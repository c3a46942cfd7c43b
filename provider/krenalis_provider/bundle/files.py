"""The files of an archive: their contents by relative names, and the archive that is made of them.

The same files give the same bytes: in the order of names, without times, owners and the caller's mode bits. One file lists
the names of all, because people unpack an archive beside other files of theirs.
"""

import os
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)  # the first day that a ZIP archive can tell
_UNIX: Final = 3
_REGULAR: Final = 0o100000
_LIST: Final = "lib/FILES"


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


def with_list(files: Files) -> dict[str, File]:
    """These files, and the one that lists them."""
    names = sorted({*files, _LIST})
    return {**files, _LIST: File("".join(f"{name}\n" for name in names).encode())}


def read_folder(folder: Path) -> dict[str, File]:
    """The files of an archive that was unpacked into the folder, and nothing else that is there. Raises OSError."""
    names = (folder / _LIST).read_text().splitlines()
    return {
        name: File((folder / name).read_bytes(), executable=os.access(folder / name, os.X_OK))
        for name in names
    }

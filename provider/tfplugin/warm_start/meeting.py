"""What a launcher and the warm parent agree on: where they meet, and which starts are alike."""

import os
import sys

from tfplugin import linux

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

SOCKET = "warm"  # in the folder
READY, GO, END = b"r", b"g", b"e"  # the spare will serve; the launcher will not; a signal asks for the end
_LONGEST_FOLDER = 90  # bytes, so that a socket in it has a path that the kernel takes

# what libraries and the dynamic linker read once, so that a spare cannot be given it
_READ_AT_IMPORT = tuple(
    b"CRYPTOGRAPHY_ GCONV_ GLIBC_ LANG LC_ LD_ LOCPATH MALLOC_ NLSPATH OPENSSL_ SSL_ TZ".split()
)


class Odd(Exception):
    """Something because of which a start is cold. The text says it for the log."""


def folder(terraform: int) -> str:
    """The folder of the warm parent of the process `terraform`; its name tells that process from any other, anywhere."""
    base = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 - its mode is 0700
    path = f"{base}/plugin-{linux.host()}-{terraform:x}-{linux.started(terraform):x}"
    if not path.startswith("/") or len(os.fsencode(path)) > _LONGEST_FOLDER:
        raise Odd("no socket fits into the temporary folder")
    return path


def read_at_import(environment: "Mapping[bytes, bytes]") -> dict[bytes, bytes]:
    """The variables that a warm parent has, and its spares cannot take over."""
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_IMPORT)}


def installation(paths: "Sequence[str]") -> "list[Any]":
    """The provider, by its files and folders, and the interpreter, so that an upgrade of either shows."""
    stats = [os.stat(path) for path in (*paths, sys.executable)]
    facts = [(each.st_dev, each.st_ino, each.st_mtime_ns, each.st_size) for each in stats]
    return [list(paths), sys.version, facts]


def leave(path: str, *, last: bool) -> None:
    """Removes the warm parent's folder if nobody needs it any more: `last` says that there is no warm parent."""
    for remove, name in ((os.unlink, f"{path}/{SOCKET}"), (os.rmdir, path)):
        try:
            if last or remove is os.rmdir:
                remove(name)
        except OSError:  # a process that serves still has a folder in it, or another one was quicker
            pass

"""What a launcher and the warm parent agree on."""

import os

from tfplugin import linux

SOCKET = "warm"  # in the folder
READY, GO = b"r", b"g"  # the spare will serve; the launcher will not
_LONGEST_FOLDER = 90  # bytes, so that a socket in it has a path that the kernel takes


class Odd(Exception):
    """Something because of which a start is cold. The text says it for the log."""


def folder(terraform: int) -> str:
    """The folder of the warm parent of the process `terraform`; its name tells that process from any other, anywhere."""
    base = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 - mode 0700
    path = f"{base}/plugin-{linux.host()}-{terraform:x}-{linux.started(terraform):x}"
    if not path.startswith("/") or len(os.fsencode(path)) > _LONGEST_FOLDER:
        raise Odd("no socket fits into the temporary folder")
    return path


def leave(path: str, *, last: bool) -> None:
    """Removes the folder if nobody needs it any more: `last` says that there is no warm parent."""
    for remove, name in ((os.unlink, f"{path}/{SOCKET}"), (os.rmdir, path)):
        try:
            if last or remove is os.rmdir:
                remove(name)
        except OSError:  # a process that serves still has a folder in it, or another one was quicker
            pass

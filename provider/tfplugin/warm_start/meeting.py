"""What a launcher and the warm parent agree on."""

import os

from tfplugin import linux

SOCKET = "warm"  # in the folder; beside it is the public socket of the first start
READY, GO = b"r", b"g"  # the spare will serve; the launcher will not
_LONGEST_FOLDER = 80  # bytes, so that a socket in a folder in it has a path that the kernel takes


class Odd(Exception):
    """Something because of which a start is cold. The text says it for the log."""


def folder(terraform: int) -> str:
    """The folder of the warm parent of the process `terraform`; its name tells that process from any other, anywhere."""
    base = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 - mode 0700
    path = f"{base}/plugin-{linux.host()}-{terraform:x}-{linux.started(terraform):x}"
    # what does not fit into the handshake line, or into the address of a gRPC server: see `socket_folder`
    odd = not path.isprintable() or "|" in path or "%" in path
    if odd or not path.startswith("/") or len(os.fsencode(path)) > _LONGEST_FOLDER:
        raise Odd("no socket fits into the temporary folder")
    return path


def leave(path: str, *names: str) -> None:
    """Removes these sockets, and the folder if nothing else is in it. Another process may do the same at the same time."""
    for remove, each in (*((os.unlink, f"{path}/{name}") for name in names), (os.rmdir, path)):
        try:
            remove(each)
        except OSError:
            pass

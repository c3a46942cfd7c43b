"""The folder of the sockets, in the first of several temporary folders that will do.

Whatever TMPDIR says, the path has to fit into the handshake line, into the address of a gRPC server, and into the
kernel's structure for the address of a socket.

Source: docs/facts/terraform.md, "Starting a provider" and "The handshake line".
"""

# No `socket`, `tempfile`, `shutil` or `pathlib` here: importing them takes milliseconds at the start, or at the end.
import _socket
import contextlib
import os
from typing import TYPE_CHECKING, Final

from tfplugin.crash import Explained

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_PATH: Final = 100  # bytes; the limit is 104 on macOS, 108 on Linux
_SPECIAL: Final = frozenset(
    "|%"
)  # the handshake line is split at the one, gRPC decodes what follows the other
_LAST_RESORTS: Final = ("/tmp", "/var/tmp")  # noqa: S108 - the folder made in them has a random name and is closed to others


class SocketFolder:
    """A folder that only this user may enter. Without a path, it has one only after `make`."""

    def __init__(self, path: str = "") -> None:
        self._path = path

    @classmethod
    def inside(cls, path: str) -> "SocketFolder":
        """Names a folder, not yet made, in one that has a socket already."""
        return cls(f"{path}/{os.urandom(4).hex()}")

    @property
    def path(self) -> str:
        """The folder itself."""
        return self._path

    @property
    def public(self) -> str:
        """The path of the socket to which Terraform connects."""
        return f"{self._path}/provider"

    @property
    def inner(self) -> str:
        """The path of the socket to which the front connects."""
        return f"{self._path}/grpc"

    def make(self, environment: "Mapping[str, str]") -> None:
        """Makes the folder. Raises Explained if sockets can be made in none of the temporary folders."""
        refusals = []
        wanted = environment.get("PLUGIN_UNIX_SOCKET_DIR"), environment.get("TMPDIR"), *_LAST_RESORTS
        for parent in filter(None, wanted):
            # known before it is there: a signal may ask for the end at any time
            self._path = f"{parent}/plugin{os.urandom(8).hex()}"
            try:
                _refuse_unfit(self.public)
                os.mkdir(self._path, 0o700)  # noqa: PTH102
                self._try()
            except OSError as error:
                self.remove()
                refusals.append(f"{parent!a}: {error.strerror or error}")
            else:
                return
        self._path = ""
        raise Explained(
            "There is no folder for the provider's socket. Set TMPDIR to one that can be written, with a short path"
            f" ({'; '.join(refusals)})."
        )

    def make_inside(self) -> None:
        """Makes the folder that `inside` has named. Raises OSError if it cannot."""
        os.mkdir(self._path, 0o700)  # noqa: PTH102

    def _try(self) -> None:
        """Raises OSError if sockets cannot be made in the folder, for example because the disk is full."""
        for path in (self.public, self.inner):
            tried = _socket.socket(_socket.AF_UNIX)
            with contextlib.closing(tried):
                tried.bind(path)
        for path in (self.public, self.inner):
            os.unlink(path)  # noqa: PTH108

    def remove(self) -> None:
        """Removes the folder and all in it, if it is there. Another process may do the same at the same time."""
        if not self._path:
            return
        with contextlib.suppress(OSError):  # a cleaner of temporary files may have been quicker
            for name in os.listdir(self._path):  # noqa: PTH208
                with contextlib.suppress(OSError):
                    os.unlink(f"{self._path}/{name}")  # noqa: PTH108
            os.rmdir(self._path)  # noqa: PTH106


def _refuse_unfit(path: str) -> None:
    """Raises OSError for a path that something on the way to the socket would not understand."""
    if not path.startswith("/"):
        raise OSError("not an absolute path")
    if not path.isprintable() or not _SPECIAL.isdisjoint(path):
        raise OSError("a character that does not fit into the handshake line")
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise OSError("too long for a socket")

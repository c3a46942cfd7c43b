"""A process that waits for a launcher, and serves what it is handed."""

import _socket
import contextlib
import os
import select
import sys
from collections.abc import Callable
from socket import socket
from typing import Any, Final, NamedTuple, NoReturn

from tfplugin import crash
from tfplugin.process import Process, take_over
from tfplugin.provider import Provider
from tfplugin.socket_folder import SocketFolder
from tfplugin.warm_start import meeting

TAKEN: Final = b"t"  # a start was read: this process is no spare any more
_PATIENCE: Final = 5.0  # seconds in which a launcher says the next word


class Terms(NamedTuple):
    """Whom a spare serves: starts of the process `terraform` that are like the one by which the parent was begun."""

    path: str
    listener: _socket.socket
    terraform: int
    surroundings: bytes
    installation: list[object]
    variables: dict[bytes, bytes]

    def trust(self, connection: _socket.socket) -> bool:
        """Whether the peer is a start of that Terraform, and has inherited what this process has."""
        pid, uid = meeting.peer(connection)
        with contextlib.suppress(OSError):
            return (uid, meeting.parent_of(pid), meeting.surroundings(pid)) == (
                *(os.getuid(), self.terraform),
                self.surroundings,
            )
        return False


class Spare:
    """Serves one start."""

    def __init__(
        self,
        address: str,
        load: Callable[[], Provider],
        terms: Terms,
        control: _socket.socket,
        folder: SocketFolder,
    ) -> None:
        """The parent reads `control`: one byte when this process is taken, and its end."""
        self._terms = terms
        self._control = control
        self._process = Process(address, load, take_over())
        self._folder = self._process.use(folder)
        self._launcher: _socket.socket | None = None

    def run(self, *, certified: bool) -> NoReturn:
        """Ends the process. With `certified`, it has a certificate before it is taken."""
        code = crash.CODE
        try:
            self._serve(certified=certified)
            code = 0
        except BaseException as error:
            if self._launcher:
                crash.report(error, self._process.log)
            raise
        finally:
            self._process.remove_folders()
            meeting.leave(self._terms.path, last=self._has_no_parent())
            if self._launcher:
                os.closerange(0, 3)  # Terraform waits until nobody holds stdout and stderr
                self._launcher.send(bytes([code]))
            os._exit(code)

    def _serve(self, *, certified: bool) -> None:
        from tfplugin.public_socket import PublicSocket

        public = PublicSocket.make(self._folder) if certified else None
        self._process.listen(self._folder.inner)
        while (launcher := self._next()) and not self._terms.trust(launcher):
            launcher.close()
        if not launcher or not (start := self._take(launcher)):
            return
        (environment, arguments, way, announced), (stdout, stderr, folder, *sockets) = start
        os.environ.clear()
        os.environb.update(environment)
        sys.argv[:] = arguments
        os.fchdir(folder)
        for given, stream in ((stdout, 1), (stderr, 2)):
            os.dup2(given, stream)
        for given in (stdout, stderr, folder):
            os.close(given)
        self._launcher = launcher
        if announced:
            path, *certificate = announced
            public = PublicSocket(self._process.use(SocketFolder(path)), socket(fileno=sockets[0]), *certificate)
        client = os.environ["PLUGIN_CLIENT_CERT"]
        public = public or PublicSocket.make(self._folder)
        front = self._process.start_front(client, public, announced=bool(announced))
        self._process.serve(front, self._folder.inner, bond=launcher.fileno(), way=way)

    def _next(self) -> _socket.socket | None:
        """The next connection; None if the parent has ended."""
        poll = select.poll()
        for watched in (self._terms.listener, self._control):
            poll.register(watched, select.POLLIN)
        if self._control.fileno() in dict(poll.poll()):
            return None
        connection = _socket.socket(fileno=self._terms.listener._accept()[0])
        connection.settimeout(_PATIENCE)
        return connection

    def _take(self, launcher: _socket.socket) -> tuple[Any, list[int]] | None:
        """The start that is handed over, and its descriptors; None if it is not for this process."""
        start, descriptors = meeting.take(launcher)
        self._control.send(TAKEN)
        self._terms.listener.close()
        installation, environment, *rest = start
        variables = meeting.read_at_import(environment)
        if (installation, variables) != (self._terms.installation, self._terms.variables):
            return None
        launcher.send(meeting.READY)
        if launcher.recv(1) != meeting.GO:
            return None
        launcher.settimeout(None)
        return (environment, *rest), descriptors

    def _has_no_parent(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            return not self._control.recv(1, _socket.MSG_DONTWAIT)
        return False

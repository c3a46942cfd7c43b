"""The warm parent, which imports and forks, and its spares, which serve."""

import _socket
import contextlib
import gc
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from socket import socket
from typing import Any, Final, NamedTuple, NoReturn

from tfplugin import linux
from tfplugin.grpc_import import import_grpc
from tfplugin.process import Process, take_over
from tfplugin.provider import Provider
from tfplugin.public_socket import PublicSocket
from tfplugin.socket_folder import SocketFolder
from tfplugin.warm_start import meeting

_IDLE: Final = 20.0  # seconds without a start
_PAUSE: Final = 0.008  # seconds in which Terraform ends if a start was its last one, and else begins the next
_PATIENCE: Final = 5.0  # seconds in which a launcher says the next word
_FAILURES: Final = 3  # spares in a row that have ended untaken
_TAKEN: Final = b"t"  # a spare has read a start: it is none any more
# what the first answer takes, and what later starts do
_FIRST: Final = (
    *("grpc._server", "tfplugin.server", "tfplugin.front", "tfplugin.tls", "tfplugin.logs"),
    *("tfplugin.rpc.session", "tfplugin.rpc.get_provider_schema"),
)
_THEN: Final = (
    *("tfplugin.rpc.validate_provider_config", "tfplugin.rpc.validate_resource_config"),
    *("tfplugin.rpc.configure_provider", "tfplugin.rpc.upgrade_resource_state", "tfplugin.rpc.read_resource"),
    "tfplugin.rpc.plan_resource_change",
)


class _Terms(NamedTuple):
    """Whom spares serve: starts of the process `terraform` like the one by which the parent was begun."""

    path: str
    listener: socket
    watch: int
    terraform: int
    surroundings: bytes
    alike: tuple[Any, ...]

    def trust(self, launcher: socket) -> bool:
        """Whether the peer may hand over a start."""
        pid, uid = linux.peer(launcher)
        with contextlib.suppress(OSError):
            child = uid == os.getuid() and linux.parent_of(pid) == self.terraform
            return child and linux.surroundings(pid) == self.surroundings
        return False


class _Parent:
    """Keeps one spare. `serve` is its process, which has a socket to tell the parent, and a folder for sockets."""

    def __init__(self, terms: _Terms, serve: Callable[[_socket.socket, SocketFolder], NoReturn]) -> None:
        self._terms = terms
        self._serve = serve
        self._children: dict[_socket.socket, tuple[int, SocketFolder]] = {}
        self._spare: _socket.socket | None = None
        self._failures = 0
        self._taken = time.monotonic()  # when there was a start
        self._due = self._taken  # when the next spare is wanted, unless a launcher asks before

    def tend(self, patience: float) -> None:
        """Waits `patience` seconds, or until something happens; then sees to it that there is a spare in time, or ends.

        Without patience, there is a spare at once: this process is about to import, and hears nobody meanwhile.
        """
        now = time.monotonic()
        poll = select.poll()
        for watched in (self._terms.watch, *(child.fileno() for child in self._children)):
            poll.register(watched, select.POLLIN)
        wait = patience
        if not self._spare:
            poll.register(self._terms.listener, select.POLLIN)
            wait = min(patience, max(self._due - now, 0))
        ready = dict(poll.poll(1000 * wait))
        now = time.monotonic()
        for child in [child for child in self._children if child.fileno() in ready]:
            if taken := child.recv(1) == _TAKEN:
                self._taken, self._due = now, now + _IDLE
            else:
                self._due = min(self._due, now + _PAUSE)
                pid, folder = self._children.pop(child)
                os.waitpid(pid, 0)
                folder.remove()  # there is something left if it was killed
            if child is self._spare:
                self._failures = 0 if taken else self._failures + 1
                self._spare = None
        if self._terms.watch in ready or self._failures == _FAILURES or now > self._taken + _IDLE:
            self.end()
        if not self._spare and (not patience or now >= self._due or self._terms.listener.fileno() in ready):
            self._spare = self._fork()

    def end(self, *_: object) -> NoReturn:
        """Ends this process, and so its spare, but no process that serves."""
        meeting.leave(self._terms.path, meeting.SOCKET)
        if select.select([self._terms.watch], [], [], 0)[0]:
            SocketFolder(self._terms.path).remove()  # what starts have left that were killed with Terraform
        os._exit(0)

    def _fork(self) -> _socket.socket:
        if len(os.listdir("/proc/self/task")) > 1:  # what another thread has locked would stay locked
            self.end()
        ours, theirs = _socket.socketpair()
        gc.freeze()
        # the spare makes it: nobody would remove what a parent has made that is killed before it forks
        folder = SocketFolder.inside(self._terms.path)
        if (pid := os.fork()) == 0:
            for other in (ours, *self._children):
                other.close()
            os.close(self._terms.watch)
            self._serve(theirs, folder)
        theirs.close()
        self._children[ours] = pid, folder
        return ours


class _Spare:
    """Waits for a start, and serves it."""

    def __init__(
        self, terms: _Terms, process: Process, control: _socket.socket, folder: SocketFolder
    ) -> None:
        self._terms = terms
        self._process = process
        self._control = control
        self._folder = process.use(folder)
        self._launcher: socket | None = None
        self._announced = False

    def serve(self, *, certified: bool) -> None:
        """Returns when the start has ended. With `certified`, all is made ahead that a start does not bring along."""
        self._folder.make_inside()
        public = PublicSocket.make(self._folder) if certified else None
        if public:
            public.tls()
        self._process.listen(self._folder.inner)
        if not (start := self._wait()):
            return
        (environment, arguments, way, announced), (stdout, stderr, folder, *sockets) = start
        os.environ.clear()
        os.environb.update(environment)
        sys.argv[:] = arguments
        os.fchdir(folder)
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        for given in (stdout, stderr, folder):
            os.close(given)
        if announced:
            self._announced = True
            public = PublicSocket(SocketFolder(self._terms.path), socket(fileno=sockets[0]), *announced)
        public = public or PublicSocket.make(self._folder)
        front = self._process.start_front(os.environ["PLUGIN_CLIENT_CERT"], public, announced=bool(announced))
        self._process.serve(front, self._folder.inner, bond=self._launcher, way=way)

    def leave(self, code: int) -> None:
        """Tells the launcher the exit code."""
        orphan = select.select([self._control], [], [], 0)[0]  # the parent says nothing, but for its end
        meeting.leave(self._terms.path, *[meeting.SOCKET] * bool(orphan), *["provider"] * self._announced)
        if self._launcher:
            os.closerange(0, 3)  # Terraform waits until nobody holds stdout and stderr
            with contextlib.suppress(OSError):  # it was killed
                self._launcher.send(bytes([code]))

    def _wait(self) -> tuple[Any, list[int]] | None:
        """The start that is handed over, and its descriptors; None if there will be none."""
        poll = select.poll()
        for watched in (self._terms.listener, self._control):
            poll.register(watched, select.POLLIN)
        while self._control.fileno() not in dict(poll.poll()):
            launcher, _ = self._terms.listener.accept()
            launcher.settimeout(_PATIENCE)
            if not self._terms.trust(launcher):
                launcher.close()
                continue
            (alike, *start), descriptors = linux.take(launcher)
            self._control.send(_TAKEN)
            self._terms.listener.close()
            if alike == self._terms.alike:
                launcher.send(meeting.READY)
                if launcher.recv(1) == meeting.GO:
                    launcher.settimeout(None)
                    self._launcher = launcher
                    return start, descriptors
            return None
        return None


def run(
    address: str,
    load: Callable[[], Provider],
    stages: Iterable[Sequence[str]],
    alike: tuple[Any, ...],
    words: Sequence[str],
) -> NoReturn:
    """Is the warm parent of a Terraform, to its end.

    `stages` are the provider's modules, in the order in which calls need them. About `alike` see `launcher.Launcher`.
    `words` are what that has added to the command: the descriptors of the socket and of Terraform, the socket's folder, and
    Terraform's process id.
    """
    descriptor, watch, path, terraform = int(words[0]), int(words[1]), words[2], int(words[3])
    os.chdir("/")
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in {0, 1, 2, descriptor, watch}:
            with contextlib.suppress(OSError):  # by which the list was read
                os.close(int(name))
    for inherited in (descriptor, watch):
        os.set_inheritable(inherited, False)
    terms = _Terms(path, socket(fileno=descriptor), watch, terraform, linux.surroundings("self"), alike)

    certified = False

    def serve(control: _socket.socket, folder: SocketFolder) -> NoReturn:
        process = Process(address, lambda: provider, take_over())
        spare = _Spare(terms, process, control, folder)
        process.run(lambda: spare.serve(certified=certified), spare.leave)

    parent = _Parent(terms, serve)
    try:
        for number in take_over():
            signal.signal(number, parent.end)
        gc.disable()
        import_grpc()
        _import(_FIRST)
        provider = load()
        parent.tend(0)
        _import(_THEN)
        from tfplugin.certificate import make_certificate
        from tfplugin.tls import server_context

        server_context(*make_certificate())  # thrown away: OpenSSL does once what would take each spare 3 ms
        certified = True
        for stage in stages:
            _import(stage)
            parent.tend(0)
        while True:
            parent.tend(_IDLE)
    finally:
        parent.end()  # whatever it is that cannot be imported: the next start is cold, and tells


def _import(names: Iterable[str]) -> None:
    for name in names:
        import_module(name)

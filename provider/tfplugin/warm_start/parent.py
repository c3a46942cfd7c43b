"""The warm parent: imports, and keeps one spare."""

import _socket
import contextlib
import gc
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Final, NoReturn

from tfplugin.grpc_import import import_grpc
from tfplugin.process import take_over
from tfplugin.provider import Provider
from tfplugin.socket_folder import SocketFolder
from tfplugin.warm_start import meeting
from tfplugin.warm_start.spare import TAKEN, Spare, Terms

_IDLE: Final = 20.0  # seconds without a start
_FAILURES: Final = 3  # spares in a row that have ended untaken
# what the first answer takes, and what only later starts do
_AT_FIRST: Final = (
    *("grpc._server", "tfplugin.server", "tfplugin.front", "tfplugin.tls", "tfplugin.logs"),
    *("tfplugin.rpc.session", "tfplugin.rpc.get_provider_schema"),
)
_THEN: Final = (
    "tfplugin.public_socket",
    *("tfplugin.rpc.validate_provider_config", "tfplugin.rpc.validate_resource_config"),
)
_LATER: Final = (
    *("tfplugin.rpc.configure_provider", "tfplugin.rpc.upgrade_resource_state", "tfplugin.rpc.read_resource"),
    *("tfplugin.rpc.plan_resource_change", "tfplugin.rpc.apply_resource_change", "tfplugin.rpc.read_data_source"),
)


class _Parent:
    def __init__(self, make: Callable[[_socket.socket, SocketFolder], Spare], path: str, terraform: int) -> None:
        """`make` makes a spare, in its process."""
        self._make = make
        self._path = path
        self._watch = os.pidfd_open(terraform)
        self._children: dict[_socket.socket, tuple[int, SocketFolder]] = {}
        self._spare: _socket.socket | None = None
        self._failures = 0
        self._taken = time.monotonic()

    def tend(self, patience: float, *, certified: bool = True) -> None:
        """Sees to it that there is a spare; returns after `patience` seconds, or when something happens. May end."""
        if self._spare is None:
            self._spare = self._fork(certified=certified)
        poll = select.poll()
        for watched in (self._watch, *self._children):
            poll.register(watched, select.POLLIN)
        ready = dict(poll.poll(1000 * patience))
        for child in [child for child in self._children if child.fileno() in ready]:
            taken = child.recv(1) == TAKEN
            if taken:
                self._taken = time.monotonic()
            else:
                pid, folder = self._children.pop(child)
                os.waitpid(pid, 0)
                folder.remove()  # there is something left if it was killed
            if child is self._spare:
                self._failures = 0 if taken else self._failures + 1
                self._spare = None
        if self._watch in ready or self._failures == _FAILURES or time.monotonic() > self._taken + _IDLE:
            self.end()

    def end(self, *_: object) -> NoReturn:
        """Ends this process, and so its spare, but no process that serves."""
        meeting.leave(self._path, last=True)
        os._exit(0)

    def _fork(self, *, certified: bool) -> _socket.socket:
        if len(os.listdir("/proc/self/task")) > 1:  # what another thread has locked would stay locked after a fork
            self.end()
        folder = SocketFolder()
        folder.make({"PLUGIN_UNIX_SOCKET_DIR": self._path})
        ours, theirs = _socket.socketpair()
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            for other in (ours, *self._children):
                other.close()
            os.close(self._watch)
            self._make(theirs, folder).run(certified=certified)
        theirs.close()
        self._children[ours] = pid, folder
        return ours


def run(
    address: str,
    load: Callable[[], Provider],
    stages: Sequence[Sequence[str]],
    installation: Sequence[str],
    words: Sequence[str],
) -> NoReturn:
    """Is the warm parent of a Terraform, to its end.

    `stages` are modules: those by which configurations are validated, and those for all that comes later. About
    `installation` see `meeting.installation`. `words` are what the launcher has added to the command: the descriptor of
    the socket, its folder, and of Terraform the process id and the time when it was started.
    """
    descriptor, path, terraform, started = int(words[0]), words[1], int(words[2]), int(words[3])
    os.setsid()
    os.chdir("/")
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in {0, 1, 2, descriptor}:
            with contextlib.suppress(OSError):  # by which the list was read
                os.close(int(name))
    os.set_inheritable(descriptor, False)
    listener = _socket.socket(fileno=descriptor)
    inherited = meeting.surroundings("self")
    terms = Terms(path, listener, terraform, inherited, meeting.installation(*installation), dict(os.environb))
    parent = _Parent(lambda *own: Spare(address, lambda: provider, terms, *own), path, terraform)
    try:
        for number in take_over():
            signal.signal(number, parent.end)
        gc.disable()
        import_grpc()
        _import(_AT_FIRST)
        provider = load()
        if meeting.started(terraform) == started:
            parent.tend(0, certified=False)
        for ours, theirs in zip((_THEN, _LATER), stages, strict=True):
            _import([*ours, *theirs])
            parent.tend(0)
        while True:
            parent.tend(_IDLE)
    finally:
        parent.end()  # whatever it is that cannot be imported: the next start is cold, and tells


def _import(names: Iterable[str]) -> None:
    for name in names:
        import_module(name)

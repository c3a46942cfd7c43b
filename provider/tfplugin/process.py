"""The life of a provider process: the start, signals, and the end.

Terraform starts the process with a cookie and ends it. With ``-debug`` a developer starts it, and any number of
Terraform commands use it until it is interrupted. Terraform's user waits for every millisecond up to the first answer,
imports included, several times for each command.

Source: docs/facts/terraform.md, "Starting a provider" to "Reattaching".
"""

import gc
import os
import select
import signal
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING, Final, NoReturn

from tfplugin import crash, handshake
from tfplugin.grpc_import import import_grpc
from tfplugin.socket_folder import SocketFolder

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable

    import grpc

    from tfplugin.front import Front
    from tfplugin.logs import Log
    from tfplugin.provider import Provider
    from tfplugin.public_socket import PublicSocket

_STDERR: Final = 2
_GRACE: Final = 1.0  # seconds that calls in flight have at the end
_WATCH: Final = 1.0  # seconds between two checks that Terraform still runs
_SWITCH: Final = 0.001  # seconds after which a thread that computes lets one go on that passes bytes
_GARBAGE: Final = 200_000  # new container objects between two runs of the garbage collector


def serve(
    address: str, load: "Callable[[], Provider]", public: "PublicSocket | None" = None, *, way: str = ""
) -> NoReturn:
    """Serves until Terraform asks for the end. Tells anyone else who starts the process what the program is.

    `address` is the provider's full address. `load` imports and makes the provider; it is called after the handshake
    line is written, as Terraform waits for that line. `public` is a socket that has been announced. `way` says how the
    process was started, for the log.
    """
    debugging = not {"-debug", "--debug"}.isdisjoint(sys.argv[1:])
    ends = take_over(debugging=debugging)
    if not debugging and (refusal := handshake.refusal(os.environ, address)):
        crash.tell(refusal)
        sys.exit(1)
    # until everything is imported: imports make hardly any garbage
    gc.disable()

    process = Process(address, load, ends)
    process.run(lambda: process.serve_alone(public, way, debugging=debugging))


def take_over(*, debugging: bool = False) -> "list[signal.Signals]":
    """Makes the process independent of what it has inherited; returns the signals that shall end it."""
    # nothing may be written beside an installed executable: Terraform checks the folder's hash
    sys.dont_write_bytecode = True
    os.umask(0o077)
    for stream in range(3):
        try:
            os.fstat(stream)
        except OSError:
            # or the next file that is opened would be taken for the stream; writing to stdout still fails
            os.open(os.devnull, os.O_RDWR if stream == _STDERR else os.O_RDONLY)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Ctrl-C reaches the whole process group; it must not end calls in flight
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # `nohup` ignores one for Terraform and for all that it starts
    numbers = [signal.Signals[name] for name in handshake.ENDS]
    ends = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    return [*ends, signal.SIGINT] if debugging else ends


class _End:
    """The request to end. Signals make it too, so it takes no lock, which the thread that they stop may hold."""

    def __init__(self) -> None:
        self._asked, self._asking = os.pipe()

    def ask(self, *_: object) -> None:
        os.write(self._asking, b"!")

    def wait(self, parent: int | None, bond: "socket.socket | None") -> None:
        """Waits for the request, for the end of the process `parent`, or for the other end of `bond` to say anything."""
        watched = [self._asked] if bond is None else [self._asked, bond.fileno()]
        while not select.select(watched, [], [], None if parent is None else _WATCH)[0]:
            # no signal tells this process that Terraform was killed, but its parent changes
            if os.getppid() != parent:
                return


class Process:
    """What one process serves with: its log, its sockets, the gRPC server and the front before it."""

    def __init__(
        self, address: str, load: "Callable[[], Provider]", ends: "Iterable[signal.Signals]"
    ) -> None:
        """`ends` are the signals that end the process; until it serves, at once."""
        self._address = address
        self._load = load
        self._ends = ends
        self._end = _End()
        self._folders: list[SocketFolder] = []
        self._making_log = threading.Lock()
        # no call is in flight yet, and an exception in the middle of an import may be mistaken for another one, or get lost
        _handle(ends, self._end_at_once)

    def log(self) -> "Log":
        """The log of the process, made by the thread that first needs it."""
        with self._making_log:
            return self._log()

    def run(self, work: "Callable[[], None]", leave: "Callable[[int], None]" = lambda _: None) -> NoReturn:
        """Does the work, and ends the process. `leave` is the last thing that is done; it gets the exit code."""
        code = crash.CODE
        try:
            work()
            code = 0
        except BaseException as error:
            self._remove_folders()  # Terraform kills a process as soon as it has told why there is no handshake line
            crash.report(error, self.log)
            raise  # holds on to the gRPC server, whose destruction would wait for threads that it may not have
        finally:
            self._remove_folders()
            leave(code)
            # a normal exit of the interpreter takes longer than Terraform should wait, and nothing is left to save
            os._exit(code)

    def use(self, folder: SocketFolder) -> SocketFolder:
        """Takes over a folder, made or not yet made, that is to be removed at the end."""
        self._folders.append(folder)
        return folder

    def serve_alone(self, announced: "PublicSocket | None", way: str, *, debugging: bool) -> None:
        """Imports all that it takes, and serves until Terraform asks for the end, is gone, or a signal comes."""
        parent = os.getppid()
        folder = self.use(announced.folder if announced else SocketFolder())
        if not announced:
            folder.make(os.environ)
        if debugging:
            self.listen(folder.public)
            _print_reattach(self._address, folder.public)
            self.serve(way=way)
        elif client := os.environ.get("PLUGIN_CLIENT_CERT"):
            from tfplugin.public_socket import PublicSocket

            public = announced or PublicSocket.make(folder)
            # Terraform connects, and makes the TLS handshake, while this process imports the rest
            front = self.start_front(client, public, announced=bool(announced))
            self.listen(folder.inner)
            self.serve(front, folder.inner, parent=parent, way=way)
        else:
            self.listen(folder.public)
            handshake.announce(folder.public, "")
            self.serve(parent=parent, way=way)

    def start_front(self, client: str, public: "PublicSocket", *, announced: bool) -> "Front":
        """Starts to speak TLS with the holder of the certificate `client` (PEM), and announces the socket if need be.

        Raises ValueError if `client` is no certificate.
        """
        import socket

        from tfplugin.front import Front
        from tfplugin.tls import serve_only

        serve_only(public.tls(), client)
        if not announced:
            public.announce()
        sys.setswitchinterval(_SWITCH)
        listener = socket.socket(fileno=public.listener.detach())
        front = Front(listener, public.tls(), self._refused)
        front.start()
        return front

    def listen(self, path: str) -> None:
        """Starts the gRPC server at a unix socket. Forks come before: a server has threads."""
        import_grpc()
        from tfplugin.server import LazySession, make_server

        self._session: LazySession = LazySession(self._load, self.log)
        self._server: grpc.Server = make_server(self._session, self._end.ask)
        self._server.add_insecure_port(f"unix:{path}")
        self._server.start()

    def serve(
        self,
        front: "Front | None" = None,
        inner: str = "",
        *,
        parent: int | None = None,
        bond: "socket.socket | None" = None,
        way: str = "",
    ) -> None:
        """Serves until Terraform asks for the end, or a signal does, or it is gone: see `_End.wait`.

        Connects the clients of `front` with the server, which listens at `inner`.
        """
        if front:
            front.open(inner)
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()
        _handle(self._ends, self._end.ask)
        if way:
            # by the thread that ends the process: what another one is about to say may get lost
            self.log().write("debug", "Started", way=way)
        self._end.wait(parent, bond)
        # answers the call that asked for the end, and those that Terraform still waits for
        self._server.stop(_GRACE).wait(2 * _GRACE)
        if front:
            front.finish(_GRACE)

    @cache  # noqa: B019 - the object lives as long as the process
    def _log(self) -> "Log":
        from tfplugin.logs import Log

        made = Log.of(os.environ, self._address)
        made.adopt()
        return made

    def _end_at_once(self, *_: object) -> NoReturn:
        self._remove_folders()
        os._exit(0)

    def _remove_folders(self) -> None:
        for folder in self._folders:
            folder.remove()

    def _refused(self, reason: str) -> None:
        self.log().write("warn", "Refused a connection", reason=reason)

    def _warm_up(self) -> None:
        """Imports what the first call needs. A failure happens again in each call, which reports it."""
        try:
            self._session()
        finally:
            collect_rarely()


def collect_rarely() -> None:
    """Turns the garbage collector on, for rare runs: the values of a call have many parts, and hardly any cycles."""
    gc.freeze()  # imported objects stay to the end
    gc.set_threshold(_GARBAGE)
    gc.enable()


def _handle(signals: "Iterable[signal.Signals]", handler: "Callable[..., object]") -> None:
    for number in signals:
        signal.signal(number, handler)


def _print_reattach(address: str, path: str) -> None:
    import json

    provider = {
        "Protocol": "grpc",
        "ProtocolVersion": int(handshake.PROTOCOL),
        "Pid": os.getpid(),
        "Test": True,  # Terraform must not end this process
        "Addr": {"Network": "unix", "String": path},
    }
    value = json.dumps({address: provider}, separators=(",", ":"))
    handshake.tell(
        "Provider started. Terraform uses it where this variable is set, until it is interrupted:\n\n"
        f"  TF_REATTACH_PROVIDERS='{value}'\n\n"
    )

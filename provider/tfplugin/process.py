"""The life of a provider process: cookie, handshake line, signals, and the end.

Terraform starts the process with a cookie and ends it. With ``-debug`` a developer starts it, and any number of
Terraform commands use it until it is interrupted. Terraform's user waits for every millisecond up to the handshake
line, imports included, several times for each command.

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

from tfplugin import crash
from tfplugin.crash import Explained
from tfplugin.socket_folder import SocketFolder

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Mapping

    from tfplugin.front_process import FrontProcess
    from tfplugin.logs import Log
    from tfplugin.provider import Provider
    from tfplugin.server import LazySession

_COOKIE: Final = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
_PROTOCOL: Final = "6"
_STDOUT: Final = 1
_STDERR: Final = 2
_GRACE: Final = 1.0  # seconds that calls in flight have at the end
_WATCH: Final = 1.0  # seconds between two checks that Terraform still runs
_GARBAGE: Final = 200_000  # new container objects between two runs of the garbage collector
# without a handler they end the process at once, with its folder left behind
_ENDS: Final = (
    *(signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2),
    *(signal.SIGXCPU, signal.SIGVTALRM, signal.SIGPROF),
)


class _End:
    """The request to end. Signals make it too, so it takes no lock, which the thread that they stop may hold."""

    def __init__(self) -> None:
        self._asked, self._asking = os.pipe()

    def ask(self, *_: object) -> None:
        os.write(self._asking, b"!")

    def wait(self, parent: int | None) -> None:
        """Waits for the request, or for the end of the process `parent`."""
        while not select.select([self._asked], [], [], None if parent is None else _WATCH)[0]:
            # no signal tells this process that Terraform was killed, but its parent changes
            if os.getppid() != parent:
                return


def serve(address: str, load: "Callable[[], Provider]") -> NoReturn:
    """Serves until Terraform asks for the end. Tells anyone else who starts the process what the program is.

    `address` is the provider's full address. `load` imports and makes the provider; it is called after the handshake
    line is written, as Terraform waits for that line.
    """
    debugging = not {"-debug", "--debug"}.isdisjoint(sys.argv[1:])
    ends = _take_over(debugging=debugging)
    if not debugging and (refusal := _refusal(os.environ, address)):
        crash.tell(refusal)
        sys.exit(1)
    # until everything is imported: imports make hardly any garbage
    gc.disable()

    making_log = threading.Lock()

    @cache
    def make_log() -> "Log":
        from tfplugin.logs import Log

        made = Log.of(os.environ, address)
        made.adopt()
        return made

    def log() -> "Log":
        """The log of the process, made by the thread that first needs it."""
        with making_log:
            return make_log()

    folder = SocketFolder()
    code = crash.CODE
    try:
        if debugging:
            _serve(load, log, folder, lambda path, _: _print_reattach(address, path), ends)
        else:
            client = os.environ.get("PLUGIN_CLIENT_CERT", "")
            _serve(load, log, folder, _print_handshake, ends, client=client, parent=os.getppid())
        code = 0
    except BaseException as error:
        folder.remove()  # Terraform kills a process as soon as it has told why there is no handshake line
        crash.report(error, log)
        raise  # holds on to the gRPC server, whose destruction would wait for threads that it may not have
    finally:
        folder.remove()
        # a normal exit of the interpreter takes longer than Terraform should wait, and nothing is left to save
        os._exit(code)


def _take_over(*, debugging: bool) -> "list[signal.Signals]":
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
    ends = [number for number in _ENDS if signal.getsignal(number) is not signal.SIG_IGN]
    return [*ends, signal.SIGINT] if debugging else ends


def _refusal(environment: "Mapping[str, str]", address: str) -> str:
    """The reason why this process should not serve; empty if it should."""
    if environment.get("TF_PLUGIN_MAGIC_COOKIE") != _COOKIE:
        return (
            f"This program is a Terraform provider ({address}). It is not started by hand:\n"
            "Terraform starts it when a configuration uses it. See the provider's README.\n"
            "Its developers start it with -debug.\n"
        )
    offered = environment.get("PLUGIN_PROTOCOL_VERSIONS", _PROTOCOL).split(",")
    if _PROTOCOL not in offered:
        return f"This provider speaks plugin protocol 6; the program that started it offers {', '.join(offered)}.\n"
    return ""


def _serve(
    load: "Callable[[], Provider]",
    log: "Callable[[], Log]",
    folder: SocketFolder,
    announce: "Callable[[str, str], None]",
    ends: "Iterable[signal.Signals]",
    *,
    client: str = "",
    parent: int | None = None,
) -> None:
    """Serves until Terraform asks for the end, one of the signals `ends` comes, or the process `parent` is gone.

    Makes `folder`; whoever calls this removes it, and so does the front. `client` is the client's certificate (PEM);
    without one there is no TLS. `announce` gets the path of the public socket, and the server's certificate, which is
    empty without TLS.
    """

    def end_at_once(*_: object) -> NoReturn:
        folder.remove()
        os._exit(0)

    # no call is in flight yet, and an exception in the middle of an import may be mistaken for another one, or get lost
    _handle(ends, end_at_once)
    folder.make(os.environ)
    front: FrontProcess | None = None
    end = _End()
    try:
        if client:
            # Terraform connects, and makes the TLS handshake, while this process imports the rest
            front = _start_front(folder, client, announce, ends, log)
        from tfplugin.grpc_import import import_grpc

        import_grpc()
        from tfplugin.server import LazySession, make_server

        session = LazySession(load, log)
        server = make_server(session, end.ask)
        server.add_insecure_port(f"unix:{folder.inner if front else folder.public}")
        server.start()
        if front:
            front.open(end.ask)
        else:
            announce(folder.public, "")
        threading.Thread(target=_warm_up, args=(session,), name="warm-up", daemon=True).start()
        _handle(ends, end.ask)
        end.wait(parent)
        # answers the call that asked for the end, and those that Terraform still waits for
        server.stop(_GRACE).wait(2 * _GRACE)
    finally:
        if front:
            front.finish()


def _handle(signals: "Iterable[signal.Signals]", handler: "Callable[..., object] | signal.Handlers") -> None:
    for number in signals:
        signal.signal(number, handler)


def _warm_up(session: "LazySession") -> None:
    """Imports what the first call needs. A failure happens again in each call, which reports it."""
    try:
        session()
    finally:
        collect_rarely()


def collect_rarely() -> None:
    """Turns the garbage collector on, for rare runs: the values of a call have many parts, and hardly any cycles."""
    gc.freeze()  # imported objects stay to the end
    gc.set_threshold(_GARBAGE)
    gc.enable()


def _start_front(
    folder: SocketFolder,
    client: str,
    announce: "Callable[[str, str], None]",
    ends: "Iterable[signal.Signals]",
    log: "Callable[[], Log]",
) -> "FrontProcess":
    """Starts the process that listens on the public socket and writes the handshake line."""
    from tfplugin import front_process

    def refused(reason: str) -> None:
        log().write("warn", "Refused a connection", reason=reason)

    def run(bond: "socket.socket") -> int:
        _handle(ends, signal.SIG_IGN)  # this process ends with the provider's
        try:
            front_process.serve(
                bond,
                folder.public,
                folder.inner,
                client,
                lambda certificate: announce(folder.public, certificate),
                refused,
            )
        except BaseException as error:  # noqa: BLE001 - Terraform's user has to see every error
            crash.report(error, log)
            front_process.give_up(bond)
            return crash.CODE
        finally:
            folder.remove()  # the provider's process may have been killed
        return 0

    started = front_process.FrontProcess.start(run)
    _keep_stdout()
    return started


def _print_handshake(path: str, certificate: str) -> None:
    _print(f"1|{_PROTOCOL}|unix|{path}|grpc|{certificate}\n")
    _keep_stdout()


def _print(text: str) -> None:
    """Writes to stdout, whatever encoding and buffer the interpreter's stream has."""
    try:
        os.write(_STDOUT, text.encode())
    except OSError as error:
        raise Explained(f"The provider's address cannot be written to stdout: {error.strerror}.") from error


def _keep_stdout() -> None:
    """Redirects stdout to the log: Terraform throws away everything on stdout after the handshake line."""
    os.dup2(_STDERR, _STDOUT)


def _print_reattach(address: str, path: str) -> None:
    import json

    provider = {
        "Protocol": "grpc",
        "ProtocolVersion": int(_PROTOCOL),
        "Pid": os.getpid(),
        "Test": True,  # Terraform must not end this process
        "Addr": {"Network": "unix", "String": path},
    }
    value = json.dumps({address: provider}, separators=(",", ":"))
    _print(
        "Provider started. Terraform uses it where this variable is set, until it is interrupted:\n\n"
        f"  TF_REATTACH_PROVIDERS='{value}'\n\n"
    )

"""The life of a provider process: cookie, handshake line, signals, and the end.

Terraform starts the process with a cookie and ends it. With ``-debug`` a developer starts it, and any number of
Terraform commands use it until it is interrupted. Terraform's user waits for every millisecond up to the handshake
line, imports included, several times for each command.

Source: docs/facts/terraform.md, "Starting a provider" to "Reattaching".
"""

import contextlib
import gc
import os
import signal
import sys
import threading
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Mapping

    from tfplugin.front_process import FrontProcess
    from tfplugin.logs import Log
    from tfplugin.provider import Provider
    from tfplugin.server import LazySession

_COOKIE: Final = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
_PROTOCOL: Final = "6"
_LONGEST_SOCKET_PATH: Final = 100  # bytes; the limit is 104 on macOS, 108 on Linux
_SHORT_FOLDER: Final = "/tmp"  # noqa: S108 - the folder made in it has a random name and is closed to others
_GRACE: Final = 1.0  # seconds that calls in flight have at the end
_WATCH: Final = 1.0  # seconds between two checks that Terraform still runs
_GARBAGE: Final = 200_000  # new container objects between two runs of the garbage collector
_CRASHED: Final = 2  # the exit code of a Go program that panics


class _Terminated(BaseException):
    """A signal asked for the end. The handler only raises this: it must not take a lock, which this thread may hold."""


def serve(address: str, load: "Callable[[], Provider]") -> NoReturn:
    """Serves until Terraform asks for the end. Tells anyone else who starts the process what the program is.

    `address` is the provider's full address. `load` imports and makes the provider; it is called after the handshake
    line is written, as Terraform waits for that line.
    """
    # Ctrl-C reaches the whole process group; it must not end calls in flight
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # nothing may be written beside an installed executable: Terraform checks the folder's hash
    sys.dont_write_bytecode = True
    debugging = not {"-debug", "--debug"}.isdisjoint(sys.argv[1:])
    if not debugging and (refusal := _refusal(os.environ, address)):
        sys.stderr.write(refusal)
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

    try:
        if debugging:
            ends = (signal.SIGTERM, signal.SIGINT)
            _serve(load, log, lambda path, _: _print_reattach(address, path), ends)
        else:
            client = os.environ.get("PLUGIN_CLIENT_CERT", "")
            _serve(load, log, _print_handshake, (signal.SIGTERM,), client=client, parent=os.getppid())
    except _Terminated:
        pass
    except BaseException as error:  # noqa: BLE001 - Terraform's user has to see every error
        _crash(error, log())
    # a normal exit of the interpreter takes longer than Terraform should wait, and nothing is left to save
    os._exit(0)


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
    announce: "Callable[[str, str], None]",
    ends: "Iterable[signal.Signals]",
    *,
    client: str = "",
    parent: int | None = None,
) -> None:
    """Serves until Terraform asks for the end, one of the signals `ends` comes, or the process `parent` is gone.

    `client` is the client's certificate (PEM); without one there is no TLS. `announce` gets the path of the public
    socket, and the server's certificate, which is empty without TLS.
    """
    shutdown = threading.Event()
    folder = _socket_folder(os.environ)
    public = inner = f"{folder}/provider"
    front: FrontProcess | None = None

    def end_at_once(*_: object) -> NoReturn:
        _remove(folder)
        os._exit(0)

    # no call is in flight yet, and an exception in the middle of an import may be mistaken for another one, or get lost
    for number in ends:
        signal.signal(number, end_at_once)
    try:
        if client:
            # Terraform connects, and makes the TLS handshake, while this process imports the rest
            inner = f"{folder}/grpc"
            front = _start_front(public, inner, client, announce, log)
        _import_grpc()
        from tfplugin.server import LazySession, make_server

        session = LazySession(load, log)
        server = make_server(session, shutdown)
        server.add_insecure_port(f"unix:{inner}")
        server.start()
        if front:
            front.open(shutdown.set)
        else:
            announce(public, "")
        threading.Thread(target=_warm_up, args=(session,), name="warm-up", daemon=True).start()
        try:
            for number in ends:
                signal.signal(number, _terminate)
            _wait(shutdown, parent)
        finally:
            # answers the call that asked for the end, and those that Terraform still waits for
            server.stop(_GRACE).wait()
    finally:
        if front:
            front.finish()
        _remove(folder)


def _import_grpc() -> None:
    """Imports gRPC without `grpc.aio`, which takes a tenth longer. A later import of `grpc.aio` works as usual."""
    if "grpc" not in sys.modules:
        sys.modules["grpc.aio"] = ModuleType("grpc.aio")
        import grpc

        del sys.modules["grpc.aio"]
        vars(grpc).pop("aio", None)


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


def _wait(shutdown: threading.Event, parent: int | None) -> None:
    """Waits for the request to end, or for the end of the process `parent`."""
    while not shutdown.wait(None if parent is None else _WATCH):
        # no signal tells this process that Terraform was killed, but its parent changes
        if os.getppid() != parent:
            return


def _start_front(
    public: str,
    inner: str,
    client: str,
    announce: "Callable[[str, str], None]",
    log: "Callable[[], Log]",
) -> "FrontProcess":
    """Starts the process that listens on the public socket and writes the handshake line."""
    from tfplugin import front_process

    def refused(reason: str) -> None:
        log().write("warn", "Refused a connection", reason=reason)

    def run(bond: "socket.socket") -> None:
        try:
            front_process.serve(
                bond, public, inner, client, lambda certificate: announce(public, certificate), refused
            )
        except BaseException as error:  # noqa: BLE001 - Terraform's user has to see every error
            _crash(error, log())

    started = front_process.FrontProcess.start(run)
    _keep_stdout()
    return started


def _print_handshake(path: str, certificate: str) -> None:
    sys.stdout.write(f"1|{_PROTOCOL}|unix|{path}|grpc|{certificate}\n")
    sys.stdout.flush()
    _keep_stdout()


def _keep_stdout() -> None:
    """Redirects stdout to the log: Terraform throws away everything on stdout after the handshake line."""
    os.dup2(2, 1)


def _print_reattach(address: str, path: str) -> None:
    import json
    from pathlib import Path

    provider = {
        "Protocol": "grpc",
        "ProtocolVersion": int(_PROTOCOL),
        "Pid": os.getpid(),
        "Test": True,  # Terraform must not end this process
        "Addr": {"Network": "unix", "String": str(Path(path).absolute())},
    }
    value = json.dumps({address: provider}, separators=(",", ":"))
    sys.stdout.write(
        "Provider started. Terraform uses it where this variable is set, until it is interrupted:\n\n"
        f"  TF_REATTACH_PROVIDERS='{value}'\n\n"
    )
    sys.stdout.flush()


# No `tempfile`, `shutil` or `pathlib` here: importing them takes milliseconds at the start, or at the end.


def _socket_folder(environment: "Mapping[str, str]") -> str:
    """Makes a folder that only this user may enter, with a path short enough for a socket in it."""
    name = f"plugin{os.urandom(8).hex()}"
    for parent in (environment.get("PLUGIN_UNIX_SOCKET_DIR"), environment.get("TMPDIR")):
        folder = f"{parent}/{name}"
        if parent and len(os.fsencode(folder)) <= _LONGEST_SOCKET_PATH - len("/provider"):
            with contextlib.suppress(OSError):
                os.mkdir(folder, 0o700)  # noqa: PTH102
                return folder
    folder = f"{_SHORT_FOLDER}/{name}"
    os.mkdir(folder, 0o700)  # noqa: PTH102
    return folder


def _remove(folder: str) -> None:
    with contextlib.suppress(OSError):  # a cleaner of temporary files may have been quicker
        for name in os.listdir(folder):  # noqa: PTH208
            os.unlink(f"{folder}/{name}")  # noqa: PTH108
        os.rmdir(folder)  # noqa: PTH106


def _terminate(*_: object) -> NoReturn:
    raise _Terminated


def _crash(error: BaseException, log: "Log") -> NoReturn:
    """Ends the process with a text that Terraform recognises by its first word, and shows to its user."""
    import traceback

    text = f"panic: {error}\n\n{''.join(traceback.format_exception(error))}"
    os.write(2, log.redactor.redact(text).encode(errors="replace"))
    os._exit(_CRASHED)

"""The life of a provider process: cookie, handshake line, signals, and the end (spec terraform-plugin A1, A2, A7-A9).

Terraform starts it with a cookie and ends it. With ``-debug`` a developer starts it, and any number of Terraform
commands use it until it is interrupted. Here and in what is imported before the handshake line, every millisecond is
one that Terraform's user waits, several times for each command.
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
_SHORT_FOLDER: Final = "/tmp"  # noqa: S108 - what is made in it has a name of its own and is closed to others
_GRACE: Final = 1.0  # seconds at the end for calls in flight, and for a client to take the last bytes
_WATCH: Final = 1.0  # seconds between two looks at whether Terraform is still there
_GARBAGE: Final = 200_000  # objects with parts that are made between two looks for garbage
_CRASHED: Final = 2  # the exit code of a Go program that panics


class _Terminated(BaseException):
    """A signal asked for the end. Raised in the main thread: a handler must not take a lock that it may hold."""


def serve(address: str, load: "Callable[[], Provider]") -> NoReturn:
    """Be a plugin until Terraform asks for the end. Anyone else who starts the process is told what it is.

    `address` is the provider's full one. `load` imports and makes the provider; it is called after the handshake,
    for which Terraform waits.
    """
    # Ctrl-C reaches the whole process group; work in flight must not die of it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # nothing may be written beside an installed executable: Terraform checks the folder's hash
    sys.dont_write_bytecode = True
    debugging = not {"-debug", "--debug"}.isdisjoint(sys.argv[1:])
    if not debugging and (refusal := _refusal(os.environ, address)):
        sys.stderr.write(refusal)
        sys.exit(1)
    # until all is imported, for hardly any of it is garbage
    gc.disable()

    making_log = threading.Lock()

    @cache
    def make_log() -> "Log":
        from tfplugin.logs import Log

        made = Log.of(os.environ, address)
        made.adopt()
        return made

    def log() -> "Log":
        """The one log, made by the thread that first needs it."""
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
    except BaseException as error:  # noqa: BLE001 - whatever it is, Terraform's user has to see it
        _crash(error, log())
    # the interpreter's own way out takes longer than Terraform should wait, and there is nothing left to save
    os._exit(0)


def _refusal(environment: "Mapping[str, str]", address: str) -> str:
    """Why this process should not serve; empty when it should."""
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
    """Serve to the end: on request, by one of the signals `ends`, or once `parent` is gone.

    `announce` gets the public socket's path and the server's certificate, which is empty without TLS. TLS it is when
    there is a `client`, whose certificate (PEM) it is.
    """
    shutdown = threading.Event()
    folder = _socket_folder(os.environ)
    public = inner = f"{folder}/provider"
    front: FrontProcess | None = None

    def end_at_once(*_: object) -> NoReturn:
        _remove(folder)
        os._exit(0)

    # nothing is in flight yet, and an exception in the middle of an import may be taken for another one, or for none
    for number in ends:
        signal.signal(number, end_at_once)
    try:
        if client:
            # Terraform connects and shakes hands while the rest is imported
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
    """Import gRPC without its asyncio half, for which it takes a tenth longer; who needs that imports it as ever."""
    if "grpc" not in sys.modules:
        sys.modules["grpc.aio"] = ModuleType("grpc.aio")
        import grpc

        del sys.modules["grpc.aio"]
        vars(grpc).pop("aio", None)


def _warm_up(session: "LazySession") -> None:
    """Import what the first call needs. A failure is for the calls to report, for which it happens again."""
    try:
        session()
    finally:
        collect_rarely()


def collect_rarely() -> None:
    """Collect garbage from now on, but seldom: of what a call makes, a value of many parts, hardly any has cycles."""
    gc.freeze()  # what was imported stays to the end
    gc.set_threshold(_GARBAGE)
    gc.enable()


def _wait(shutdown: threading.Event, parent: int | None) -> None:
    """Return when it is time to end."""
    while not shutdown.wait(None if parent is None else _WATCH):
        # nothing tells a child that Terraform was killed, but it gets another parent
        if os.getppid() != parent:
            return


def _start_front(
    public: str,
    inner: str,
    client: str,
    announce: "Callable[[str, str], None]",
    log: "Callable[[], Log]",
) -> "FrontProcess":
    """The public socket, and the handshake line, from another process."""
    from tfplugin import front_process

    def refused(reason: str) -> None:
        log().write("warn", "Refused a connection", reason=reason)

    def run(bond: "socket.socket") -> None:
        try:
            front_process.serve(
                bond, public, inner, client, lambda certificate: announce(public, certificate), refused
            )
        except BaseException as error:  # noqa: BLE001 - whatever it is, Terraform's user has to see it
            _crash(error, log())

    started = front_process.FrontProcess.start(run)
    _keep_stdout()
    return started


def _print_handshake(path: str, certificate: str) -> None:
    sys.stdout.write(f"1|{_PROTOCOL}|unix|{path}|grpc|{certificate}\n")
    sys.stdout.flush()
    _keep_stdout()


def _keep_stdout() -> None:
    """Terraform throws away what comes on stdout beside the handshake line; a stray print belongs to the log."""
    os.dup2(2, 1)


def _print_reattach(address: str, path: str) -> None:
    import json
    from pathlib import Path

    provider = {
        "Protocol": "grpc",
        "ProtocolVersion": int(_PROTOCOL),
        "Pid": os.getpid(),
        "Test": True,  # Terraform is not to end this process
        "Addr": {"Network": "unix", "String": str(Path(path).absolute())},
    }
    value = json.dumps({address: provider}, separators=(",", ":"))
    sys.stdout.write(
        "Provider started. Terraform uses it where this variable is set, until it is interrupted:\n\n"
        f"  TF_REATTACH_PROVIDERS='{value}'\n\n"
    )
    sys.stdout.flush()


# Without `tempfile`, `shutil` and `pathlib`: importing them takes milliseconds at the start, or at the end.


def _socket_folder(environment: "Mapping[str, str]") -> str:
    """A fresh folder that only this user may enter, with a path short enough for a socket in it."""
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
    with contextlib.suppress(OSError):  # what cleans up temporary files may have been quicker
        for name in os.listdir(folder):  # noqa: PTH208
            os.unlink(f"{folder}/{name}")  # noqa: PTH108
        os.rmdir(folder)  # noqa: PTH106


def _terminate(*_: object) -> NoReturn:
    raise _Terminated


def _crash(error: BaseException, log: "Log") -> NoReturn:
    """End with a text that Terraform shows to its user; it knows it by the first word."""
    import traceback

    text = f"panic: {error}\n\n{''.join(traceback.format_exception(error))}"
    os.write(2, log.redactor.redact(text).encode(errors="replace"))
    os._exit(_CRASHED)

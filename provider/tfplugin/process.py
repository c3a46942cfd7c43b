"""The life of a provider process: cookie, handshake line, signals, and the end (spec terraform-plugin A1, A2, A8)."""

import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import grpc

    from tfplugin.provider import Provider

_COOKIE: Final = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
_PROTOCOL: Final = "6"
_LONGEST_SOCKET_PATH: Final = 100  # bytes; the limit is 104 on macOS, 108 on Linux


def serve(address: str, load: "Callable[[], Provider]") -> NoReturn:
    """Be a plugin until Terraform asks for the end. Anyone else who starts the process is told what it is.

    `address` is the provider's full one. `load` imports and makes the provider; it is called after the handshake,
    for which Terraform waits.
    """
    # Ctrl-C reaches the whole process group; work in flight must not die of it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # nothing may be written beside an installed executable: Terraform checks the folder's hash
    sys.dont_write_bytecode = True
    if refusal := _refusal(os.environ, address):
        sys.stderr.write(refusal)
        sys.exit(1)
    _serve(load)


def _refusal(environment: "Mapping[str, str]", address: str) -> str:
    """Why this process should not serve; empty when it should."""
    if environment.get("TF_PLUGIN_MAGIC_COOKIE") != _COOKIE:
        return (
            f"This program is a Terraform provider ({address}). It is not started by hand:\n"
            "Terraform starts it when a configuration uses it. See the provider's README.\n"
        )
    offered = environment.get("PLUGIN_PROTOCOL_VERSIONS", _PROTOCOL).split(",")
    if _PROTOCOL not in offered:
        return f"This provider speaks plugin protocol 6; the program that started it offers {', '.join(offered)}.\n"
    return ""


def _serve(load: "Callable[[], Provider]") -> NoReturn:
    from tfplugin.server import LazySession, make_server  # gRPC is heavy, and not needed for a refusal

    shutdown = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: shutdown.set())
    session = LazySession(load)
    server = make_server(session, shutdown)
    folder = _socket_folder(os.environ)
    try:
        address = folder / "provider"
        certificate = _listen(server, f"unix:{address}", tls=bool(os.environ.get("PLUGIN_CLIENT_CERT")))
        server.start()
        sys.stdout.write(f"1|{_PROTOCOL}|unix|{address}|grpc|{certificate}\n")
        sys.stdout.flush()
        # Terraform throws away what comes on stdout from here on; a stray print belongs to the log
        os.dup2(2, 1)
        # while Terraform connects
        threading.Thread(target=session, name="warm-up", daemon=True).start()
        shutdown.wait()
        # answers the call that asked for the end, and those that Terraform still waits for
        server.stop(grace=1).wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # the interpreter's own way out takes longer than Terraform should wait, and there is nothing left to save
    os._exit(0)


def _listen(server: "grpc.Server", address: str, *, tls: bool) -> str:
    """Bind the server; returns the certificate for the handshake line, empty without TLS."""
    if not tls:
        server.add_insecure_port(address)
        return ""
    import grpc  # see _serve

    from tfplugin.tls import make_server_certificate  # not needed without TLS

    certificate = make_server_certificate()
    # Terraform's own certificate cannot be asked for here: its curve is one that gRPC does not offer
    credentials = grpc.ssl_server_credentials([(certificate.key, certificate.certificate)])
    server.add_secure_port(address, credentials)
    return certificate.handshake_field()


def _socket_folder(environment: "Mapping[str, str]") -> Path:
    """A fresh folder that only this user may enter, with a path short enough for a socket in it."""
    folder = tempfile.mkdtemp(prefix="plugin", dir=environment.get("PLUGIN_UNIX_SOCKET_DIR"))
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_PATH - len("/provider"):
        Path(folder).rmdir()
        folder = tempfile.mkdtemp(prefix="plugin", dir="/tmp")
    return Path(folder)

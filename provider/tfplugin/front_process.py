"""The public socket's own process: it speaks TLS with Terraform while the provider's process imports gRPC.

So neither waits for the other's imports, and the calls do not share the interpreter with the front. The two
processes are bound by a pair of sockets: a byte says that the server is there, and the end of one process, however
it comes, ends the other.
"""

import contextlib
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable

_GRACE = 1.0  # seconds for the front to pass on the last bytes


class FrontProcess:
    """The front, as the provider's process sees it."""

    def __init__(self, pid: int, bond: socket.socket) -> None:
        """Use `start` instead."""
        self._pid = pid
        self._bond = bond

    @classmethod
    def start(cls, run: Callable[[socket.socket], None]) -> "FrontProcess":
        """Fork, and call `run` with the front's end of the bond in the new process, which ends with it.

        There must be no thread yet.
        """
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends with the other
            gc.enable()
            run(theirs)
            os._exit(0)
        theirs.close()
        return cls(pid, ours)

    def open(self, ended: Callable[[], None]) -> None:
        """Let it pass clients on. `ended` is called when it has ended, whoever asked it to."""
        with contextlib.suppress(OSError):  # it has ended already
            self._bond.sendall(b"!")

        def watch() -> None:
            with contextlib.suppress(OSError):  # it ended without taking what it was sent
                self._bond.recv(1)
            ended()

        threading.Thread(target=watch, name="front", daemon=True).start()

    def finish(self) -> None:
        """Wait until the clients have what the server gave. Raises `ChildProcessError` if the front has failed."""
        try:
            self._bond.shutdown(socket.SHUT_WR)
            self._bond.settimeout(_GRACE)
            self._bond.recv(1)
        except TimeoutError:
            os.kill(self._pid, signal.SIGKILL)
            return
        except OSError:  # it has ended already
            pass
        if os.waitpid(self._pid, 0)[1]:
            raise ChildProcessError("the process that speaks TLS with Terraform has failed")


def serve(
    bond: socket.socket,
    path: str,
    server: str,
    client: str,
    announce: Callable[[str], None],
    refused: Callable[[str], None],
) -> None:
    """Be the front on the socket `path`, before that of the `server`, for the holder of a certificate (PEM), the `client`.

    `announce` gets the certificate for the handshake line, `refused` why somebody was not served. ValueError if
    `client` is no certificate.
    """
    from tfplugin.front import Front
    from tfplugin.tls import handshake_field, make_certificate, server_context

    certificate, key = make_certificate()
    front = Front(path, server_context(certificate, key, client), refused)
    announce(handshake_field(certificate))

    def follow() -> None:
        with contextlib.suppress(OSError):
            if bond.recv(1):
                front.open(server)
                bond.recv(1)
        front.close()

    threading.Thread(target=follow, name="bond", daemon=True).start()
    front.run()

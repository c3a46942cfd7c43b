"""The front's own process: it speaks TLS with Terraform while the provider's process imports gRPC.

Neither process waits for the imports of the other, and the front shares no interpreter with the calls. A pair of
sockets, the bond, connects the two processes: one byte tells the front that the server listens, and when one process
ends, for any reason, so does the other.
"""

import contextlib
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable

from tfplugin.crash import CODE, Explained, ToldElsewhere

_GRACE = 1.0  # seconds that the front has to pass on the last bytes


class FrontProcess:
    """The front, as the provider's process sees it."""

    def __init__(self, pid: int, bond: socket.socket) -> None:
        """Called by `start` only."""
        self._pid = pid
        self._bond = bond

    @classmethod
    def start(cls, run: Callable[[socket.socket], int]) -> "FrontProcess":
        """Forks a process that calls `run` with the front's end of the bond, and ends with the code that it returns.

        No thread may have been started before.
        """
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            code = CODE
            try:
                os.setpgid(0, 0)  # who kills the group of Terraform leaves the front to clean up
                ours.close()
                gc.enable()
                code = run(theirs)
            finally:
                os._exit(code)
        theirs.close()
        return cls(pid, ours)

    def open(self, ended: Callable[[], None]) -> None:
        """Lets the front connect clients with the server. `ended` is called when the front ends, for any reason."""
        with contextlib.suppress(OSError):  # the front has ended already
            self._bond.sendall(b"!")

        def watch() -> None:
            with contextlib.suppress(OSError):  # the front ended without reading the byte
                self._bond.recv(1)
            ended()

        threading.Thread(target=watch, name="front", daemon=True).start()

    def finish(self) -> None:
        """Waits until the front has passed on the server's last bytes, and kills it if that takes too long.

        Raises `ToldElsewhere` if the front has failed, and `Explained` if it was killed.
        """
        try:
            self._bond.shutdown(socket.SHUT_WR)
            self._bond.settimeout(_GRACE)
            self._bond.recv(1)
        except TimeoutError:
            os.kill(self._pid, signal.SIGKILL)
            return
        except OSError:  # the front has ended already
            pass
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        if code > 0:
            raise ToldElsewhere
        if code < 0:
            raise Explained(f"The process that speaks TLS with Terraform was ended by signal {-code}.")


def serve(
    bond: socket.socket,
    path: str,
    server: str,
    client: str,
    announce: Callable[[str], None],
    refused: Callable[[str], None],
) -> None:
    """Runs the front between the public socket `path` and the socket `server`.

    Serves only the holder of the certificate `client` (PEM). `announce` gets the front's certificate for the handshake
    line, `refused` the reason for each client that is turned away. Raises ValueError if `client` is no certificate.
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


def give_up(bond: socket.socket) -> None:
    """Lets the provider's process know that the front has failed, and waits for the end of that process."""
    with contextlib.suppress(OSError):
        bond.shutdown(socket.SHUT_WR)
        while bond.recv(1):
            pass

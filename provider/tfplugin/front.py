"""The public socket under TLS: verifies each client and passes bytes between it and the gRPC server behind.

gRPC cannot do this itself: its TLS library does not offer the curve of Terraform's certificate (spec terraform-plugin
A3). A connection has a thread for each direction, which waits for its source, then for its sink; so what is held of
it is at most one chunk in each direction. TLS itself touches no socket: what it takes and makes lies in two buffers,
so that each chunk is one read and one write, however many TLS records it has.
"""

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable

_CHUNK = 65536  # bytes


class Front:
    """Listens at once. Clients wait until `open` says where the server is; `run` does the work, in threads."""

    def __init__(
        self, path: str, context: ssl.SSLContext, refused: Callable[[str], None], patience: float = 10
    ) -> None:
        """A client has `patience` seconds to prove who it is; `refused` is told why one did not."""
        self.context = context
        self.refused = refused
        self.patience = patience
        self.server = ""
        self.opened = threading.Event()
        self.closing = False
        self._connections: list[_Connection] = []
        self._bell, self._rope = socket.socketpair()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()

    def open(self, server: str) -> None:
        """Pass on to the server that listens on this unix socket, from now on."""
        self.server = server
        self.opened.set()

    def close(self) -> None:
        """Take no more clients. `run` returns once the server has ended all it had accepted, to the last byte."""
        self._rope.close()

    def run(self) -> None:
        """Serve, until `close` was called and the last connection is gone."""
        with self._bell, self._listener:
            while self._bell not in select.select([self._listener, self._bell], [], [])[0]:
                self._accept()
        self.closing = True
        self.opened.set()
        for connection in self._connections:
            connection.end_unless_passing()
        for connection in self._connections:
            connection.join()

    def _accept(self) -> None:
        self._connections = [c for c in self._connections if c.is_alive()]
        try:
            client, _ = self._listener.accept()
            connection = _Connection(self, client)
            connection.start()
            self._connections.append(connection)
        except (OSError, RuntimeError):
            # it went away again; or there are no descriptors or threads left, and asking at once would be a busy loop
            time.sleep(0.01)


class _Connection(threading.Thread):
    """A client; once it is trusted and the server is there, the way up to the server. Another thread is that down."""

    def __init__(self, front: Front, client: socket.socket) -> None:
        super().__init__(name="tls-up", daemon=True)
        self._front = front
        self._client, self._server = client, socket.socket(socket.AF_UNIX)
        self._sealed, self._sealing = ssl.MemoryBIO(), ssl.MemoryBIO()  # from the client, and for it
        self._tls = front.context.wrap_bio(self._sealed, self._sealing, server_side=True)
        self._using_tls = threading.Lock()
        self._passing = False

    def run(self) -> None:
        """Serve the client to its end."""
        with self._client, self._server:
            try:
                self._shake_hands()
            except OSError as error:
                if not self._front.closing:
                    self._front.refused(str(error))
                return
            self._front.opened.wait()
            with contextlib.suppress(OSError):  # the server is gone
                self._server.connect(self._front.server)
                self._passing = True
                down = threading.Thread(target=self._pass_down, name="tls-down", daemon=True)
                down.start()
                self._pass_up()
                down.join()

    def end_unless_passing(self) -> None:
        """Let go of a client that nothing was passed on for."""
        if not self._passing:
            _end(self._client)

    def _shake_hands(self) -> None:
        """OSError when the client is not the one to serve, or says nothing for too long."""
        deadline = time.monotonic() + self._front.patience
        while not self._knows_the_client():
            self._client.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                self._take()
            except TimeoutError as error:
                raise TimeoutError("no TLS handshake in time") from error
        self._client.settimeout(None)

    def _knows_the_client(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            with contextlib.suppress(OSError):  # reading will say that it is gone
                self._client.sendall(self._sealing.read())
        return True

    def _take(self) -> bool:
        """Wait for what the client sends next; false when there is no more."""
        if sealed := self._client.recv(_CHUNK):
            self._sealed.write(sealed)
        else:
            self._sealed.write_eof()
        return bool(sealed)

    def _pass_up(self) -> None:
        with contextlib.suppress(OSError):
            more = True
            while more:
                said, more = self._unseal()
                if said:
                    self._server.sendall(said)
                more = more and self._take()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_WR)  # an answer may still come

    def _unseal(self) -> tuple[bytes, bool]:
        """What was taken of whole TLS records, and whether there can be more."""
        said = b""
        try:
            with self._using_tls:
                while self._sealed.pending:
                    part = self._tls.read(_CHUNK)
                    if not part:
                        return said, False
                    said += part
        except ssl.SSLWantReadError:  # the rest of a record is still to come
            pass
        return said, True

    def _pass_down(self) -> None:
        with contextlib.suppress(OSError):
            while answer := self._server.recv(_CHUNK):
                self._client.sendall(self._seal(answer))
        with contextlib.suppress(OSError):
            self._client.sendall(self._seal(b""))
        _end(self._server)
        _end(self._client)

    def _seal(self, answer: bytes) -> bytes:
        """The TLS records of an answer; of an empty one, that of the end, which says that nothing was cut off."""
        with self._using_tls:
            if answer:
                self._tls.write(answer)
            else:
                with contextlib.suppress(ssl.SSLWantReadError):
                    self._tls.unwrap()  # the client's own end does not have to follow
            return self._sealing.read()


def _end(connection: socket.socket) -> None:
    """Wake up whoever waits for it, on this side and on the other."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

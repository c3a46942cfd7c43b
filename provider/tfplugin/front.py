"""The public socket with TLS: verifies each client, and passes bytes between the client and the gRPC server.

gRPC cannot do this itself: its TLS library does not offer the curve of Terraform's certificate. Each connection has one thread per direction. The thread waits for its source, then for its sink, and so holds at
most one chunk and the beginning of a TLS record. TLS itself touches no socket: its input and output lie in two
buffers, so that each chunk takes one read and one write, however many TLS records are in it.

Source: docs/facts/terraform.md, "TLS between Terraform and a provider".
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
    """Serves the clients of a socket that listens, in threads. Clients wait until `open` names the server."""

    def __init__(
        self,
        listener: socket.socket,
        context: ssl.SSLContext,
        refused: Callable[[str], None],
        patience: float = 10,
    ) -> None:
        """`patience`: seconds that a client has for the TLS handshake; `refused` learns why one failed."""
        self.context = context
        self.refused = refused
        self.patience = patience
        self.server = ""
        self.opened = threading.Event()
        self.closing = False
        self._connections: list[_Connection] = []
        self._bell, self._rope = socket.socketpair()
        self._listener = listener
        self._thread = threading.Thread(target=self._run, name="tls", daemon=True)

    def open(self, server: str) -> None:
        """Connects clients with the server that listens on this unix socket, from now on."""
        self.server = server
        self.opened.set()

    def start(self) -> None:
        """Accepts clients from now on, in a thread."""
        self._thread.start()

    def finish(self, patience: float) -> None:
        """Ends listening, and waits until the server's last bytes are passed on; at most `patience` seconds.

        The server ends its connections before.
        """
        self._rope.close()
        self._thread.join(patience)

    def _run(self) -> None:
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
            # the client went away again, or no descriptors or threads are left: a retry at once would be a busy loop
            time.sleep(0.01)


class _Connection(threading.Thread):
    """The connection of one client. This thread verifies the client, and passes bytes up; a second passes them down."""

    def __init__(self, front: Front, client: socket.socket) -> None:
        super().__init__(name="tls-up", daemon=True)
        self._front = front
        self._client, self._server = client, socket.socket(socket.AF_UNIX)
        self._sealed, self._sealing = ssl.MemoryBIO(), ssl.MemoryBIO()  # from the client, and for it
        self._tls = front.context.wrap_bio(self._sealed, self._sealing, server_side=True)
        self._using_tls = threading.Lock()
        self._passing = False

    def run(self) -> None:
        """Serves the client until its connection ends."""
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
        """Ends the connection unless it has reached the server."""
        if not self._passing:
            _end(self._client)

    def _shake_hands(self) -> None:
        """Raises OSError if the client is not the trusted one, or does not finish the handshake in time."""
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
            with contextlib.suppress(OSError):  # if the client is gone, the next read says so
                self._client.sendall(self._sealing.read())
        return True

    def _take(self) -> bool:
        """Waits for the next bytes of the client; returns false at their end."""
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
        """The content of the whole TLS records received so far, and whether more can follow."""
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
        """The TLS records of an answer. For an empty one: the closing record, which proves that nothing was cut off."""
        with self._using_tls:
            if answer:
                self._tls.write(answer)
            else:
                with contextlib.suppress(ssl.SSLWantReadError):
                    self._tls.unwrap()  # the client's own end does not have to follow
            return self._sealing.read()


def _end(connection: socket.socket) -> None:
    """Shuts the connection down, which wakes up the threads that wait for it, on both sides."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

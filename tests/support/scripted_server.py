"""An HTTP server of one's own that does what a test says, request by request: it answers, drips, hangs or hangs up.

It says nothing of how a Krenalis server behaves; that is another one's part.
"""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.support.certificates import Certificate

_CHUNK: Final = 1 << 16
_END_OF_HEADERS: Final = b"\r\n\r\n"

Act = Callable[["Turn"], bool]
"""What is done with a connection: whether it stays open afterwards."""


class Received(NamedTuple):
    """A request; the names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Turn:
    """A connection when it is an act's turn."""

    def __init__(self, connection: socket.socket, server: "ScriptedServer") -> None:
        self.connection = connection
        self.server = server

    def read(self) -> Received | None:
        """The next request, which the server notes; None if the client has gone."""
        data = b""
        while _END_OF_HEADERS not in data:
            if not (chunk := self.connection.recv(_CHUNK)):
                return None
            data += chunk
        head, _, body = data.partition(_END_OF_HEADERS)
        first, *lines = head.decode().split("\r\n")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
        }
        while len(body) < int(headers.get("content-length", 0)):
            if not (chunk := self.connection.recv(_CHUNK)):
                return None
            body += chunk
        method, target, _ = first.split(" ")
        received = Received(method, target, headers, body)
        self.server.received.append(received)
        return received


class ScriptedServer:
    """Listens on 127.0.0.1. `acts` are taken one by one; the last one is done again and again."""

    def __init__(self, acts: list[Act], certificate: tuple[Path, Path] | None = None, port: int = 0) -> None:
        self.acts = acts
        self.received: list[Received] = []
        self.connections = 0
        self.ended = 0
        """How many of them the server has ended."""
        self.ends = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listening.getsockname()[1])
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self._context and certificate:
            self._context.load_cert_chain(*certificate)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, name="scripted server", daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.ends.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self.ends.is_set():
                connection, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                turn = Turn(connection, self)
                while self._next()(turn):
                    pass
        self.ended += 1

    def _next(self) -> Act:
        with self._lock:
            return self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]


def answer(
    status: int = 200, body: bytes | str | Mapping[str, Any] = b"", *, ends: bool = False, **headers: str
) -> Act:
    """Read a request and answer it; `Retry_After="1"` is a header."""

    def act(turn: Turn) -> bool:
        if turn.read() is None:
            return False
        turn.connection.sendall(_written(status, body, headers))
        return not ends

    return act


def end_at_once(turn: Turn) -> bool:
    """Ends the connection before the request is read. Whoever sends one is told by a reset."""
    turn.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    return False


def end_after_request(turn: Turn) -> bool:
    """Ends it when the request is there."""
    turn.read()
    return False


def end_within_answer(turn: Turn) -> bool:
    """Ends it in the middle of the answer."""
    if turn.read():
        turn.connection.sendall(_written(200, {"workspaces": []}, {})[:-4])
    return False


def hang(turn: Turn) -> bool:
    """Reads the request, and says nothing until the test is over."""
    if turn.read():
        turn.server.ends.wait()
    return False


def drip(text: bytes, seconds: float = 0.05) -> Act:
    """Answers a text byte by byte, and the last one for ever."""

    def act(turn: Turn) -> bool:
        if turn.read():
            sent = 0
            while not turn.server.ends.wait(seconds):
                turn.connection.sendall(text[sent : sent + 1] or text[-1:])
                sent += 1
        return False

    return act


def say(data: bytes) -> Act:
    """Says something that need not be HTTP as soon as the client has said anything."""

    def act(turn: Turn) -> bool:
        turn.connection.recv(_CHUNK)
        turn.connection.sendall(data)
        turn.connection.shutdown(socket.SHUT_WR)
        while turn.connection.recv(_CHUNK):  # what is left unread makes a reset
            pass
        return False

    return act


def _written(status: int, body: bytes | str | Mapping[str, Any], headers: Mapping[str, str]) -> bytes:
    kind = "application/json"
    if not isinstance(body, Mapping):
        kind = "text/plain"
        body = body.encode() if isinstance(body, str) else body
    else:
        body = json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    every = {"Content-Type": kind, "Content-Length": str(len(body)), **named}
    lines = [f"HTTP/1.1 {status} Some", *(f"{name}: {value}" for name, value in every.items())]
    return "\r\n".join(lines).encode() + _END_OF_HEADERS + body


@contextmanager
def scripted(
    *acts: Act, certificate: Certificate | None = None, folder: Path | None = None
) -> Iterator[ScriptedServer]:
    """A server for the time of a test; with a certificate, which is written to a folder, it speaks TLS."""
    files = certificate.write(folder, "server") if certificate and folder else None
    server = ScriptedServer([*acts], files)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port of 127.0.0.1 at which nothing listens, and which nobody else gets meanwhile."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])

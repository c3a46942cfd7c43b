"""HTTP/1.1 on sockets: reads requests, writes answers, cuts connections off."""

import contextlib
import secrets
import socket
import ssl
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Protocol

from tests.support.krenalis_server.answers import Answer
from tests.support.krenalis_server.faults import Fault
from tests.support.krenalis_server.requests import Request


class Cut(Exception):
    """The connection is to be closed now."""


class Half(Exception):
    """The connection is to be closed after the first half of an answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("half an answer")
        self.answer = answer


class Service(Protocol):
    """What answers requests. Both methods may raise `Cut`, the second `Half` too."""

    def before_reading(self, request: Request) -> Fault | None: ...

    def answer(self, request: Request, fault: Fault | None) -> Answer: ...


class Listener(ThreadingHTTPServer):
    """A listening socket on the loopback interface, with a thread for it and one for each connection."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, service: Service, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.service = service
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._closed = False
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def server_bind(self) -> None:
        """Bind, without asking for the name of the machine."""
        TCPServer.server_bind(self)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection in its thread; a failed handshake is the client's matter."""
        connection: socket.socket = request
        with contextlib.suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self._open.add(connection)
            if not self._closed:
                _Handler(connection, client_address, self)
        self._open.discard(connection)
        _close(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Do nothing: the connection ends, as with any server."""

    def close(self) -> None:
        """Listen no more, and close every connection."""
        self._closed = True
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            _close(connection)


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Listener

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Log nothing."""

    def _serve(self) -> None:
        request = Request(self.command, self.path.partition("?")[0], tuple(self.headers.items()))
        try:
            fault = self.server.service.before_reading(request)
            length = request.header("Content-Length") or "0"
            request.body = self.rfile.read(int(length)) if length.isdigit() else b""
            self._send(_raw(self.server.service.answer(request, fault)))
        except Half as half:
            raw = _raw(half.answer)
            self._send(raw[: len(raw) // 2])
            self.close_connection = True
        except (Cut, OSError):
            self.close_connection = True

    def _send(self, raw: bytes) -> None:
        self.wfile.write(raw)
        self.wfile.flush()

    def __getattr__(self, name: str) -> Any:
        """Serve every method alike: the base class looks for one method each."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)


def _raw(answer: Answer) -> bytes:
    headers = {
        "Request-Id": secrets.token_hex(8),
        "Cache-Control": "no-store, max-age=0",
        **answer.headers,
        "Content-Length": str(len(answer.body)),
    }
    if answer.content_type is not None:
        headers["Content-Type"] = answer.content_type
    phrase = HTTPStatus(answer.status).phrase
    lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + answer.body

"""A server that speaks Snowflake's HTTP with its driver, except where a test says otherwise, and keeps what it is sent.

It has no database: each statement has the same answer. For statements that do something there is the double.
"""

import gzip
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

HOST: Final = "127.0.0.1"
LOGIN: Final = "/session/v1/login-request"
QUERY: Final = "/queries/v1/query-request"
ABORT: Final = "/queries/v1/abort-request"
LOGOUT: Final = "/session"
TELEMETRY: Final = "/telemetry/send"
_QUERY_ID: Final = "01b2c3d4-0000-0000-0000-000000000001"


@dataclass(frozen=True, slots=True)
class Request:
    """What the driver sent."""

    port: int
    """The server's."""
    path: str
    parameters: Mapping[str, list[str]]
    body: Any
    """JSON as Python values; None without one."""

    @property
    def statement(self) -> str:
        """The statement that it is about; empty if it is about none."""
        return str(self.body.get("sqlText", "")) if self.body else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the driver gets."""

    status: int = 200
    body: Any = b""
    """Bytes, or values that are sent as JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    """How many bytes are announced and never sent."""
    when: threading.Event | None = None
    """It is held until then."""


SILENCE: Final = Answer(status=0)
"""No answer until the server ends."""
CUT: Final = Answer(status=-1)
"""The connection ends."""

Answers = Callable[[Request], Answer | None]
"""The answer to a request; None for Snowflake's."""


def to(path: str, answer: Answer, *, about: str = "") -> Answers:
    """One answer to all requests of a path, or to those about a statement that has this text in it."""
    return lambda request: answer if request.path == path and about in request.statement else None


def success(data: Any) -> Answer:
    """Snowflake's form of an answer."""
    return Answer(body={"data": data, "code": None, "message": None, "success": True})


def refusal(code: str | None) -> Answer:
    """Snowflake's form of a refusal."""
    data = {"errorCode": code, "sqlState": "42000", "queryId": _QUERY_ID}
    return Answer(body={"data": data, "code": code, "message": "refused", "success": False})


def result(*rows: tuple[str, ...], parts: Mapping[str, int] | None = None) -> Answer:
    """Rows of text. The `parts` are the addresses of further ones, and how many are there."""
    more = parts or {}
    total = len(rows) + sum(more.values())
    names = ("A", "B", "C")[: len(rows[0])]
    column = {
        "type": "text",
        "nullable": True,
        "length": 9,
        "byteLength": 9,
        "scale": None,
        "precision": None,
    }
    return success(
        {
            "rowtype": [{"name": name, **column} for name in names],
            "rowset": rows,
            "total": total,
            "returned": total,
            "chunks": [
                {"url": url, "rowCount": count, "uncompressedSize": 9, "compressedSize": 9}
                for url, count in more.items()
            ],
            "parameters": [],
            "queryId": _QUERY_ID,
            "queryResultFormat": "json",
            "statementTypeId": 0x1000,
        }
    )


def session(**parameters: Any) -> Answer:
    """What a login is answered; the parameters are those that Snowflake says the session has."""
    return success(
        {
            "token": "session-token",
            "masterToken": "master-token",
            "validityInSeconds": 3600,
            "masterValidityInSeconds": 14400,
            "sessionId": 1,
            "serverVersion": "9.0",
            "parameters": [{"name": name, "value": value} for name, value in parameters.items()],
            "sessionInfo": {},
        }
    )


class Wire:
    """A running server."""

    def __init__(self, answers: Answers, tls: ssl.SSLContext | None) -> None:
        self.requests: list[Request] = []
        self._answers = answers
        self._over = threading.Event()
        wire = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                wire.handle(self)

            def do_POST(self) -> None:
                wire.handle(self)

            def log_message(self, *_: object) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 100

            def handle_error(self, *_: object) -> None: ...  # the driver has gone

        self._server = Server((HOST, 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_port

    @property
    def parameters(self) -> dict[str, str]:
        """Where it is, as the provider's block ``snowflake`` says it."""
        return {"host": HOST, "port": str(self.port), "protocol": "http"}

    def of(self, path: str, *, about: str = "") -> list[Request]:
        """The requests of a path, or those about a statement that has this text in it."""
        return [each for each in self.requests if each.path == path and about in each.statement]

    def start(self) -> None:
        """Serve, in a thread."""
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """End all that is held, too."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        raw = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        if handler.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        url = urlsplit(handler.path)
        request = Request(self.port, url.path, parse_qs(url.query), json.loads(raw) if raw else None)
        self.requests.append(request)
        answer = self._answers(request) or _snowflakes(request)
        if answer.when:
            answer.when.wait()
        if answer is SILENCE:
            self._over.wait()
        if answer.status <= 0:
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body) + answer.missing))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = bool(answer.missing)


@contextmanager
def wire(answers: Answers = lambda _: None, *, tls: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """A server that runs as long as the context."""
    server = Wire(answers, tls)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _snowflakes(request: Request) -> Answer:
    if request.path == LOGIN:
        return session()
    if request.path == QUERY:
        return result(("DATABASE", "SCHEMA", "WAREHOUSE"))
    return success(None)

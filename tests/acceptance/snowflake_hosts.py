"""What answers, or does not, where Snowflake should be."""

import base64
import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"


class Server(ThreadingHTTPServer):
    """A server that is closed when it has answered."""

    daemon_threads = False


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server that answers every request with this status; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with Server((HOST, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@dataclass(slots=True)
class Logins:
    """What came to a proxy that refuses every login."""

    port: int
    host: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """The account and user of the last login's token."""
        claims = self.data["TOKEN"].split(".")[1]
        issuer: str = json.loads(base64.urlsafe_b64decode(claims + "=="))["iss"]
        return issuer.partition(".SHA256:")[0]


@contextmanager
def refusing(code: str = "390100", message: str = "No.") -> Iterator[Logins]:
    """A proxy that answers each login by itself, refuses it so, and notes where it was to go."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            text = gzip.decompress(raw) if self.headers["Content-Encoding"] == "gzip" else raw
            if "login-request" in self.path:
                logins.host, logins.data = self.headers["Host"], json.loads(text)["data"]
            said = {"data": None, "code": code, "message": message, "success": False}
            answer = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    with Server((HOST, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        logins = Logins(server.server_port)
        yield logins
        server.shutdown()


@contextmanager
def silent() -> Iterator[int]:
    """A server that accepts connections and says nothing; its port."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]

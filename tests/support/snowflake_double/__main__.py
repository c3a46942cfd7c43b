"""Serves the double on a free port of the loopback interface, says which on a line, and ends with standard input."""

import logging
import sys
import threading
from collections.abc import Awaitable, Callable

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.support.snowflake_double import control, server


class Protocol(H11Protocol):  # type: ignore[misc]
    """HTTP whose transport the application can cut. It serves as its own clients' proxy, too."""

    def connection_made(self, transport: object) -> None:
        super().connection_made(transport)
        inner: Callable[..., Awaitable[None]] = self.app

        async def with_transport(scope: dict[str, object], receive: object, send: object) -> None:
            path = str(scope["path"])
            if path.startswith("http://"):  # what a proxy is asked for
                path = "/" + path.split("/", 3)[3]
            await inner({**scope, "path": path, "transport": transport}, receive, send)

        self.app: Callable[..., Awaitable[None]] = with_transport


class Server(uvicorn.Server):  # type: ignore[misc]
    """A server that says where it listens and ends when nobody is there any more."""

    async def startup(self, sockets: object = None) -> None:
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)  # noqa: T201
        threading.Thread(target=self._end_with_standard_input, daemon=True).start()

    def _end_with_standard_input(self) -> None:
        sys.stdin.read()
        self.force_exit = self.should_exit = True


if __name__ == "__main__":
    # what is refused is no news: it is what tests are about
    for name in ("fakesnow", "fakesnow.server", "sqlglot"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # a held statement is a connection that would be waited for
    Server(
        uvicorn.Config(
            Starlette(routes=[*server.routes, *control.routes]),
            host="127.0.0.1",
            port=0,
            http=Protocol,
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    ).run()

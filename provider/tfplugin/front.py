"""The public socket under TLS: verifies each client and passes bytes between it and the gRPC server behind.

gRPC cannot do this itself: its TLS library does not offer the curve of Terraform's certificate (spec terraform-plugin
A3). All connections are served by one thread that never waits for any of them. What is held of a connection is at
most one chunk in each direction: nothing more is read from one side until the other has taken it.
"""

import contextlib
import os
import selectors
import socket
import ssl
import time
from collections.abc import Callable
from functools import partial

_CHUNK = 65536  # bytes; less than a TLS record (16 KiB) would leave in OpenSSL what no selector sees
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Front:
    """Listens at once. Clients wait until `open` says where the server is; `run` does the work, in a thread."""

    def __init__(
        self, path: str, context: ssl.SSLContext, refused: Callable[[str], None], patience: float = 10
    ) -> None:
        """A client has `patience` seconds to prove who it is; `refused` is told why one did not."""
        self.selector = selectors.DefaultSelector()
        self.server = ""
        self.refused = refused
        self._context = context
        self._patience = patience
        self._closing = False
        self._connections: set[_Connection] = set()
        self._bell, self._rope = socket.socketpair()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        self._listener.settimeout(0)
        self.selector.register(self._listener, _READ, self._accept)
        self.selector.register(self._bell, _READ, self._rung)

    def open(self, server: str) -> None:
        """Pass on to the server that listens on this unix socket, from now on."""
        self._rope.send(os.fsencode(server))

    def close(self) -> None:
        """Take no more clients. `run` returns once the server has ended all it had accepted, to the last byte."""
        self._rope.close()

    def run(self) -> None:
        """Serve, until `close` was called and the last connection is gone."""
        while self._connections or not self._closing:
            late = min((c.deadline for c in self._connections if not c.trusted), default=None)
            for key, events in self.selector.select(None if late is None else late - time.monotonic()):
                key.data(events)
            for connection in [c for c in self._connections if not c.trusted]:
                if connection.deadline <= time.monotonic():
                    connection.end("no TLS handshake in time")
            self._connections = {c for c in self._connections if not c.ended}
        self.selector.close()

    def _accept(self, _: int) -> None:
        try:
            client, _ = self._listener.accept()
            with client:  # unless TLS takes it over
                client.settimeout(0)
                tls = self._context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            self._connections.add(_Connection(self, tls, time.monotonic() + self._patience))
        except OSError:
            # it went away again; or there are no descriptors left, and asking at once would be a busy loop
            time.sleep(0.01)

    def _rung(self, _: int) -> None:
        if server := self._bell.recv(_CHUNK):
            self.server = os.fsdecode(server)
        else:
            self._closing = True
            for one in (self._listener, self._bell):
                self.selector.unregister(one)
                one.close()
        for connection in self._connections:
            if self._closing and not connection.passing:
                connection.end()
            else:
                connection.step()


class _Flow:
    """One direction of a connection, and what was read from its source but not taken by its sink.

    It waits for an `event` `at` one of the two; for 0 when it is not open, or has ended.
    """

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self.at, self.event, self.ended = source, 0, False
        self._source, self._sink = source, sink
        self._held = memoryview(b"")

    def step(self) -> None:
        """Read a chunk if none is held, and send what is held as far as that goes."""
        try:
            if not self._held:
                self._held = memoryview(self._source.recv(_CHUNK))
                if not self._held:
                    self.event, self.ended = 0, True
                    return
            self.at, self.event = self._sink, _WRITE
            self._held = self._held[self._sink.send(self._held) :]
            if not self._held:
                self.at, self.event = self._source, _READ
        except ssl.SSLWantReadError:
            self.event = _READ
        except ssl.SSLWantWriteError:
            self.event = _WRITE
        except BlockingIOError:
            pass
        except OSError:
            self.event, self.ended = 0, True


class _Connection:
    """A client; once it is trusted and the server is there, the way between the two."""

    def __init__(self, front: Front, client: ssl.SSLSocket, deadline: float) -> None:
        self.deadline = deadline
        self.trusted = self.passing = self.ended = False
        self._front = front
        self._client, self._server = client, socket.socket(socket.AF_UNIX)
        self._up, self._down = _Flow(client, self._server), _Flow(self._server, client)
        self._watched = {client: 0, self._server: 0}
        self.step()

    def step(self, at: socket.socket | None = None, events: int = 0) -> None:
        """Do what these events allow, and wait for what the rest needs."""
        if self.ended:  # since the selector reported this
            return
        try:
            if not self.trusted:
                self._client.do_handshake()
                self.trusted, self._up.event = True, 0
            if self.passing:
                self._pass_on(at, events)
            elif self._front.server:
                self._server.connect(self._front.server)
                self._server.settimeout(0)
                self._up.event = self._down.event = _READ
                self.passing = True
        except ssl.SSLWantReadError:
            self._up.event = _READ
        except ssl.SSLWantWriteError:
            self._up.at, self._up.event = self._client, _WRITE
        except OSError as error:
            self.end(str(error))
        if not self.ended:
            self._watch()

    def end(self, reason: str = "") -> None:
        """Let go of both sides."""
        self.ended = True
        self._up.event = self._down.event = 0
        self._watch()
        if reason and not self.trusted:
            self._front.refused(reason)
        self._client.close()
        self._server.close()

    def _pass_on(self, at: socket.socket | None, events: int) -> None:
        for flow in (self._up, self._down):
            if flow.at is at and flow.event & events and not flow.ended:
                flow.step()
                if flow is self._up and flow.ended:
                    self._server.shutdown(socket.SHUT_WR)  # an answer may still come
        if self._down.ended:
            with contextlib.suppress(ssl.SSLWantReadError):  # the client's own end does not have to follow
                self._client.unwrap()  # says that nothing was cut off
            self.end()

    def _watch(self) -> None:
        wanted = dict.fromkeys(self._watched, 0)
        for flow in (self._up, self._down):
            wanted[flow.at] |= flow.event
        for one, event in wanted.items():
            if event != self._watched[one]:
                if self._watched[one]:
                    self._front.selector.unregister(one)
                if event:
                    self._front.selector.register(one, event, partial(self.step, one))
        self._watched = wanted

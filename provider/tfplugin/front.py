"""The public socket under TLS: verifies each client and passes bytes between it and the gRPC server behind.

gRPC cannot do this itself: its TLS library does not offer the curve of Terraform's certificate (spec terraform-plugin
A3). All connections are served by one thread that never waits for any of them. What is held of a connection is at
most one chunk in each direction: nothing more is read from one side until the other has taken it.
"""

import os
import selectors
import socket
import ssl
import time
from collections.abc import Callable

_CHUNK = 65536  # bytes; less than a TLS record (16 KiB) would leave in OpenSSL what no selector sees
_TURN = 8  # chunks that a connection may pass on before others have their turn
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

_Events = dict[socket.socket, int]  # for each socket what has to happen before going on makes sense


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
            for key, _ in self.selector.select(None if late is None else late - time.monotonic()):
                key.data()
            for connection in [c for c in self._connections if not c.trusted]:
                if connection.deadline <= time.monotonic():
                    connection.end("no TLS handshake in time")
            self._connections = {c for c in self._connections if not c.ended}
        self.selector.close()

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
            with client:  # unless TLS takes it over
                client.settimeout(0)
                tls = self._context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            self._connections.add(_Connection(self, tls, time.monotonic() + self._patience))
        except OSError:
            # it went away again; or there are no descriptors left, and asking at once would be a busy loop
            time.sleep(0.01)

    def _rung(self) -> None:
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
    """One direction of a connection, and what was read from its source but not taken by its sink."""

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self.ended = False
        self._source, self._sink = source, sink
        self._held = memoryview(b"")

    def step(self, events: _Events) -> None:
        """Pass bytes on until one side blocks, the source ends, one of them fails, or it is the turn of others."""
        at, event = self._source, _READ
        try:
            for _ in range(_TURN):
                if self._held:
                    at, event = self._sink, _WRITE
                    self._held = self._held[self._sink.send(self._held) :]
                if not self._held:
                    at, event = self._source, _READ
                    self._held = memoryview(self._source.recv(_CHUNK))
                    if not self._held:
                        self.ended = True
                        return
            at, event = self._sink, _WRITE
        except ssl.SSLWantReadError:
            event = _READ
        except ssl.SSLWantWriteError:
            event = _WRITE
        except BlockingIOError:
            pass
        except OSError:
            self.ended = True
            return
        events[at] |= event


class _Connection:
    """A client; once it is trusted and the server is there, the way between the two."""

    def __init__(self, front: Front, client: ssl.SSLSocket, deadline: float) -> None:
        self.deadline = deadline
        self.trusted = self.passing = self.ended = False
        self._front = front
        self._client = client
        self._server = socket.socket(socket.AF_UNIX)
        self._up, self._down = _Flow(client, self._server), _Flow(self._server, client)
        self._watched: _Events = {client: 0, self._server: 0}
        self.step()

    def step(self) -> None:
        """Do what can be done now, and watch for what the rest needs."""
        if self.ended:  # since the selector reported this
            return
        events: _Events = dict.fromkeys(self._watched, 0)
        try:
            if not self.trusted:
                self._shake_hands(events)
            if self.trusted and not self.passing and self._front.server:
                self._server.connect(self._front.server)
                self._server.settimeout(0)
                self.passing = True
            if self.passing:
                self._pass_on(events)
        except OSError as error:
            self.end(str(error))
        if not self.ended:
            self._watch(events)

    def end(self, reason: str = "") -> None:
        """Let go of both sides."""
        self.ended = True
        self._watch(dict.fromkeys(self._watched, 0))
        if reason and not self.trusted:
            self._front.refused(reason)
        self._client.close()
        self._server.close()

    def _shake_hands(self, events: _Events) -> None:
        try:
            self._client.do_handshake()
        except ssl.SSLWantReadError:
            events[self._client] = _READ
        except ssl.SSLWantWriteError:
            events[self._client] = _WRITE
        else:
            self.trusted = True

    def _pass_on(self, events: _Events) -> None:
        if not self._up.ended:
            self._up.step(events)
            if self._up.ended:
                self._server.shutdown(socket.SHUT_WR)  # an answer may still come
        self._down.step(events)
        if self._down.ended:
            try:
                self._client.unwrap()  # says that nothing was cut off
            except ssl.SSLWantWriteError:
                events[self._client] |= _WRITE
                return
            except OSError:
                pass  # its own end does not have to follow
            self.end()

    def _watch(self, events: _Events) -> None:
        for one, event in events.items():
            before, self._watched[one] = self._watched[one], event
            if before and before != event:
                self._front.selector.unregister(one)
            if event and before != event:
                self._front.selector.register(one, event, self.step)

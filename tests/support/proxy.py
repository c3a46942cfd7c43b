"""A network between a client and a PostgreSQL server that tests can hold, cut, lose and slow down.

A `Proxy` listens on 127.0.0.1 and passes on whole messages of PostgreSQL's protocol (PostgreSQL documentation,
chapter "Frontend/Backend Protocol"), so that a test can act between any two of them: `hold` one until the test
lets it go, `cut_after` a number of them, `cut` at once. `round_trip` makes the network slow, and nothing else.
"""

import ctypes
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self

from tests.support.processes import SECONDS

_CHUNK: Final = 1 << 16
_STARTUP: Final = (
    3  # the major version in a startup message; requests for encryption have other numbers there
)
_REFUSALS: Final = (b"N", b"S")  # the answers to a request for encryption, of one byte
_TCP_REPAIR: Final = 19  # Linux: a socket that has it ends without a word to the other side


class Side(Enum):
    """Who sends a message."""

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Message:
    """A message and the letter of its type; empty for the first ones of a client and the answers to them."""

    sender: Side
    type: bytes
    data: bytes


Matches = Callable[[Message], bool]


def is_commit(message: Message) -> bool:
    """Whether a client asks to parse COMMIT."""
    return message.sender is Side.CLIENT and message.type in b"PQ" and b"COMMIT\0" in message.data


def is_committed(message: Message) -> bool:
    """Whether a server says that a COMMIT is done."""
    return message.sender is Side.SERVER and message.type == b"C" and b"COMMIT\0" in message.data


def from_server(message: Message) -> bool:
    """Whether it is any message of the server: holding those stops the network in that direction."""
    return message.sender is Side.SERVER


class Hold:
    """Messages that are held: the first that matches, and with it all that come after it from the same side."""

    def __init__(self, matches: Matches) -> None:
        self._matches = matches
        self._come = threading.Event()
        self._released = threading.Event()

    @property
    def met(self) -> bool:
        """Whether the message has come."""
        return self._come.is_set()

    def wait(self) -> None:
        """Return when the message is there, and held."""
        assert self._come.wait(SECONDS), f"no such message within {SECONDS} s"

    def release(self) -> None:
        """Pass it on, and hold nothing any more."""
        self._released.set()

    def meet(self, message: Message) -> None:
        """Wait here with a message that is to be held."""
        if not self._released.is_set() and self._matches(message):
            self._come.set()
            self._released.wait()


class Proxy:
    """The network to one server. As a context manager it is gone at the end, with all connections."""

    host: Final = "127.0.0.1"

    def __init__(self, server: tuple[str, int], *, round_trip: float = 0) -> None:
        """`server` is its host and port; `round_trip` is in seconds."""
        self._server = server
        self._one_way = round_trip / 2
        self._hold: Hold | None = None
        self._cut_next: tuple[Side, int] | None = None
        self._passed: Counter[Side] = Counter()
        self._connections: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.down = False
        """While it is true, new connections are cut at once."""
        self._listener = socket.create_server((self.host, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        if self._hold:
            self._hold.release()

    def passed(self, side: Side) -> int:
        """How many messages of that side the latest connection has passed on."""
        return self._passed[side]

    @contextmanager
    def hold(self, matches: Matches) -> Iterator[Hold]:
        """Hold the first message that matches; at the end of the context it is let go."""
        self._hold = hold = Hold(matches)
        try:
            yield hold
        finally:
            hold.release()
            self._hold = None

    def cut_after(self, side: Side, number: int) -> None:
        """Cut the next connection as soon as it has passed on so many messages of that side; those after it are whole."""
        self._cut_next = (side, number)

    def cut(self) -> None:
        """Cut all connections; both sides notice."""
        with self._lock:
            for end in chain.from_iterable(self._connections):
                with suppress(OSError):  # it has ended by itself
                    end.shutdown(socket.SHUT_RDWR)

    def lose(self) -> None:
        """Cut all connections so that the server is not told: it would find out only by asking.

        Raises PermissionError where that cannot be had, see `can_lose`.
        """
        with self._lock:
            for _, server in self._connections:
                _forget(server)  # and the client's end goes as that of any connection

    def _accept(self) -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                client, _ = self._listener.accept()
                if self.down:
                    client.close()
                else:
                    self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._server)
        except OSError:
            client.close()
            return
        with self._lock:
            self._connections.append((client, server))
        cut_after, self._cut_next = self._cut_next, None
        passed: Counter[Side] = Counter()
        self._passed = passed
        threads = []
        for side, source, sink in ((Side.CLIENT, client, server), (Side.SERVER, server, client)):
            sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line: _Line = SimpleQueue()
            threads.append(threading.Thread(target=self._receive, args=(side, source, line), daemon=True))
            threads.append(
                threading.Thread(target=self._send, args=(line, sink, passed, cut_after), daemon=True)
            )
        for thread in threads:
            thread.start()
        threading.Thread(target=self._close, args=(client, server, threads), daemon=True).start()

    def _close(self, client: socket.socket, server: socket.socket, threads: list[threading.Thread]) -> None:
        """Close a connection when nothing uses it any more."""
        for thread in threads:
            thread.join()
        with self._lock:
            self._connections.remove((client, server))
            client.close()
            server.close()

    def _receive(self, side: Side, source: socket.socket, line: "_Line") -> None:
        """Put messages on the line until the connection ends, each with the time at which it arrives."""
        reader = _Reader(side)
        try:
            while data := source.recv(_CHUNK):
                for message in reader.read(data):
                    line.put((time.monotonic() + self._one_way, message))
        except OSError:
            pass  # cut
        finally:
            line.put(None)

    def _send(
        self,
        line: "_Line",
        sink: socket.socket,
        passed: Counter[Side],
        cut_after: tuple[Side, int] | None,
    ) -> None:
        """Pass on what is on the line, when it is time; the end of a connection goes on to the other side."""
        with suppress(OSError):  # cut
            while item := line.get():
                arrival, message = item
                time.sleep(max(0, arrival - time.monotonic()))
                if hold := self._hold:  # which may end meanwhile
                    hold.meet(message)
                sink.sendall(message.data)
                passed[message.sender] += 1
                if cut_after == (message.sender, passed[message.sender]):
                    self.cut()
            sink.shutdown(socket.SHUT_RDWR)


def can_lose() -> bool:
    """Whether `Proxy.lose` works here: on Linux, for whom the kernel lets administer networks."""
    with socket.socket() as end:
        try:
            end.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
        except OSError:
            return False
    return True


def _forget(end: socket.socket) -> None:
    """End a connection and tell nobody. Connecting to nothing does it (AF_UNSPEC), which Python has no call for."""
    # what was received is acknowledged, or the other side would send it again, and learn that nobody is there
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    end.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
    nothing = bytes(16)
    if ctypes.CDLL(None, use_errno=True).connect(end.fileno(), nothing, len(nothing)) != 0:
        raise OSError(ctypes.get_errno(), "the connection cannot be ended without a word")


_Line = SimpleQueue[tuple[float, Message] | None]


class _Reader:
    """Makes messages of what one side sends: a type, a length that counts itself and not the type, a body."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._started = False
        self._rest = b""

    def read(self, data: bytes) -> Iterator[Message]:
        """Return the messages that are complete with `data`."""
        self._rest += data
        while size := self._size():
            if len(self._rest) < size:
                return
            data, self._rest = self._rest[:size], self._rest[size:]
            yield Message(self._side, data[:1] if self._started else b"", data)
            if self._side is Side.CLIENT and not self._started:
                self._started = struct.unpack_from("!H", data, 4) == (_STARTUP,)

    def _size(self) -> int:
        """The size of the next message, 0 when it is not known yet."""
        if self._side is Side.SERVER and not self._started:
            if self._rest[:1] in _REFUSALS:
                return 1
            self._started = bool(self._rest)
        at = 1 if self._started else 0
        if len(self._rest) < at + 4:
            return 0
        (length,) = struct.unpack_from("!I", self._rest, at)
        return at + int(length)

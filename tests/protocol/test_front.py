"""The front alone, before a server that does as the test says."""

import select
import socket
import socketserver
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Queue
from typing import Any

import pytest

from tests.support.plugin import client_context, connect, connect_in_plain_text, terraform_identity
from tests.support.processes import SECONDS
from tfplugin.certificate import make_certificate
from tfplugin.front import Front
from tfplugin.tls import serve_only, server_context

MEGABYTE = 1024 * 1024
MUCH = bytes(range(256)) * (16 * MEGABYTE // 256)
HELD = 4 * MEGABYTE  # well above what the front, OpenSSL and the kernel hold of one direction
CHUNK = 65536
MOMENT = 0.3  # seconds in which something would have happened

Behaviour = Callable[[socket.socket], object]


def echo(client: socket.socket) -> None:
    while data := client.recv(CHUNK):
        client.sendall(data)


def read(count: int, connection: socket.socket) -> bytes:
    """The next bytes; fewer only when there are no more."""
    data = bytearray()
    with suppress(ssl.SSLZeroReturnError):  # the end, for a client that has said its own end
        while len(data) < count and (part := connection.recv(min(CHUNK, count - len(data)))):
            data += part
    return bytes(data)


def end_sending(client: ssl.SSLSocket) -> None:
    """Say that nothing more comes, and go on reading. The other side must be silent meanwhile."""
    client.settimeout(0)
    with suppress(ssl.SSLWantReadError):  # for the same from there
        client.unwrap()
    client.settimeout(SECONDS)


def send_and_read(client: ssl.SSLSocket, data: bytes) -> bytes:
    """Send, and read as much, at the same time; in one thread, for a TLS connection is not for two."""
    client.settimeout(0)
    unsent, received = memoryview(data), bytearray()
    deadline = time.monotonic() + SECONDS
    while len(received) < len(data):
        assert time.monotonic() < deadline
        with suppress(ssl.SSLWantReadError):
            received += client.recv(CHUNK)
            continue
        with suppress(ssl.SSLWantWriteError):
            if unsent:
                unsent = unsent[client.send(unsent[:CHUNK]) :]
                continue
        select.select([client], [client] if unsent else [], [], 1)
    client.settimeout(SECONDS)
    return bytes(received)


@dataclass
class Sender:
    """Sends much in a thread, and counts what was taken."""

    sent: int = 0

    def send(self, connection: socket.socket) -> None:
        for start in range(0, len(MUCH), CHUNK):
            connection.sendall(MUCH[start : start + CHUNK])
            self.sent += CHUNK


@dataclass
class Setting:
    """A front that runs, and what a test needs around it."""

    front: Front
    folder: str
    context: ssl.SSLContext
    """That of a client that is trusted."""
    refused: list[str]
    connections: list[socket.socket] = field(default_factory=list)
    """What the server has accepted."""

    @property
    def public(self) -> str:
        return f"{self.folder}/public"

    def client(self, **options: Any) -> ssl.SSLSocket:
        return connect(self.public, self.context, **options)

    @contextmanager
    def server(self, behaviour: Behaviour) -> Iterator[None]:
        """Start it, and let the front know; `behaviour` has a thread and a socket for each connection."""
        connections = self.connections

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                connections.append(self.request)
                with suppress(OSError):
                    behaviour(self.request)

        class Server(socketserver.ThreadingUnixStreamServer):
            request_queue_size = 128

        with Server(f"{self.folder}/server", Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=[0.01])
            thread.start()
            self.front.open(f"{self.folder}/server")
            try:
                yield
            finally:
                server.shutdown()
                thread.join()
                for connection in connections:
                    with suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)

    def wait_until_connected(self) -> None:
        """Return once the first client is connected with the server."""
        while not self.connections:
            time.sleep(0.01)

    def assert_echoes(self) -> None:
        """Another client is served."""
        with self.client() as client:
            client.sendall(b"hello")
            assert read(5, client) == b"hello"


@pytest.fixture
def setting() -> Iterator[Setting]:
    certificate, key = make_certificate()
    identity = terraform_identity()
    context = client_context(identity, ssl.DER_cert_to_PEM_cert(certificate))
    refused: list[str] = []
    # a folder whose path leaves room for that of a socket
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        server_side = server_context(certificate, key)
        serve_only(server_side, identity.certificate)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"{folder}/public")
        listener.listen()
        front = Front(listener, server_side, refused.append, SECONDS)
        front.start()
        yield Setting(front, folder, context, refused)
        front.finish(SECONDS)
        assert not front._thread.is_alive(), "the front does not end"


def test_many_bytes_pass_both_ways_at_once(setting: Setting) -> None:
    with setting.server(echo), setting.client() as client:
        assert send_and_read(client, MUCH) == MUCH


def test_a_client_that_comes_before_the_server_is_served_once_that_is_there(setting: Setting) -> None:
    with setting.client() as client:
        client.sendall(b"hello")
        with setting.server(echo):
            assert read(5, client) == b"hello"


def test_a_hundred_connections_at_once_do_not_mix(setting: Setting) -> None:
    def exchange(number: int) -> bytes:
        with setting.client() as client:
            return send_and_read(client, bytes([number]) * MEGABYTE)

    with setting.server(echo), ThreadPoolExecutor(100) as pool:
        assert list(pool.map(exchange, range(100))) == [bytes([n]) * MEGABYTE for n in range(100)]


def test_a_client_that_has_said_all_still_gets_the_answer(setting: Setting) -> None:
    said_all = threading.Event()

    def answer(client: socket.socket) -> None:
        request = read(MEGABYTE, client)
        said_all.wait(SECONDS)
        client.sendall(request[::-1])

    with setting.server(answer), setting.client() as client:
        client.sendall(b"hello")
        end_sending(client)
        said_all.set()
        assert read(100, client) == b"olleh"


def test_a_server_that_ends_a_connection_ends_it_for_the_client_without_loss(setting: Setting) -> None:
    def say_much(client: socket.socket) -> None:
        client.sendall(MUCH)

    # without the end of the TLS session this client would raise an error
    with setting.server(say_much), setting.client(suppress_ragged_eofs=False) as client:
        assert read(len(MUCH) + 1, client) == MUCH


def test_what_a_server_said_before_it_ended_arrives_though_the_client_goes_on_talking(
    setting: Setting,
) -> None:
    def say_much_and_do_not_listen(client: socket.socket) -> None:
        client.sendall(MUCH[:HELD])

    with setting.server(say_much_and_do_not_listen), setting.client() as client:
        received = b""
        while len(received) < HELD:
            with suppress(OSError):
                client.sendall(b"and then")
            received += read(CHUNK, client)

    assert received == MUCH[:HELD]


@pytest.mark.parametrize("abruptly", [socket.SHUT_WR, socket.SHUT_RDWR])
def test_a_client_that_breaks_off_is_gone_for_the_server_too(setting: Setting, abruptly: int) -> None:
    received: Queue[bytes] = Queue()

    def listen(client: socket.socket) -> None:
        received.put(read(MEGABYTE, client))

    with setting.server(listen), setting.client() as client:
        client.sendall(b"hel")
        setting.wait_until_connected()
        socket.socket.shutdown(client, abruptly)  # of the socket: nothing is said in TLS
        assert received.get(timeout=SECONDS) == b"hel"


def test_a_client_that_breaks_off_with_much_on_its_way_leaves_the_others_alone(setting: Setting) -> None:
    def say_much_or_echo(client: socket.socket) -> None:
        first = read(5, client)
        client.sendall(MUCH if first == b"much!" else first)

    with setting.server(say_much_or_echo):
        for _ in range(10):
            with setting.client() as client:
                client.sendall(b"much!")
                read(CHUNK, client)
        setting.assert_echoes()


def test_a_server_that_does_not_listen_ends_the_connection_and_not_the_front(setting: Setting) -> None:
    setting.front.open(f"{setting.folder}/server")
    with setting.client() as client:
        assert read(1, client) == b""

    with setting.server(echo):
        setting.assert_echoes()


def test_a_slow_server_holds_its_client_back_and_no_other(setting: Setting) -> None:
    goes_on = threading.Event()
    received: Queue[bytes] = Queue()

    def wait_and_listen(client: socket.socket) -> None:
        if client is not setting.connections[0]:
            echo(client)
        else:
            goes_on.wait(SECONDS)
            received.put(read(len(MUCH), client))

    sender = Sender()
    with setting.server(wait_and_listen), setting.client() as client, ThreadPoolExecutor() as pool:
        setting.wait_until_connected()
        sending = pool.submit(sender.send, client)
        time.sleep(MOMENT)
        assert sender.sent < HELD
        setting.assert_echoes()
        goes_on.set()
        sending.result()
        assert received.get(timeout=SECONDS) == MUCH


def test_a_slow_client_holds_its_server_back_and_no_other(setting: Setting) -> None:
    sender = Sender()

    def say_much_or_echo(client: socket.socket) -> None:
        if client is not setting.connections[0]:
            echo(client)
        else:
            sender.send(client)

    with setting.server(say_much_or_echo), setting.client() as client:
        setting.wait_until_connected()
        time.sleep(MOMENT)
        assert sender.sent < HELD
        setting.assert_echoes()
        assert read(len(MUCH), client) == MUCH


def test_a_client_that_says_nothing_holds_up_nobody(setting: Setting) -> None:
    with setting.server(echo), connect_in_plain_text(setting.public):
        setting.assert_echoes()
        assert setting.refused == []


def test_a_client_that_says_nothing_is_sent_away(setting: Setting) -> None:
    setting.front.patience = MOMENT
    with connect_in_plain_text(setting.public) as silent:
        assert silent.recv(1) == b""

    assert setting.refused == ["no TLS handshake in time"]


def test_a_client_that_is_trusted_may_be_silent_for_ever(setting: Setting) -> None:
    with setting.server(echo), setting.client() as client:
        setting.wait_until_connected()
        (connection,) = setting.front._connections
        assert connection._client.gettimeout() is None
        client.sendall(b"hello")
        assert read(5, client) == b"hello"


@pytest.mark.parametrize(
    "said", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0" * 100, b"\x16\x03\x01\xff\xff" + b"x" * CHUNK]
)
def test_what_is_not_tls_is_refused(setting: Setting, said: bytes) -> None:
    with setting.server(echo), connect_in_plain_text(setting.public) as client:
        with suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(said)
            read(MEGABYTE, client)
        setting.assert_echoes()

    assert len(setting.refused) == 1
    assert len(setting.connections) == 1


def test_waiting_takes_no_processor_time(setting: Setting) -> None:
    def listen_to_the_end_and_wait(client: socket.socket) -> None:
        read(100, client)
        over.wait(SECONDS)

    over = threading.Event()
    with (
        connect_in_plain_text(setting.public),  # silent
        setting.client() as early,
        setting.server(listen_to_the_end_and_wait),
        setting.client() as half_closed,
        setting.client() as stalled,
        ThreadPoolExecutor() as pool,
    ):
        early.sendall(b"hello")
        end_sending(half_closed)
        sending = pool.submit(Sender().send, stalled)
        time.sleep(MOMENT)
        before = time.process_time()
        time.sleep(2 * MOMENT)
        used = time.process_time() - before
        over.set()
        with suppress(OSError):
            sending.result()

    assert used < MOMENT


def test_closing_waits_until_the_clients_have_what_the_server_said(setting: Setting) -> None:
    def say_much(client: socket.socket) -> None:
        client.sendall(MUCH)

    with setting.client() as unserved, setting.server(say_much), setting.client() as client:
        first = read(CHUNK, client)
        setting.front.finish(MOMENT)
        assert setting.front._thread.is_alive()
        assert read(1, unserved) in {b"", MUCH[:1]}
        assert first + read(len(MUCH), client) == MUCH

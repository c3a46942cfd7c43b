"""A provider of this process behind a real gRPC server, without TLS."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

from tfplugin.logs import Log
from tfplugin.provider import Provider
from tfplugin.server import LazySession, make_server


@contextmanager
def serving(load: Callable[[], Provider], folder: Path) -> Iterator[grpc.Channel]:
    """A connection to the provider, which takes messages of any length."""
    server = make_server(LazySession(load, Log), lambda: None)
    address = f"unix:{folder / 'socket'}"
    server.add_insecure_port(address)
    server.start()
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    try:
        with grpc.insecure_channel(address, options) as channel:
            yield channel
    finally:
        server.stop(None)

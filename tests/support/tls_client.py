"""TLS towards a provider for clients that have none of their own.

gRPC's TLS library verifies no Ed25519 certificate; Terraform's does, and so does OpenSSL.
"""

import asyncio
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import SECONDS

_CHUNK = 1 << 18


@contextmanager
def in_plain_text(path: str, context: ssl.SSLContext) -> Iterator[str]:
    """The path of a socket whose connections go on to the one at `path` under TLS."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        address = str(Path(folder) / "plain")
        loop = asyncio.new_event_loop()
        relay = _Relay(path, context)
        server = loop.run_until_complete(asyncio.start_unix_server(relay.connected, address))
        thread = threading.Thread(target=loop.run_forever, name="tls-client")
        thread.start()
        try:
            yield address
        finally:
            asyncio.run_coroutine_threadsafe(relay.end(server), loop).result(SECONDS)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


class _Relay:
    def __init__(self, path: str, context: ssl.SSLContext) -> None:
        self._path, self._context = path, context
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)  # what was aborted is closed in the loop's next round

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_unix_connection(
                self._path, ssl=self._context, server_hostname="localhost"
            )
        except OSError:  # the client sees the end of its connection
            writer.transport.abort()
            return
        self._writers.append(there[1])
        pumps = [
            asyncio.ensure_future(pump) for pump in (_pass_on(reader, there[1]), _pass_on(there[0], writer))
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            there[1].transport.abort()
            writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()

"""Ports of the loopback interface for servers that a test ends and starts again."""

import socket
import sys


class Port:
    """A free port that nobody else is given while it is kept, whether a server listens there or not.

    On Linux a server shares it with the socket that keeps it, as both allow that (SO_REUSEADDR). Elsewhere nothing keeps it.
    """

    def __init__(self) -> None:
        self._keeper = socket.socket()
        self._keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._keeper.bind(("127.0.0.1", 0))
        self.number = int(self._keeper.getsockname()[1])
        if sys.platform != "linux":
            self.release()

    def release(self) -> None:
        """Keep it no more; may be done again."""
        self._keeper.close()

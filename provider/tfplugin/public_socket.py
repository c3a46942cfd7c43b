"""The socket to which Terraform connects, and the certificate by which it knows the provider.

Whoever makes it need not be the process that serves: Terraform's connection waits in it until somebody accepts it.
"""

import socket

from tfplugin import handshake
from tfplugin.certificate import handshake_field, make_certificate
from tfplugin.socket_folder import SocketFolder


class PublicSocket:
    """A socket that listens in `folder`, with a certificate and its key in DER."""

    def __init__(self, folder: SocketFolder, listener: socket.socket, certificate: bytes, key: bytes) -> None:
        """Takes over what `make` has made."""
        self.folder = folder
        self.listener = listener
        self.certificate = certificate
        self.key = key

    @classmethod
    def make(cls, folder: SocketFolder) -> "PublicSocket":
        """Makes a socket and a certificate. `folder` has been made; whoever made it removes it."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(folder.public)
        listener.listen()
        return cls(folder, listener, *make_certificate())

    def announce(self) -> None:
        """Tells Terraform of the socket. Raises Explained if stdout takes no line."""
        handshake.announce(self.folder.public, handshake_field(self.certificate))

"""The socket to which Terraform connects, and the certificate by which it knows the provider.

Whoever makes it need not be the process that serves: Terraform's connection waits in it until somebody accepts it.
"""

# The first launcher of a command imports this module: `socket` would take 5 ms
import _socket
import binascii

from tfplugin import handshake
from tfplugin.socket_folder import SocketFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl


class PublicSocket:
    """A socket that listens in `folder`, with a certificate and its key in DER."""

    def __init__(
        self, folder: SocketFolder, listener: _socket.socket, certificate: bytes, key: bytes
    ) -> None:
        """Takes over what `make` has made."""
        self.folder = folder
        self.listener = listener
        self.certificate = certificate
        self.key = key
        self._context: ssl.SSLContext | None = None

    @classmethod
    def make(cls, folder: SocketFolder) -> "PublicSocket":
        """Makes a socket and a certificate. `folder` has been made; whoever made it removes it."""
        from tfplugin.certificate import make_certificate

        listener = _socket.socket(_socket.AF_UNIX)
        listener.bind(folder.public)
        listener.listen()
        return cls(folder, listener, *make_certificate())

    def tls(self) -> "ssl.SSLContext":
        """The settings by which it speaks TLS, always the same."""
        if self._context is None:
            from tfplugin.tls import server_context

            self._context = server_context(self.certificate, self.key)
        return self._context

    def announce(self) -> None:
        """Tells Terraform of the socket. Raises Explained if stdout takes no line."""
        handshake.announce(self.folder.public, handshake_field(self.certificate))


def handshake_field(certificate: bytes) -> str:
    """The certificate as the handshake line has it: in base64 without padding."""
    return binascii.b2a_base64(certificate, newline=False).decode().rstrip("=")

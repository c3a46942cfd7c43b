"""What a driver does not tell of TLS: whether a file can be read, and what is wrong with a server's certificate.

`ssl` is imported on use: it takes longer than most logins.
"""

import errno
import os
import socket
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


def unreadable(path: "Path") -> str | None:
    """The reason why a file cannot be read, if it cannot."""
    try:
        if path.is_dir():
            return "it is a folder"
        path.stat()
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or "this is no path"
    return None if os.access(path, os.R_OK) else os.strerror(errno.EACCES)


class ServerCertificate(NamedTuple):
    """What OpenSSL says of a certificate: a mistake, or the names in it."""

    mistake: str = ""
    names: tuple[str, ...] = ()


def server_certificate(
    address: tuple[str, int],
    host: str,
    authorities: "Path | None",
    request: tuple[bytes, bytes],
    seconds: float,
) -> ServerCertificate:
    """Look at the certificate of a server; empty if it cannot be seen.

    `authorities` is a file, or None for the authorities of the machine. `request` is what asks for TLS, and the answer to
    it that agrees.
    """
    import ssl  # noqa: PLC0415

    question, agreed = request
    try:
        context = ssl.create_default_context(cafile=authorities)
        context.check_hostname = False
        with socket.create_connection(address, timeout=seconds) as plain:
            plain.sendall(question)
            if plain.recv(len(agreed)) != agreed:
                return ServerCertificate()
            with context.wrap_socket(plain, server_hostname=host) as encrypted:
                certificate: dict[str, Any] = dict(encrypted.getpeercert() or {})
    except ssl.SSLCertVerificationError as error:
        return ServerCertificate(mistake=error.verify_message)
    except (OSError, ValueError):
        return ServerCertificate()
    subject = [(kind, name) for part in certificate["subject"] for kind, name in part if kind == "commonName"]
    names = certificate.get("subjectAltName") or subject
    return ServerCertificate(names=tuple(name for _, name in names))

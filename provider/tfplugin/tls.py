"""TLS with Terraform: both sides show a certificate that they made themselves.

Terraform trusts exactly the certificate in the handshake line, for the name ``localhost``; the provider trusts exactly
the one in ``PLUGIN_CLIENT_CERT``.

Source: docs/facts/terraform.md, "TLS between Terraform and a provider".
"""

import base64
import os
import ssl

from tfplugin.crash import Explained


def server_context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    """The TLS settings of a server with this certificate and key (DER), which serves nobody until it is told whom.

    Raises Explained if the system lacks /dev/fd.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    context.num_tickets = 0  # a connection lives as long as its client; nobody resumes one
    # the `ssl` module reads these two from files only; a pipe is a file that never touches a disk
    files = [_pipe("CERTIFICATE", certificate), _pipe("PRIVATE KEY", key)]
    try:
        context.load_cert_chain(*[f"/dev/fd/{file}" for file in files])
    except FileNotFoundError as error:
        raise Explained(
            "TLS needs the folder /dev/fd, which is missing; on Linux it leads to /proc, which has to be mounted."
        ) from error
    finally:
        for file in files:
            os.close(file)
    return context


def serve_only(context: ssl.SSLContext, client_certificate: str) -> None:
    """Lets the holder of `client_certificate` (PEM) connect. Raises ValueError if it is no certificate."""
    try:
        context.load_verify_locations(cadata=client_certificate)
    except (ssl.SSLError, TypeError) as error:
        raise ValueError("PLUGIN_CLIENT_CERT is not a certificate in PEM") from error


def _pipe(label: str, der: bytes) -> int:
    """A descriptor from which `der` can be read once, as PEM; that must be shorter than a pipe's buffer."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as pipe:
        pipe.write(f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n")
    return reading

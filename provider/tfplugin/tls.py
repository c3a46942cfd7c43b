"""TLS towards Terraform: both sides show a certificate of their own making (spec terraform-plugin A3).

Ours is made at each start and kept in memory. Terraform trusts exactly the certificate that the handshake line names,
for the name ``localhost``; we trust exactly the one in ``PLUGIN_CLIENT_CERT``.
"""

import base64
import os
import ssl
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make_certificate() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A P-256 key and a self-signed certificate for ``localhost``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def handshake_field(certificate: x509.Certificate) -> str:
    """The certificate as the handshake line wants it: DER in base64 without padding."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    return base64.b64encode(der).decode().rstrip("=")


def server_context(
    certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, client_certificate: str
) -> ssl.SSLContext:
    """How to serve the holder of one client certificate (PEM), and nobody else; ValueError if it is not one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(cadata=client_certificate)
    except (ssl.SSLError, TypeError) as error:
        raise ValueError("PLUGIN_CLIENT_CERT is not a certificate in PEM") from error
    context.set_alpn_protocols(["h2"])
    context.num_tickets = 0  # a connection lives as long as its client; nobody resumes one
    _load(context, certificate, key)
    return context


def _load(context: ssl.SSLContext, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    """Give the context its key. OpenSSL's module reads files only; a pipe is one that never touches a disk."""
    files = [
        _pipe(certificate.public_bytes(serialization.Encoding.PEM)),
        _pipe(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        ),
    ]
    try:
        context.load_cert_chain(*[f"/dev/fd/{file}" for file in files])
    finally:
        for file in files:
            os.close(file)


def _pipe(content: bytes) -> int:
    """A descriptor from which the content, shorter than a pipe's buffer, can be read once."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(content)
    return reading

"""Certificates for tests: an authority, and what it signs for servers and clients."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Certificate:
    """A certificate with its private key, both in PEM."""

    text: str
    key: str

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write both to files, as `name`.crt and `name`.key, and return their paths; the key is the owner's alone."""
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        certificate.write_text(self.text)
        key.touch(mode=0o600)
        key.write_text(self.key)
        return certificate, key


@dataclass(frozen=True)
class Authority:
    """Signs certificates."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, name: str = "An authority") -> Self:
        """A new authority, which vouches for itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, name, key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        return cls(builder.sign(key, hashes.SHA256()), key)

    @property
    def text(self) -> str:
        """Its certificate in PEM."""
        return _pem(self.certificate)

    def sign(
        self,
        name: str,
        *names: str,
        days: int = 30,
        password: str | None = None,
        revocations: str | None = None,
    ) -> Certificate:
        """A certificate for a common name and further names or IP addresses, valid for that many days.

        A negative number of days makes one that has expired. `password` encrypts the key. `revocations` is the address at
        which the certificate says that a revocation can be looked up, by its list and by OCSP.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
        builder = _builder(name, str(issuer), key, days)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(map(_general_name, names)), critical=False
            )
        if revocations:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(revocations)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
            responder = x509.AccessDescription(
                x509.oid.AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(revocations)
            )
            builder = builder.add_extension(x509.AuthorityInformationAccess([responder]), critical=False)
        encryption = serialization.BestAvailableEncryption(password.encode()) if password else None
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            encryption or serialization.NoEncryption(),
        )
        return Certificate(_pem(builder.sign(self.key, hashes.SHA256())), pem.decode())


def _builder(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, days: int = 30
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 90 * _DAY)
        .not_valid_after(now + days * _DAY)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()

"""Our certificate, as a library reads it that knows the standard."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key

from tfplugin.certificate import make_certificate
from tfplugin.public_socket import handshake_field
from tfplugin.tls import serve_only, server_context

Made = tuple[x509.Certificate, Ed25519PrivateKey]


@pytest.fixture
def made() -> Made:
    certificate, key = make_certificate()
    private_key = load_der_private_key(key, None)
    assert isinstance(private_key, Ed25519PrivateKey)
    return x509.load_der_x509_certificate(certificate), private_key


def test_it_is_for_localhost_alone(made: Made) -> None:
    certificate, _ = made

    assert [(extension.oid, extension.critical) for extension in certificate.extensions] == [
        (x509.SubjectAlternativeName.oid, False)
    ]
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names == x509.SubjectAlternativeName([x509.DNSName("localhost")])
    assert certificate.subject.rfc4514_string() == "CN=localhost"


def test_it_is_signed_with_its_own_key(made: Made) -> None:
    certificate, key = made

    assert certificate.version is x509.Version.v3
    assert certificate.public_key() == key.public_key()
    certificate.verify_directly_issued_by(certificate)


def test_it_is_valid_whatever_the_clock_says(made: Made) -> None:
    certificate, _ = made

    assert certificate.not_valid_before_utc.isoformat() == "1970-01-01T00:00:00+00:00"
    assert certificate.not_valid_after_utc.isoformat() == "9999-12-31T23:59:59+00:00"


def test_it_is_der_to_the_bit() -> None:
    certificate, _ = make_certificate()

    assert x509.load_der_x509_certificate(certificate).public_bytes(Encoding.DER) == certificate


def test_each_process_has_another_key() -> None:
    assert make_certificate()[1] != make_certificate()[1]


def test_the_handshake_line_has_it_in_base64_without_padding() -> None:
    for length in (3, 4, 5):
        field = handshake_field(b"\xfb" * length)
        assert "=" not in field
        assert base64.b64decode(field + "=" * (-len(field) % 4), validate=True) == b"\xfb" * length


@pytest.mark.parametrize("text", ["not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_client_certificate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="PLUGIN_CLIENT_CERT is not a certificate"):
        serve_only(server_context(*make_certificate()), text)

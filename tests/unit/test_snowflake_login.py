"""Private keys for Snowflake: what is taken, and what is said of what is not."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.warehouses.snowflake.login import private_key

KEY = rsa.generate_private_key(65537, 2048)
DER = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
PLAIN = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
TRADITIONAL = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
ENCRYPTED = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"sesame")).decode()
LEGACY = KEY.private_bytes(
    Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"sesame")
).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("text", "passphrase"),
    [
        (PLAIN, None),
        (PLAIN, "not needed"),
        (TRADITIONAL, None),
        (ENCRYPTED, "sesame"),
        (LEGACY, "sesame"),
        (f"\n  comment\n{PLAIN}\n", None),
    ],
)
def test_a_key_in_pem_form_is_taken(text: str, passphrase: str | None) -> None:
    assert private_key(text, passphrase) == DER


def test_a_key_of_an_elliptic_curve_is_taken() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert private_key(pem, None) == key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("text", "passphrase", "summary", "remedy"),
    [
        ("/home/me/rsa_key.p8", None, "Path where a key is expected", "file("),
        ("rsa_key.p8", None, "Path where a key is expected", "file("),
        ("~/.ssh/snowflake", None, "Path where a key is expected", "file("),
        (r"C:\keys\rsa_key.pem", None, "Path where a key is expected", "file("),
        (PLAIN.replace("\n", "\\n"), None, "Line breaks of the key are lost", r'replace(…, "\\n", "\n")'),
        (ENCRYPTED, None, "Passphrase missing", "private_key_passphrase"),
        (LEGACY, "", "Passphrase missing", "private_key_passphrase"),
        (ENCRYPTED, "wrong", "Wrong passphrase", "private_key_passphrase"),
        (LEGACY, "wrong", "Wrong passphrase", "private_key_passphrase"),
        (PUBLIC, None, "Not a private key", "-----BEGIN PRIVATE KEY-----"),
        ("sesame, open", None, "Invalid private key", "-----BEGIN PRIVATE KEY-----"),
        (PLAIN[:200], None, "Invalid private key", "whole"),
        ("".join(PLAIN.splitlines()[1:-1]), None, "Invalid private key", "-----BEGIN PRIVATE KEY-----"),
    ],
)
def test_what_is_no_key_is_told_with_the_remedy(
    text: str, passphrase: str | None, summary: str, remedy: str
) -> None:
    with pytest.raises(WarehouseError) as raised:
        private_key(text, passphrase)
    error = raised.value
    assert (str(error.path), error.summary) == ("provider snowflake.private_key", summary)
    assert remedy in error.detail
    assert text[-40:] not in str(error)

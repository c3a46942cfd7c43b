"""The provider's certificate, which it makes at each start and keeps in memory.

It always has the same form, so this module writes its bytes itself (RFC 5280): importing `cryptography.x509` and
`cryptography.hazmat.primitives.serialization` takes as long as everything else before the handshake line.

Source: docs/facts/terraform.md, "TLS between Terraform and a provider".
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# DER: tags, and object identifiers with tag and length
_INTEGER: Final = 0x02
_BIT_STRING: Final = 0x03
_OCTET_STRING: Final = 0x04
_UTF8_STRING: Final = 0x0C
_UTC_TIME: Final = 0x17
_GENERALIZED_TIME: Final = 0x18
_SEQUENCE: Final = 0x30
_SET: Final = 0x31
_DNS_NAME: Final = 0x82
_FIELD: Final = 0xA0  # an optional field; its number is added
_COMMON_NAME: Final = bytes.fromhex("0603550403")
_SUBJECT_ALTERNATIVE_NAME: Final = bytes.fromhex("0603551d11")
_ED25519: Final = bytes.fromhex("06032b6570")


def make_certificate() -> tuple[bytes, bytes]:
    """A self-signed certificate for ``localhost``, and its Ed25519 key (RFC 8410); both in DER."""
    key = Ed25519PrivateKey.generate()
    algorithm = _der(_SEQUENCE, _ED25519)
    name = _der(_SEQUENCE, _der(_SET, _der(_SEQUENCE, _COMMON_NAME, _der(_UTF8_STRING, b"localhost"))))
    names = _der(_OCTET_STRING, _der(_SEQUENCE, _der(_DNS_NAME, b"localhost")))
    content = _der(
        _SEQUENCE,
        _der(_FIELD, _der(_INTEGER, b"\2")),  # version 3
        _der(_INTEGER, b"\1"),  # the serial number: this key signs no other certificate
        algorithm,
        name,
        # always valid, whatever the clock says: the certificate ends with the process
        _der(_SEQUENCE, _der(_UTC_TIME, b"700101000000Z"), _der(_GENERALIZED_TIME, b"99991231235959Z")),
        name,
        _der(_SEQUENCE, algorithm, _bits(key.public_key().public_bytes_raw())),
        _der(_FIELD + 3, _der(_SEQUENCE, _der(_SEQUENCE, _SUBJECT_ALTERNATIVE_NAME, names))),
    )
    private = _der(_OCTET_STRING, _der(_OCTET_STRING, key.private_bytes_raw()))
    return (
        _der(_SEQUENCE, content, algorithm, _bits(key.sign(content))),
        _der(_SEQUENCE, _der(_INTEGER, b"\0"), algorithm, private),
    )


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:  # noqa: PLR2004 - longer sizes come after the number of their bytes
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(length)]) + length + content


def _bits(content: bytes) -> bytes:
    """A bit string of whole bytes: no bit of the last byte is unused."""
    return _der(_BIT_STRING, b"\0", content)

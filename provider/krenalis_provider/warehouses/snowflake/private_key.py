"""The private key of a user who logs in with a pair of keys, from text to what the driver takes.

Facts: Snowflake documentation, Key-pair authentication and key-pair rotation.
"""

import re
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from krenalis_provider.warehouses.snowflake.errors import SnowflakeError
from krenalis_provider.workspaces.errors import Verdict

PATH: Final = "provider snowflake.private_key"
_LONGEST_PATH: Final = 1000
"""In characters; a key without its first and last line is longer."""


def private_key(text: str, passphrase: str | None) -> bytes:
    """The key in DER form (PKCS #8), of a key in PEM form that the passphrase opens if it is encrypted.

    A passphrase for a key that is not encrypted is not needed, and no fault. Raises `SnowflakeError`; no message has
    any of the text.
    """
    if fault := _fault(text):
        raise _invalid(*fault)
    encrypted = "ENCRYPTED" in text
    if encrypted and not passphrase:
        raise _invalid(
            "Passphrase missing",
            "the key is encrypted. Set private_key_passphrase in the provider's snowflake block, or the environment "
            "variable SNOWFLAKE_PRIVATE_KEY_PASSPHRASE.",
        )
    try:
        key = load_pem_private_key(text.encode(), passphrase.encode() if encrypted and passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise _invalid(
                "Wrong passphrase",
                "the key cannot be decrypted. Check private_key_passphrase in the provider's snowflake block, or "
                "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE, and that the key is whole.",
            ) from error
        raise _invalid(
            "Invalid private key",
            "the text between its first and last line is not a key. Check that it is whole.",
        ) from error
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _fault(text: str) -> tuple[str, str] | None:
    """What can be told from the look of the text: a summary and a detail; None if it may be a private key."""
    if re.search(r"-----BEGIN [A-Z ]*PRIVATE KEY-----", text) is None:
        if "-----BEGIN" in text:
            return (
                "Not a private key",
                (
                    "this is a public key or a certificate. Set the private key that belongs to it: the text that begins "
                    "with -----BEGIN PRIVATE KEY-----. The public key is the user's, in Snowflake: ALTER USER … SET "
                    "RSA_PUBLIC_KEY."
                ),
            )
        if _is_path(text):
            return (
                "Path where a key is expected",
                'this is the path of a file, and not what is in it. Write private_key = file("…").',
            )
        return (
            "Invalid private key",
            "this is no key in PEM form: the text that begins with -----BEGIN PRIVATE KEY-----, with its line breaks.",
        )
    if "\\n" in text:
        return (
            "Line breaks of the key are lost",
            (
                "the key has a backslash and the letter n where its lines end, as after being kept in one line. Write "
                'private_key = replace(…, "\\\\n", "\\n").'
            ),
        )
    return None


def _is_path(text: str) -> bool:
    name = text.strip()
    return (
        0 < len(name) < _LONGEST_PATH
        and "\n" not in name
        and re.search(r"^[~/.]|^[A-Za-z]:\\|\.(p8|pem|key|der|pk8)$", name) is not None
    )


def _invalid(summary: str, detail: str) -> SnowflakeError:
    return SnowflakeError(Verdict.CONTRADICTED, "", summary, detail, path=PATH)

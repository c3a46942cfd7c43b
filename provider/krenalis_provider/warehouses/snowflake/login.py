"""A user's password or private key, in the form that the driver takes.

Source: Snowflake's documentation, Key-pair authentication and key-pair rotation.
"""

import os
import re
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from krenalis_provider.model.attribute_path import ProviderPath
from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.snowflake.errors import password_error
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings

PATH: Final = ProviderPath.of("snowflake", "private_key")
_LONGEST_PATH: Final = 1000
"""In characters; a key that lacks its first and last line is longer."""


def means_of_login(settings: SnowflakeSettings, parameters: Mapping[str, str]) -> dict[str, str | bytes]:
    """The driver's arguments for the login. Raises `WarehouseError` if there are none.

    The first that exists counts: the settings' password, the parameters' private key, their password, and the
    same two of the environment (SNOWFLAKE_PRIVATE_KEY with SNOWFLAKE_PRIVATE_KEY_PASSPHRASE,
    SNOWFLAKE_PASSWORD).
    """
    if settings.password:
        return {"password": settings.password}
    environment = {
        name: os.environ.get(f"SNOWFLAKE_{name.upper()}", "")
        for name in ("private_key", "private_key_passphrase", "password")
    }
    for source in (parameters, environment):
        if key := source.get("private_key"):
            passphrase = parameters.get("private_key_passphrase") or environment["private_key_passphrase"]
            return {"private_key": private_key(key, passphrase), "authenticator": "SNOWFLAKE_JWT"}
        if password := source.get("password"):
            return {"password": password}
    raise password_error(settings)


def private_key(text: str, passphrase: str | None) -> bytes:
    """Converts a key from PEM form to DER form (PKCS #8).

    The passphrase opens an encrypted key, and is ignored for any other. Raises `WarehouseError`; no message
    contains any of the text.
    """
    _require_pem(text)
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


def _require_pem(text: str) -> None:
    """Raises `WarehouseError` for a text that, by its look, is no private key."""
    if re.search(r"-----BEGIN [A-Z ]*PRIVATE KEY-----", text):
        if "\\n" in text:
            raise _invalid(
                "Line breaks of the key are lost",
                "the key has a backslash and the letter n where its lines end, as after being kept in one line. Write "
                'private_key = replace(…, "\\\\n", "\\n").',
            )
    elif "-----BEGIN" in text:
        raise _invalid(
            "Not a private key",
            "this is a public key or a certificate. Set the private key that belongs to it: the text that begins "
            "with -----BEGIN PRIVATE KEY-----. The public key is the user's, in Snowflake: ALTER USER … SET "
            "RSA_PUBLIC_KEY.",
        )
    elif _is_path(text.strip()):
        raise _invalid(
            "Path where a key is expected",
            'this is the path of a file, and not what is in it. Write private_key = file("…").',
        )
    else:
        raise _invalid(
            "Invalid private key",
            "this is no key in PEM form: the text that begins with -----BEGIN PRIVATE KEY-----, with its line breaks.",
        )


def _is_path(text: str) -> bool:
    if len(text) >= _LONGEST_PATH or "\n" in text:
        return False
    return re.search(r"^[~/.]|^[A-Za-z]:\\|\.(p8|pem|key|der|pk8)$", text) is not None


def _invalid(summary: str, detail: str) -> WarehouseError:
    return warehouse_error(Verdict.CONTRADICTED, PATH, summary, detail)

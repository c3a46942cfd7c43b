"""A user's password or private key, in the form that the driver takes.

A key is opened here and given to the driver without encryption: cryptography knows forms that the driver does not
(docs/facts/snowflake.md, "Keys"). Validation looks at keys here too, so the driver is not imported.
"""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from krenalis_provider.model.attribute_path import ProviderPath, setting
from krenalis_provider.model.errors import NOWHERE, Problem, Verdict
from krenalis_provider.warehouses.errors import warehouse_error
from krenalis_provider.warehouses.snowflake.credentials import Credential
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings

_KEY: Final = "private_key"
_PASSPHRASE: Final = "private_key_passphrase"  # noqa: S105 - a name
_FIRST_LINE: Final = "-----BEGIN PRIVATE KEY-----"
_MAKE_ONE: Final = (
    "Snowflake takes RSA keys of 2,048 bits or more, its driver of up to 8,192: openssl genrsa 2048 | openssl pkcs8 "
    "-topk8 -nocrypt -out rsa_key.p8 makes one"
)
_BITS: Final = range(2048, 8192 + 1)
_CURVES: Final = ("secp256r1", "secp384r1", "secp521r1")
"""The curves of the keys that the driver signs with."""
_LONGEST_PATH: Final = 1000
"""In characters; a key that lacks its first and last line is longer."""
_LEAST_KEY: Final = 200
"""In characters; the shortest key that one may find without its first line is longer."""

_PEM_IN_BASE64: Final = "LS0tLS1CRUdJTi"
_BEGIN: Final = re.compile(r"-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----")
_HEADERS: Final = re.compile(r"\s*Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*(\S+)\s")
_PUBLIC: Final = re.compile(r"-----BEGIN [A-Z0-9 ]*(PUBLIC KEY|CERTIFICATE)|^(ssh|ecdsa|sk)-[a-z0-9@.-]+ ")
_ESCAPED_BREAK: Final = re.compile(r"\\+[nr]")


class RefusedKey(Exception):
    """A private key that cannot be used, or a passphrase that does not open it; no text of either is in it."""

    def __init__(self, summary: str, clause: str, *, of: str = _KEY, is_missing: bool = False) -> None:
        """`clause` says the mistake of the parameter `of`, such as ``is a public key``."""
        super().__init__(f"{of} {clause}")
        self.summary = summary
        self.clause = clause
        self.of = of
        self.is_missing = is_missing
        """Whether it is the passphrase, and there is none."""


class MeansOfLogin(NamedTuple):
    """What a user logs in with."""

    arguments: dict[str, str | bytes]
    """The driver's."""
    credential: Credential


def means_of_login(settings: SnowflakeSettings, parameters: Mapping[str, str]) -> MeansOfLogin:
    """The means of the login. Raises `WarehouseError` if there are none, or if a key cannot be used.

    The first that exists counts: the settings' password, the parameters' private key, their password, and the
    same two of the environment (SNOWFLAKE_PRIVATE_KEY with SNOWFLAKE_PRIVATE_KEY_PASSPHRASE,
    SNOWFLAKE_PASSWORD).
    """
    if settings.password:
        return _by_password(settings.password, Credential(setting("password")))
    environment = {name: os.environ.get(_variable(name), "") for name in (_KEY, _PASSPHRASE, "password")}
    for source in (parameters, environment):
        by_variable = source is environment
        if key := source.get(_KEY):
            passphrase = parameters.get(_PASSPHRASE, "")
            other = "" if passphrase else environment[_PASSPHRASE]
            passphrase_from = _given(_PASSPHRASE, by_variable=bool(other))
            return _by_key(key, passphrase or other, _given(_KEY, by_variable=by_variable), passphrase_from)
        if password := source.get("password"):
            return _by_password(password, _given("password", by_variable=by_variable))
    raise warehouse_error(
        Verdict.ABSENT,
        "password",
        "Password missing",
        f'connecting to account "{settings.account}" as "{settings.username}" failed: there is no password and no private '
        "key. Give one in the workspace's warehouse settings, in the provider's snowflake block, or in SNOWFLAKE_PASSWORD; or "
        "log in with a pair of keys, by private_key in the provider's snowflake block or SNOWFLAKE_PRIVATE_KEY.",
    )


def private_key_problem(text: str) -> str | None:
    """The reason why a text is no private key that can be used, as a clause; None for one that needs a passphrase."""
    try:
        if text:
            opened(text, None)
    except RefusedKey as refused:
        return None if refused.is_missing else refused.clause
    return None


def passphrase_problems(parameters: Mapping[str, Any]) -> Iterator[Problem]:
    """The problem of a passphrase that does not open the key beside it."""
    key, passphrase = parameters.get(_KEY), parameters.get(_PASSPHRASE)
    if not (isinstance(key, str) and isinstance(passphrase, str) and key and passphrase):
        return
    try:
        opened(key, passphrase)
    except RefusedKey as refused:
        yield Problem(ProviderPath.of("snowflake", refused.of), f"{refused.clause}.")


def opened(text: str, passphrase: str | None) -> bytes:
    """Converts a private key from PEM to DER form (PKCS #8, not encrypted).

    The text may have other line breaks than PEM has: none but a backslash and the letter n, as after being kept in
    one line, or blanks. The passphrase opens an encrypted key, and is ignored for any other. Raises `RefusedKey`.
    """
    pem, is_encrypted = _pem(text)
    if is_encrypted and not passphrase:
        raise RefusedKey(
            "Passphrase missing",
            "is missing, and the private key is encrypted: set it in the provider's snowflake block, or the environment "
            "variable SNOWFLAKE_PRIVATE_KEY_PASSPHRASE",
            of=_PASSPHRASE,
            is_missing=True,
        )
    try:
        key = load_pem_private_key(pem.encode(), passphrase.encode() if is_encrypted and passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _not_opened(error, passphrase if is_encrypted else None) from None
    _require_kind(key)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _by_password(password: str, credential: Credential) -> MeansOfLogin:
    if password != password.rstrip("\r\n"):
        remark = "The password ends in a line break: chomp(…) removes one that comes from a file."
        credential = credential._replace(remark=remark)
    return MeansOfLogin({"password": password}, credential)


def _by_key(key: str, passphrase: str, key_from: Credential, passphrase_from: Credential) -> MeansOfLogin:
    try:
        der = opened(key, passphrase)
    except RefusedKey as refused:
        at = key_from if refused.of == _KEY else passphrase_from
        detail = f"{at.variable} {refused.clause}.".lstrip()
        raise warehouse_error(Verdict.CONTRADICTED, at.path, refused.summary, detail) from None
    return MeansOfLogin({_KEY: der, "authenticator": "SNOWFLAKE_JWT"}, key_from)


def _given(name: str, *, by_variable: bool) -> Credential:
    if by_variable:
        return Credential(NOWHERE, _variable(name))
    return Credential(ProviderPath.of("snowflake", name))


def _variable(name: str) -> str:
    return f"SNOWFLAKE_{name.upper()}"


def _pem(text: str) -> tuple[str, bool]:
    """The first private key of a text, line by line, and whether it is encrypted. Raises `RefusedKey`."""
    begin = _BEGIN.search(text)
    if begin is None:
        raise _no_key(text.strip())
    text = _ESCAPED_BREAK.sub("\n", text[begin.end() :])
    label, last_line = begin[1], f"-----END {begin[1]}-----"
    body, end, _ = text.partition(last_line)
    if label.startswith("OPENSSH"):
        raise RefusedKey(
            "Private key in the form of OpenSSH",
            "is in the form of OpenSSH, which the driver does not read: ssh-keygen -p -m PKCS8 -f FILE converts the "
            "file in its place, if it holds an RSA key of at least 2,048 bits",
        )
    if not end:
        raise RefusedKey(
            "Private key is not whole", f'has no last line, "{last_line}": check that it is whole'
        )
    headers = _HEADERS.match(body)
    data = "".join(body[headers.end() if headers else 0 :].split())
    lines = [data[start : start + 64] for start in range(0, len(data), 64)]
    if headers:
        lines = ["Proc-Type: 4,ENCRYPTED", f"DEK-Info: {headers[1]}", "", *lines]
    return "\n".join((begin[0], *lines, last_line, "")), label.startswith("ENCRYPTED") or headers is not None


def _no_key(text: str) -> RefusedKey:
    """What to say of a text that, by its look, holds no private key."""
    if _PUBLIC.search(text):
        return RefusedKey(
            "Not a private key",
            f'is a public key or a certificate: set the private key that belongs to it, which begins with "{_FIRST_LINE}". '
            "The public key is the user's, in Snowflake: ALTER USER … SET RSA_PUBLIC_KEY",
        )
    if _is_path(text):
        return RefusedKey(
            "Path where a key is expected",
            'is the path of a file, and not what is in it: write file("…") in the configuration, or "$(cat …)" in a shell',
        )
    if text.startswith(_PEM_IN_BASE64):
        return RefusedKey(
            "Private key in base64",
            "is in base64: write base64decode(…) in the configuration, or decode it in a shell by base64 -d",
        )
    if len(text) >= _LEAST_KEY and re.fullmatch(r"[A-Za-z0-9+/=\s]+", text):
        return RefusedKey(
            "Private key is not whole",
            f'has no first line, "{_FIRST_LINE}" or "-----BEGIN ENCRYPTED PRIVATE KEY-----", which belongs to a key in PEM '
            "form as its last line does",
        )
    return RefusedKey(
        "Not a private key", f'is no key in PEM form, the text that begins with "{_FIRST_LINE}"'
    )


def _not_opened(error: Exception, passphrase: str | None) -> RefusedKey:
    """What to say of a key that cryptography cannot read; with a passphrase, of an encrypted one."""
    if isinstance(error, UnsupportedAlgorithm) or "unknown cipher" in str(error):
        return RefusedKey(
            "Private key cannot be read",
            "is encrypted or made in a way that is not supported: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out "
            "rsa_key.p8 converts one of RSA",
        )
    if passphrase is None:
        return RefusedKey(
            "Private key is not whole",
            "has no key between its first and last line: check that it is whole",
        )
    is_ended = passphrase != passphrase.rstrip("\r\n")
    return RefusedKey(
        "Wrong passphrase",
        "does not open the private key: check both, and that the key is whole"
        + (". It ends in a line break: chomp(…) removes one that comes from a file" if is_ended else ""),
        of=_PASSPHRASE,
    )


def _require_kind(key: object) -> None:
    """Raises `RefusedKey` for a key that the driver does not sign with."""
    match key:
        case RSAPrivateKey():
            kind = "" if key.key_size in _BITS else f"an RSA key of {key.key_size:,} bits"
        case EllipticCurvePrivateKey():
            kind = "" if key.curve.name in _CURVES else f"a key of the elliptic curve {key.curve.name}"
        case _:
            kind = f"a key of the kind {type(key).__name__.removesuffix('PrivateKey')}"
    if kind:
        raise RefusedKey("Private key of another kind", f"is {kind}. {_MAKE_ONE}")


def _is_path(text: str) -> bool:
    if len(text) >= _LONGEST_PATH or "\n" in text:
        return False
    return re.search(r"^[~/.]|^[A-Za-z]:\\|\.(p8|pem|key|der|pk8|p12|pfx|ppk)$", text) is not None

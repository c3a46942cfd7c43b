"""Private keys for Snowflake: what is taken, and what is said of what is not."""

import base64
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses.registry import known_platform
from krenalis_provider.warehouses.settings import parameters_problems
from krenalis_provider.warehouses.snowflake.login import RefusedKey, means_of_login, opened
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings

KEY = rsa.generate_private_key(65537, 2048)
DER = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
PLAIN = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
TRADITIONAL = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
ENCRYPTED = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"sesame")).decode()
LEGACY = KEY.private_bytes(
    Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"sesame")
).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
SSH_PUBLIC = KEY.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
OPENSSH = KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
BODY = "".join(PLAIN.splitlines()[1:-1])
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

SETTINGS = SnowflakeSettings(
    account="myorg-account123", username="u", role="r", database="d", warehouse="w", schema="s"
)
KEY_PATH = "provider snowflake.private_key"
PASSPHRASE_PATH = "provider snowflake.private_key_passphrase"


def pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("text", "passphrase"),
    [
        (PLAIN, None),
        (PLAIN, "not needed"),
        (TRADITIONAL, None),
        (ENCRYPTED, "sesame"),
        (LEGACY, "sesame"),
        (f"\n  comment\n{PLAIN}\n", None),
        (f"\ufeff{PLAIN}", None),
        (PLAIN.strip(), None),
        (PLAIN.replace("\n", "\r\n"), None),
        (PLAIN.replace("\n", "\r"), None),
        (PLAIN.replace("\n", "\n\n"), None),
        (PLAIN.replace("\n", "\n    "), None),
        (PLAIN.replace("\n", "\t\n\t"), None),
        (PLAIN.replace("\n", " "), None),
        (PLAIN.replace("\n", ""), None),
        (PLAIN.replace("\n", "\\n"), None),
        (PLAIN.replace("\n", "\\r\\n"), None),
        (PLAIN.replace("\n", "\\\\n"), None),
        (PLAIN.replace("\n", "\\n\n"), None),
        ("'" + PLAIN.replace("\n", "\\n") + "'", None),
        (TRADITIONAL.replace("\n", "\\n"), None),
        (ENCRYPTED.replace("\n", "\\n"), "sesame"),
        (LEGACY.replace("\n", "\\n"), "sesame"),
        (LEGACY.replace("\n", "\r\n  "), "sesame"),
        (LEGACY.replace("\n\n", "\n"), "sesame"),
        (LEGACY.replace("\n", " "), "sesame"),
        (CERTIFICATE + PLAIN, None),
        (PUBLIC + PLAIN, None),
    ],
)
def test_a_key_in_pem_form_is_taken_whatever_became_of_its_line_breaks(
    text: str, passphrase: str | None
) -> None:
    assert opened(text, passphrase) == DER


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_a_key_of_an_elliptic_curve_is_taken_if_the_driver_signs_with_it(curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    traditional = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

    assert opened(pem(key), None) == der
    parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert opened(parameters + traditional, None) == der


OF_ANOTHER_KIND = [
    (pem(rsa.generate_private_key(65537, 1024)), "is an RSA key of 1,024 bits"),
    (pem(rsa.generate_private_key(65537, 2047)), "is an RSA key of 2,047 bits"),
    (pem(ed25519.Ed25519PrivateKey.generate()), "is a key of the kind Ed25519"),
    (pem(ed448.Ed448PrivateKey.generate()), "is a key of the kind Ed448"),
    (pem(x25519.X25519PrivateKey.generate()), "is a key of the kind X25519"),
    (pem(dsa.generate_private_key(2048)), "is a key of the kind DSA"),
    (pem(ec.generate_private_key(ec.SECP256K1())), "is a key of the elliptic curve secp256k1"),
]


@pytest.mark.parametrize(("text", "clause"), OF_ANOTHER_KIND, ids=[clause for _, clause in OF_ANOTHER_KIND])
def test_a_key_of_another_kind_is_told_before_anything_is_sent(text: str, clause: str) -> None:
    with pytest.raises(WarehouseError) as raised:
        means_of_login(SETTINGS, {"private_key": text})
    error = raised.value

    assert (str(error.path), error.summary) == (KEY_PATH, "Private key of another kind")
    assert error.finding.verdict is Verdict.CONTRADICTED
    assert error.detail.startswith(clause)
    assert "openssl genrsa 2048" in error.detail


def wrong() -> Iterator[tuple[str, str | None, str, str, str]]:
    """Key, passphrase, path, summary, and a word of the remedy."""
    path = (KEY_PATH, "Path where a key is expected", "file(")
    for text in (
        "/home/me/rsa_key.p8", "rsa_key.p8", "~/.ssh/snowflake", r"C:\keys\rsa_key.pem", r"C:\new\key.der", "a.ppk",
    ):  # fmt: skip
        yield text, None, *path
    missing = (PASSPHRASE_PATH, "Passphrase missing", "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE")
    unfit = (PASSPHRASE_PATH, "Wrong passphrase", "check both")
    for text in (ENCRYPTED, LEGACY, ENCRYPTED.replace("\n", "\\n"), LEGACY.replace("\n", " ")):
        yield text, None, *missing
        yield text, "", *missing
        yield text, "wrong", *unfit
        yield text, "sesame\n", PASSPHRASE_PATH, "Wrong passphrase", "chomp("
    public = (KEY_PATH, "Not a private key", "-----BEGIN PRIVATE KEY-----")
    for text in (PUBLIC, SSH_PUBLIC, CERTIFICATE):
        yield text, None, *public
    openssh = (KEY_PATH, "Private key in the form of OpenSSH", "ssh-keygen -p -m PKCS8 -f FILE")
    yield OPENSSH, None, *openssh
    yield OPENSSH.replace("\n", "\\n"), None, *openssh
    yield "sesame, open", None, *public
    yield "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n-----END PGP PRIVATE KEY BLOCK-----", None, *public
    for text in (PLAIN, ENCRYPTED, PUBLIC):
        in_base64 = base64.b64encode(text.encode()).decode()
        yield in_base64, None, KEY_PATH, "Private key in base64", "base64decode("
    torn = (KEY_PATH, "Private key is not whole")
    yield PLAIN[:200], None, *torn, '"-----END PRIVATE KEY-----"'
    yield TRADITIONAL.replace("END RSA", "END"), None, *torn, '"-----END RSA PRIVATE KEY-----"'
    yield BODY, None, *torn, '"-----BEGIN PRIVATE KEY-----"'
    yield (
        f"{BODY}\n-----END PRIVATE KEY-----\n"[-400:],
        None,
        KEY_PATH,
        "Not a private key",
        "-----BEGIN PRIVATE KEY-----",
    )
    yield PLAIN.replace(BODY[:64], ""), None, *torn, "whole"
    yield f"-----BEGIN PRIVATE KEY-----\n\udcff{BODY}\n-----END PRIVATE KEY-----", None, *torn, "whole"
    yield "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----", None, *torn, "whole"
    camellia = LEGACY.replace("AES-256-CBC", "CAMELLIA-256-CBC")
    yield camellia, "sesame", KEY_PATH, "Private key cannot be read", "openssl pkcs8 -topk8 -v2 aes-256-cbc"


WRONG = list(wrong())


@pytest.mark.parametrize(("text", "passphrase", "path", "summary", "remedy"), WRONG)
def test_what_cannot_be_used_is_told_with_the_remedy_and_without_the_text(
    text: str, passphrase: str | None, path: str, summary: str, remedy: str
) -> None:
    parameters = {"private_key": text, "private_key_passphrase": passphrase or ""}
    with pytest.raises(WarehouseError) as raised:
        means_of_login(SETTINGS, parameters)
    error = raised.value

    assert (str(error.path), error.summary) == (path, summary)
    assert error.finding.verdict is Verdict.CONTRADICTED
    assert remedy in error.detail
    assert not shows(text, f"{error}")
    if passphrase:
        assert passphrase not in str(error)


def shows(text: str, message: str) -> bool:
    """Whether a line of the text, but for those of dashes, is in the message."""
    lines = text.replace("\\n", "\n").splitlines()
    return any(line.strip() in message for line in lines if line.strip() and "-----" not in line)


@pytest.mark.parametrize(("text", "passphrase", "path", "summary", "remedy"), WRONG)
def test_validate_tells_it_of_the_provider_block(
    text: str, passphrase: str | None, path: str, summary: str, remedy: str
) -> None:
    given = {"private_key": text, "private_key_passphrase": passphrase}
    problems = parameters_problems(known_platform("Snowflake"), given)

    if summary == "Passphrase missing":  # it may be in the environment
        assert problems == []
    else:
        (problem,) = problems
        assert str(problem.path) == path
        assert remedy in problem.message
        assert not shows(text, str(problem))


def test_validate_takes_what_may_be_right() -> None:
    for given in (
        {"private_key": ENCRYPTED},
        {"private_key": ENCRYPTED, "private_key_passphrase": "sesame"},
        {"private_key": PLAIN, "private_key_passphrase": "not needed"},
        {"private_key": "", "private_key_passphrase": "x"},
        {"private_key": None, "private_key_passphrase": "x", "host": None},
    ):
        assert parameters_problems(known_platform("Snowflake"), given) == []


def test_a_key_where_the_passphrase_belongs_is_told_there() -> None:
    given = {"private_key": PLAIN, "private_key_passphrase": ENCRYPTED}
    (problem,) = parameters_problems(known_platform("Snowflake"), given)

    assert str(problem.path) == PASSPHRASE_PATH
    assert "set private_key to the private key" in problem.message
    assert not shows(ENCRYPTED, str(problem))


@pytest.mark.parametrize(("host", "right"), [
    ("myorg-account123.snowflakecomputing.cn", True), ("127.0.0.1", True), ("::1", True), ("[::1]", True), ("", True),
    ("localhost", True), ("my_proxy", True), ("https://a.snowflakecomputing.com", False), ("localhost:8080", False),
    ("a.example.com/", False), (" a.example.com", False), ("a.example.com\n", False), ("[::1]:443", False), ("u@h", False),
])  # fmt: skip
def test_a_host_is_a_name_alone(host: str, *, right: bool) -> None:
    problems = parameters_problems(known_platform("Snowflake"), {"host": host})

    assert [str(problem.path) for problem in problems] == ([] if right else ["provider snowflake.host"])


@pytest.mark.parametrize(("text", "passphrase", "summary", "variable"), [
    (PUBLIC, "", "Not a private key", "SNOWFLAKE_PRIVATE_KEY is a public key"),
    (OPENSSH, "", "Private key in the form of OpenSSH", "SNOWFLAKE_PRIVATE_KEY is in the form"),
    (OF_ANOTHER_KIND[0][0], "", "Private key of another kind", "SNOWFLAKE_PRIVATE_KEY is an RSA key of 1,024 bits"),
    (ENCRYPTED, "wrong", "Wrong passphrase", "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE does not open"),
])  # fmt: skip
def test_what_comes_from_the_environment_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, text: str, passphrase: str, summary: str, variable: str
) -> None:
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY", text)
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", passphrase)
    with pytest.raises(WarehouseError) as raised:
        means_of_login(SETTINGS, {})

    assert (str(raised.value.path), raised.value.summary) == ("", summary)
    assert raised.value.detail.startswith(variable)


def test_key_and_passphrase_may_come_from_different_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", "sesame")
    means = means_of_login(SETTINGS, {"private_key": ENCRYPTED})
    assert means.arguments == {"private_key": DER, "authenticator": "SNOWFLAKE_JWT"}
    assert str(means.credential.path) == KEY_PATH

    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY", ENCRYPTED.replace("\n", "\\n"))
    means = means_of_login(SETTINGS, {})
    assert (means.credential.path, means.credential.variable) == ((), "SNOWFLAKE_PRIVATE_KEY")

    with pytest.raises(WarehouseError, match="does not open") as raised:
        means_of_login(SETTINGS, {"private_key_passphrase": "wrong"})
    assert str(raised.value.path) == PASSPHRASE_PATH


def test_an_error_of_a_key_holds_no_exception_with_its_text() -> None:
    """A trace in the log would show it."""
    with pytest.raises(RefusedKey) as raised:
        opened(ENCRYPTED, "wrong")
    assert raised.value.__suppress_context__
    assert base64.b64encode(DER)[:20].decode() not in repr(raised.value)

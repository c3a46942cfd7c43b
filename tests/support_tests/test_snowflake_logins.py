"""The double of Snowflake at the login: the tokens of key pairs, the names of the account, and its hosts."""

import base64
import hashlib
import json
import time
import urllib.request
from typing import Any
from urllib.error import HTTPError

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.snowflake import SnowflakeDatabase

KEY, OTHER = generate_private_key(65537, 2048), generate_private_key(65537, 2048)


def public(key: RSAPrivateKey, encoding: Encoding) -> bytes:
    return key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


def token(user: str, /, **changes: Any) -> str:
    """A token of the user, issued now for two minutes, with changes."""
    said: dict[str, Any] = {
        "account": "ORGANIZATION-DOUBLE",
        "user": user,
        "of": KEY,
        "by": KEY,
        "issued": 0,
        "seconds": 120,
    }
    said |= changes
    fingerprint = base64.b64encode(hashlib.sha256(public(said["of"], Encoding.DER)).digest()).decode()
    subject, issued = f"{said['account']}.{said['user']}", int(time.time()) + said["issued"]
    claims = {
        "sub": subject,
        "iss": said.get("iss", f"{subject}.SHA256:{fingerprint}"),
        "iat": issued,
        "exp": issued + said["seconds"],
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = said["by"].sign(signed, PKCS1v15(), SHA256())
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def login(database: SnowflakeDatabase, *, host: str = "127.0.0.1", **data: str) -> Any:
    """The double's answer to a login."""
    body = {
        "LOGIN_NAME": database.user,
        "ACCOUNT_NAME": "organization-double",
        "CLIENT_ENVIRONMENT": {},
        **data,
    }
    request = urllib.request.Request(
        f"http://{database.server.host}:{database.server.port}/session/v1/login-request",
        json.dumps({"data": body}).encode(),
        {"Host": host},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


@pytest.mark.parametrize(("changes", "code"), [
    ({}, None),
    ({"account": "DOUBLE12345"}, None),
    ({"seconds": 3600}, None),
    ({"account": "DOUBLE12345-EU-CENTRAL-1"}, "390144"),
    ({"account": "DOUBLE12345.EU-CENTRAL-1"}, "390144"),
    ({"account": "organization-double"}, "390144"),
    ({"user": "SOMEBODY"}, "390144"),
    ({"of": OTHER}, "390144"),
    ({"by": OTHER}, "390144"),
    ({"of": OTHER, "by": OTHER}, "390144"),
    ({"iss": "ORGANIZATION-DOUBLE"}, "390144"),
    ({"issued": -200}, "390144"),
    ({"issued": 200}, "390144"),
    ({"seconds": 3601}, "390144"),
])  # fmt: skip
def test_a_token_is_of_the_account_the_user_and_the_key_and_valid_now(
    snowflake_database: SnowflakeDatabase, changes: dict[str, Any], code: str | None
) -> None:
    snowflake_database.set_public_key(public(KEY, Encoding.PEM).decode())

    made = token(snowflake_database.user, **changes)
    answer = login(snowflake_database, AUTHENTICATOR="SNOWFLAKE_JWT", TOKEN=made)

    assert (answer["success"], answer["code"]) == (code is None, code)


@pytest.mark.parametrize(("name", "code"), [
    ("organization-double", None), ("Organization-My_Double", None), ("DOUBLE12345", None),
    ("double12345.eu-central-1", "390100"), ("double12345-eu-central-1", "390100"), ("other", "390100"),
])  # fmt: skip
def test_a_login_names_the_account(
    snowflake_database: SnowflakeDatabase, name: str, code: str | None
) -> None:
    answer = login(snowflake_database, ACCOUNT_NAME=name, PASSWORD=snowflake_database.password)

    assert (answer["success"], answer["code"]) == (code is None, code)


def test_an_account_is_found_at_its_own_hosts_alone(snowflake_database: SnowflakeDatabase) -> None:
    password = snowflake_database.password
    right = "double12345.cn-northwest-1.aws.snowflakecomputing.cn"
    assert login(snowflake_database, host=f"{right}:80", PASSWORD=password)["success"]

    for host in (
        right.removesuffix("cn") + "com",
        "double12345-eu-central-1.snowflakecomputing.com",
        "localhost",
    ):
        with pytest.raises(HTTPError) as raised:
            login(snowflake_database, host=host, PASSWORD=password)
        with raised.value as answer:
            assert answer.code == 404

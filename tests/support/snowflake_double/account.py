"""The account: its databases, users, roles and virtual warehouses, and who may log in."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from tests.support.snowflake_double.strikes import Strikes

ADMINISTRATOR: Final = "ACCOUNTADMIN"
"""The role that every user has and that may do everything; tests look and prepare with it."""
ALL_PRIVILEGES: Final = ("USAGE", "CREATE TABLE", "CREATE VIEW", "CREATE PROCEDURE")

NAMES: Final = frozenset(
    {
        "ORGANIZATION-DOUBLE",
        "ORGANIZATION2-DOUBLE",
        "ORGANIZATION-MY_DOUBLE",
        "DOUBLE12345",
        "ABCDEFG-TUVWXYZ",
    }
)
"""What a login may call the account: organization and account, also after their renaming, its locator, or the name in the API
documentation's example."""
HOSTS: Final = frozenset(
    {
        "127.0.0.1",
        "organization-double.snowflakecomputing.com",
        "organization-double.privatelink.snowflakecomputing.com",
        "organization-my-double.snowflakecomputing.com",
        "double12345.snowflakecomputing.com",
        "double12345.eu-central-1.snowflakecomputing.com",
        "double12345.eu-central-1.privatelink.snowflakecomputing.com",
        "double12345.us-east-2.aws.snowflakecomputing.com",
        "double12345.fhplus.us-gov-west-1.aws.snowflakecomputing.com",
        "double12345.us-central1.gcp.snowflakecomputing.com",
        "double12345.west-europe.azure.snowflakecomputing.com",
        "double12345.cn-northwest-1.aws.snowflakecomputing.cn",
    }
)
"""The hosts at which it is found, as Snowflake's page Account identifiers has them; it is in several regions at once."""
_LONGEST_TOKEN: Final = 3600
"""In seconds: no token is valid for longer."""


class LoginRefused(Exception):
    """Snowflake's number and message for a login that it refuses."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class User:
    """Someone who may log in."""

    password: str
    roles: set[str]
    public_key: str | None = None
    """PEM."""


@dataclass(slots=True)
class Role:
    """The privileges of a role on the schema it was made for."""

    privileges: set[str] = field(default_factory=lambda: set(ALL_PRIVILEGES))


@dataclass(slots=True)
class Database:
    """What is known of a database beside its content."""

    statements: list[str] = field(default_factory=list)
    logins: list[dict[str, Any]] = field(default_factory=list)
    strikes: Strikes = field(default_factory=Strikes)
    down: bool = False
    """Whether every connection for it is cut."""


@dataclass(slots=True)
class Account:
    """All names are as Snowflake keeps them, in upper case unless they were quoted."""

    users: dict[str, User] = field(default_factory=lambda: {"TESTS": User("tests", set())})
    roles: dict[str, Role] = field(default_factory=lambda: {ADMINISTRATOR: Role()})
    warehouses: set[str] = field(default_factory=set)
    databases: dict[str, Database] = field(default_factory=dict)
    network_policy: bool = False
    """Whether every login is refused by a network policy."""

    def authenticate(self, data: dict[str, Any]) -> User:
        """The user that a login request is of. Raises `LoginRefused`."""
        if self.network_policy:
            raise LoginRefused(
                "390422",
                "Incoming request with IP/Token 203.0.113.7 is not allowed to access Snowflake. Contact your account administrator.",
            )
        called = str(data.get("ACCOUNT_NAME", "")).upper()
        name = folded(str(data.get("LOGIN_NAME", ""))) if called in NAMES else ""
        user = self.users.get(name)
        if data.get("AUTHENTICATOR") == "SNOWFLAKE_JWT":
            if user is None or not user.public_key or not _signed(data["TOKEN"], name, user.public_key):
                raise LoginRefused("390144", "JWT token is invalid. [0f6a5c9e-6f2f-4d0b-8c5e-3b6f3f0f7d11]")
            return user
        if user is None or user.password != data.get("PASSWORD"):
            raise LoginRefused("390100", "Incorrect username or password was specified.")
        return user

    def role(self, user: User, requested: str | None) -> str:
        """The role of a session. Raises `LoginRefused` for one that does not exist or that the user has not."""
        name = folded(requested) if requested else "PUBLIC"
        if name not in {"PUBLIC", ADMINISTRATOR, *user.roles}:
            raise LoginRefused(
                "390189",
                f"Role '{name}' specified in the connect string does not exist or not authorized. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.",
            )
        return name

    def privileges(self, role: str) -> set[str]:
        """What a role may do with the schema it was made for."""
        return self.roles[role].privileges if role in self.roles else set()


def folded(name: str) -> str:
    """A name as Snowflake understands it: what is not in quotes is in upper case."""
    quoted = len(name) > 1 and name[0] == name[-1] == '"'
    return name[1:-1].replace('""', '"') if quoted else name.upper()


def _signed(token: str, user: str, public_key: str) -> bool:
    """Whether the owner of the key has signed it for this user of the account, and it is valid now.

    Source: Snowflake's documentation, Authenticating to the server (SQL API), Using key-pair authentication.
    """
    key = load_pem_public_key(public_key.encode())
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    fingerprint = "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()
    try:
        claims = jwt.decode(
            token, public_key, algorithms=["RS256"], options={"require": ["exp", "iat", "iss", "sub"]}
        )
    except jwt.InvalidTokenError:  # also one that is expired, or not valid yet
        return False
    account, _, subject = claims["sub"].partition(".")
    return bool(
        account in NAMES
        and subject == user
        and claims["iss"] == f"{claims['sub']}.{fingerprint}"
        and claims["exp"] - claims["iat"] <= _LONGEST_TOKEN
    )

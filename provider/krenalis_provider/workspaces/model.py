"""A workspace and its parts, checked by the rules of the API documentation (spec krenalis B.4-B.6, D.2).

Field names are those of the configuration. `Workspace` is also what the record in the warehouse holds.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from krenalis_provider.workspaces.errors import Problem
from krenalis_provider.workspaces.snowflake_names import account_problem
from krenalis_provider.workspaces.unknown import UNKNOWN

Rule = Callable[[Any], str | None]
"""What is wrong with a value, as a clause; None if nothing is."""


def _rule(message: str, accepts: Callable[[Any], bool]) -> Rule:
    return lambda value: None if accepts(value) else message


def _characters(minimum: int, maximum: int) -> Rule:
    return _rule(
        f"must be {minimum} to {maximum} characters long, without a NUL character",
        lambda text: minimum <= len(text) <= maximum and "\0" not in text,
    )


def _bytes(minimum: int, maximum: int) -> Rule:
    return _rule(
        f"must be {minimum} to {maximum} bytes long, without a NUL character",
        lambda text: minimum <= len(text.encode()) <= maximum and "\0" not in text,
    )


def _has_labels(host: str) -> bool:
    """Whether every label of a host name may be one; the path of a socket's folder has none."""
    labels = host.removesuffix(".").split(".")
    return host.startswith("/") or all(1 <= len(label) <= 63 for label in labels)  # noqa: PLR2004


_TEXT: Final = _rule("must be text", lambda value: isinstance(value, str))
_WORKSPACE_NAME: Final = (_TEXT, _characters(1, 100))
_IDENTIFIER: Final = (_TEXT, _bytes(1, 63))
_SNOWFLAKE_NAME: Final = (_TEXT, _characters(1, 255))
_PORT: Final = _rule("must be a whole number from 1 to 65535", lambda port: port in range(1, 65536))


def _setting(*rules: Rule) -> Any:
    """A required setting; the first rule that it breaks is told."""
    return field(metadata={"rules": rules})


def _password() -> Any:
    rule = _rule("cannot hold a NUL character", lambda text: "\0" not in text)
    return field(default=None, repr=False, metadata={"rules": (_TEXT, rule)})


class WarehouseMode(StrEnum):
    """What a warehouse is used for; Inspection refuses migrations, Maintenance reads and writes of data."""

    NORMAL = "Normal"
    INSPECTION = "Inspection"
    MAINTENANCE = "Maintenance"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgreSQLDatabase:
    """How to reach a PostgreSQL database. Without a password, libpq's own sources apply (PGPASSWORD, .pgpass)."""

    host: str = _setting(
        _TEXT, _bytes(1, 253), _rule("has an empty label, or one of more than 63 characters", _has_labels)
    )
    port: int = _setting(_PORT)
    username: str = _setting(*_IDENTIFIER)
    database: str = _setting(*_IDENTIFIER)
    password: str | None = _password()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgreSQLSettings(PostgreSQLDatabase):
    """How to reach a PostgreSQL schema."""

    schema: str = _setting(
        *_IDENTIFIER,
        _rule(
            'cannot start with "pg_", which PostgreSQL keeps for itself',
            lambda name: not name.startswith("pg_"),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SnowflakeDatabase:
    """How to reach a Snowflake database. Without a password, SNOWFLAKE_PASSWORD or a private key applies.

    Snowflake folds names that are not in double quotes to upper case.
    """

    account: str = _setting(_TEXT, account_problem)
    username: str = _setting(*_SNOWFLAKE_NAME)
    role: str = _setting(*_SNOWFLAKE_NAME)
    database: str = _setting(*_SNOWFLAKE_NAME)
    warehouse: str = _setting(*_SNOWFLAKE_NAME)
    """The virtual warehouse, which computes."""
    password: str | None = _password()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnowflakeSettings(SnowflakeDatabase):
    """How to reach a Snowflake schema."""

    schema: str = _setting(*_SNOWFLAKE_NAME)


DatabaseSettings = PostgreSQLDatabase | SnowflakeDatabase
Settings = PostgreSQLSettings | SnowflakeSettings

DATABASES: Final[Mapping[str, type[DatabaseSettings]]] = {
    "PostgreSQL": PostgreSQLDatabase,
    "Snowflake": SnowflakeDatabase,
}
"""The settings of each platform for what may hold several warehouses."""
SETTINGS: Final[Mapping[str, type[Settings]]] = {
    "PostgreSQL": PostgreSQLSettings,
    "Snowflake": SnowflakeSettings,
}
"""The settings of each platform."""


@dataclass(frozen=True, slots=True)
class UserProfile:
    """Which properties, by path, a profile's page shows; None and the empty string mean none."""

    image: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    extra: str | None = None


@dataclass(frozen=True, slots=True)
class UIPreferences:
    """The workspace's UI preferences."""

    user_profile: UserProfile = UserProfile()


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace; `profile_schema` is the document as the user wrote it."""

    id: str
    name: str
    mode: WarehouseMode
    profile_schema: Any
    ui_preferences: UIPreferences = UIPreferences()
    identifiers: tuple[str, ...] = ()
    primary_sources: Mapping[str, str] = field(default_factory=dict)
    resolve_identities_on_batch_import: bool = True


def name_problems(name: str) -> list[Problem]:
    """What is wrong with a workspace's name."""
    return list(_broken("name", name, _WORKSPACE_NAME))


def settings_problems(
    platform: str, settings: Mapping[str, Any], kind: type[DatabaseSettings] | None = None
) -> list[Problem]:
    """What is wrong with the settings of a known platform; None is absent, UNKNOWN is passed over.

    They are to be of that `kind`, by default those of a warehouse.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    known = {each.name: each for each in fields(kind or SETTINGS[platform])}
    problems = [
        Problem(f"warehouse.settings.{name}", f"is not a setting of {platform}: remove it.")
        for name in sorted(given.keys() - known.keys())
    ]
    for name, each in known.items():
        path = f"warehouse.settings.{name}"
        if name in given:
            problems += _broken(path, given[name], each.metadata["rules"])
        elif each.default is MISSING:
            problems.append(Problem(path, f"is required by platform {platform}."))
    return problems


def make_settings(platform: str, settings: Mapping[str, Any]) -> Settings:
    """The settings of a platform from checked values, all of them known."""
    return SETTINGS[platform](**{name: value for name, value in settings.items() if value is not None})


def _broken(path: str, value: Any, rules: tuple[Rule, ...]) -> Iterator[Problem]:
    """The first rule that a known value breaks."""
    if value is UNKNOWN:
        return
    for rule in rules:
        if message := rule(value):
            yield Problem(path, f"{message}.")
            return

"""A workspace and its parts, checked by the rules of the API documentation (spec krenalis B.4-B.6, D.2).

Field names are those of the configuration. `Workspace` is also what the record in the warehouse holds.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from krenalis_provider.workspaces.errors import Problem
from krenalis_provider.workspaces.snowflake_names import account_problem
from krenalis_provider.workspaces.unknown import UNKNOWN

_CONFIG: Final = ConfigDict(extra="forbid")


def _check(message: str, accepts: Callable[[Any], bool]) -> Callable[[Any], Any]:
    """A constraint whose breach reads `message`."""

    def check(value: Any) -> Any:
        if not accepts(value):
            raise _broken(message)
        return value

    return check


def _broken(message: str) -> PydanticCustomError:
    # no formatting: a message may hold braces
    return PydanticCustomError("rule", "{message}", {"message": message})


def _rule(message: str, accepts: Callable[[Any], bool]) -> AfterValidator:
    return AfterValidator(_check(message, accepts))


def _characters(minimum: int, maximum: int) -> AfterValidator:
    return _rule(
        f"must be {minimum} to {maximum} characters long, without a NUL character",
        lambda text: minimum <= len(text) <= maximum and "\0" not in text,
    )


def _bytes(minimum: int, maximum: int) -> AfterValidator:
    return _rule(
        f"must be {minimum} to {maximum} bytes long, without a NUL character",
        lambda text: minimum <= len(text.encode()) <= maximum and "\0" not in text,
    )


def _has_labels(host: str) -> bool:
    """Whether every label of a host name may be one; the path of a socket's folder has none."""
    labels = host.removesuffix(".").split(".")
    return host.startswith("/") or all(1 <= len(label) <= 63 for label in labels)  # noqa: PLR2004


def _account(text: str) -> str:
    if message := account_problem(text):
        raise _broken(message)
    return text


_WorkspaceName = Annotated[str, _characters(1, 100)]
_Identifier = Annotated[str, _bytes(1, 63)]
_SnowflakeName = Annotated[str, _characters(1, 255)]
_Password = Annotated[str, _rule("cannot hold a NUL character", lambda text: "\0" not in text)]
_Port = Annotated[
    int,
    # before pydantic would make a number of a text
    BeforeValidator(_check("must be a whole number from 1 to 65535", lambda port: port in range(1, 65536))),
]


class WarehouseMode(StrEnum):
    """What a warehouse is used for; Inspection refuses migrations, Maintenance reads and writes of data."""

    NORMAL = "Normal"
    INSPECTION = "Inspection"
    MAINTENANCE = "Maintenance"


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class PostgreSQLDatabase:
    """How to reach a PostgreSQL database. Without a password, libpq's own sources apply (PGPASSWORD, .pgpass)."""

    host: Annotated[
        str,
        _bytes(1, 253),
        _rule("has an empty label, or one of more than 63 characters", _has_labels),
    ]
    port: _Port
    username: _Identifier
    database: _Identifier
    password: _Password | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class PostgreSQLSettings(PostgreSQLDatabase):
    """How to reach a PostgreSQL schema."""

    schema: Annotated[
        _Identifier,
        _rule(
            'cannot start with "pg_", which PostgreSQL keeps for itself',
            lambda name: not name.startswith("pg_"),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class SnowflakeDatabase:
    """How to reach a Snowflake database. Without a password, SNOWFLAKE_PASSWORD or a private key applies.

    Snowflake folds names that are not in double quotes to upper case.
    """

    account: Annotated[str, AfterValidator(_account)]
    username: _SnowflakeName
    role: _SnowflakeName
    database: _SnowflakeName
    warehouse: _SnowflakeName
    """The virtual warehouse, which computes."""
    password: _Password | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, config=_CONFIG)
class SnowflakeSettings(SnowflakeDatabase):
    """How to reach a Snowflake schema."""

    schema: _SnowflakeName


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


@dataclass(frozen=True, slots=True, config=_CONFIG)
class UserProfile:
    """Which properties, by path, a profile's page shows; None and the empty string mean none."""

    image: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    extra: str | None = None


@dataclass(frozen=True, slots=True, config=_CONFIG)
class UIPreferences:
    """The workspace's UI preferences."""

    user_profile: UserProfile = UserProfile()


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Workspace:
    """A workspace; `profile_schema` is the document as the user wrote it."""

    id: str
    name: _WorkspaceName
    mode: WarehouseMode
    profile_schema: Any
    ui_preferences: UIPreferences = UIPreferences()
    identifiers: tuple[str, ...] = ()
    primary_sources: Mapping[str, str] = field(default_factory=dict)
    resolve_identities_on_batch_import: bool = True


def name_problems(name: str) -> list[Problem]:
    """What is wrong with a workspace's name."""
    return _problems(TypeAdapter(_WorkspaceName), name, "name")


def settings_problems(
    platform: str, settings: Mapping[str, Any], kind: type[DatabaseSettings] | None = None
) -> list[Problem]:
    """What is wrong with the settings of a known platform; None is absent, UNKNOWN is passed over.

    They are to be of that `kind`, by default those of a warehouse.
    """
    kind = kind or SETTINGS[platform]
    unknown = {name for name, value in settings.items() if value is UNKNOWN}
    given = {name: value for name, value in settings.items() if value is not None and name not in unknown}
    fields = set(kind.__dataclass_fields__)
    foreign = [
        Problem(f"warehouse.settings.{name}", f"is not a setting of {platform}: remove it.")
        for name in sorted((given.keys() | unknown) - fields)
    ]
    own = {name: value for name, value in given.items() if name in fields}
    broken = _problems(TypeAdapter(kind), own, "warehouse.settings", platform)
    return foreign + [p for p in broken if p.path.rpartition(".")[2] not in unknown]


def make_settings(platform: str, settings: Mapping[str, Any]) -> Settings:
    """The settings of a platform from checked values, all of them known."""
    return SETTINGS[platform](**{name: value for name, value in settings.items() if value is not None})


def _problems(adapter: TypeAdapter[Any], value: Any, path: str, platform: str = "") -> list[Problem]:
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        return list(_translate(error.errors(include_input=False, include_url=False), path, platform))
    return []


def _translate(errors: Iterable[Any], path: str, platform: str) -> Iterable[Problem]:
    for error in errors:
        place = ".".join([path, *map(str, error["loc"])])
        match error["type"]:
            case "missing":
                yield Problem(place, f"is required by platform {platform}.")
            case "rule":
                yield Problem(place, f"{error['msg']}.")
            case _:
                yield Problem(place, f"has the wrong type: {error['msg']}.")

"""The objects that every Krenalis warehouse has, once, in no platform's words (spec krenalis E.1).

A platform maps the column types to its own and the names to its own case. Profile columns are not listed:
they follow the fixed columns of the tables marked `has_profile_columns`, and of the view over the profiles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final


class ColumnType(Enum):
    """Column types of the fixed tables."""

    TEXT = auto()  # unlimited text
    STRING = auto()  # a Krenalis string without limit; another type than TEXT on PostgreSQL
    LOCALE = auto()  # a string of at most 5 characters
    TEXTS = auto()  # array of TEXT
    BOOLEAN = auto()
    SMALLINT = auto()
    INTEGER = auto()
    BIGINT = auto()
    INTEGERS = auto()  # array of INTEGER
    SERIAL = auto()  # an INTEGER numbered by the warehouse, which a writer may also set itself
    DENSITY = auto()  # a decimal of 3 digits, 2 of them fractional
    DOUBLE = auto()
    UUID = auto()
    IP = auto()
    JSON = auto()
    DOCUMENT = auto()  # JSON kept to the letter: key order and spelling of numbers
    TIMESTAMP = auto()  # without time zone
    TIMESTAMP_MILLIS = auto()  # without time zone, in milliseconds
    INSTANT = auto()  # with time zone
    OS_NAME = auto()
    BROWSER_NAME = auto()
    EVENT_TYPE = auto()
    OPERATION_TYPE = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """A fixed column. `default` is a constant (the empty string or false), or None for no default."""

    name: str
    type: ColumnType
    not_null: bool = False
    default: str | bool | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A fixed table; `primary_key` is empty where Krenalis declares none."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    has_profile_columns: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """A plain index over one column."""

    name: str
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class View:
    """A view that shows columns of one table; `columns` lists the fixed ones, profile columns follow."""

    name: str
    table: str
    columns: tuple[str, ...]
    has_profile_columns: bool = False


@dataclass(frozen=True, slots=True)
class EnumType:
    """The labels of an enumeration, where the platform has such types."""

    name: str
    labels: tuple[str, ...]


ENUM_TYPES = (
    EnumType("event_os_name", ("Android", "Windows", "iOS", "macOS", "Linux", "Chrome OS", "Other")),
    EnumType(
        "event_browser_name",
        ("Chrome", "Safari", "Edge", "Firefox", "Samsung Internet", "Opera", "Other"),
    ),
    EnumType("event_type", ("alias", "identify", "group", "page", "screen", "track")),
    EnumType("system_operation_type", ("IdentityResolution", "AlterProfileSchema")),
)

DESTINATION_PROFILES = Table(
    "krenalis_destination_profiles",
    (
        Column("_pipeline", ColumnType.TEXT, not_null=True),
        Column("_external_id", ColumnType.TEXT, not_null=True, default=""),
        Column("_out_matching_value", ColumnType.TEXT, not_null=True),
    ),
    primary_key=("_pipeline", "_external_id"),
)

SYSTEM_OPERATIONS = Table(
    "krenalis_system_operations",
    (
        Column("id", ColumnType.UUID, not_null=True),
        Column("operation_type", ColumnType.OPERATION_TYPE),
        Column("completed_at", ColumnType.TIMESTAMP_MILLIS),
        Column("error", ColumnType.TEXT, not_null=True, default=""),
    ),
    primary_key=("id",),
)

PROFILE_SCHEMA_VERSIONS = Table(
    "krenalis_profile_schema_versions",
    (
        Column("version", ColumnType.INTEGER, not_null=True),
        Column("operation", ColumnType.UUID, not_null=True),
        Column("timestamp", ColumnType.TIMESTAMP_MILLIS, not_null=True),
    ),
    primary_key=("version",),
)

IDENTITIES = Table(
    "krenalis_identities",
    (
        Column("_pk", ColumnType.SERIAL, not_null=True),
        Column("_pipeline", ColumnType.TEXT, not_null=True),
        Column("_is_anonymous", ColumnType.BOOLEAN, not_null=True, default=False),
        Column("_identity_id", ColumnType.TEXT, not_null=True),
        Column("_connection", ColumnType.TEXT, not_null=True),
        Column("_anonymous_ids", ColumnType.TEXTS),
        Column("_updated_at", ColumnType.TIMESTAMP, not_null=True),
        Column("_run", ColumnType.TEXT),
        Column("_kpid", ColumnType.UUID),
        Column("_cluster", ColumnType.SERIAL, not_null=True),
    ),
    primary_key=("_pk",),
    has_profile_columns=True,
)

PROFILES_PREFIX: Final = "krenalis_profiles_"
"""What the names of all profiles tables begin with; a number follows."""

PROFILES = Table(
    f"{PROFILES_PREFIX}0",
    (
        Column("_kpid", ColumnType.UUID),
        Column("_identities", ColumnType.INTEGERS),
        Column("_updated_at", ColumnType.TIMESTAMP, not_null=True),
    ),
    has_profile_columns=True,
)
"""The first profiles table. An identity resolution replaces table N by table N + 1."""

EVENTS = Table(
    "krenalis_events",
    (
        Column("kpid", ColumnType.UUID),
        Column("connection_id", ColumnType.STRING, not_null=True),
        Column("anonymous_id", ColumnType.STRING, not_null=True),
        Column("channel", ColumnType.STRING),
        Column("category", ColumnType.STRING),
        Column("context_app_name", ColumnType.STRING),
        Column("context_app_version", ColumnType.STRING),
        Column("context_app_build", ColumnType.STRING),
        Column("context_app_namespace", ColumnType.STRING),
        Column("context_browser_name", ColumnType.BROWSER_NAME),
        Column("context_browser_other", ColumnType.STRING),
        Column("context_browser_version", ColumnType.STRING),
        Column("context_campaign_name", ColumnType.STRING),
        Column("context_campaign_source", ColumnType.STRING),
        Column("context_campaign_medium", ColumnType.STRING),
        Column("context_campaign_term", ColumnType.STRING),
        Column("context_campaign_content", ColumnType.STRING),
        Column("context_consents", ColumnType.JSON),
        Column("context_device_id", ColumnType.STRING),
        Column("context_device_advertising_id", ColumnType.STRING),
        Column("context_device_ad_tracking_enabled", ColumnType.BOOLEAN),
        Column("context_device_manufacturer", ColumnType.STRING),
        Column("context_device_model", ColumnType.STRING),
        Column("context_device_name", ColumnType.STRING),
        Column("context_device_type", ColumnType.STRING),
        Column("context_device_token", ColumnType.STRING),
        Column("context_ip", ColumnType.IP),
        Column("context_library_name", ColumnType.STRING),
        Column("context_library_version", ColumnType.STRING),
        Column("context_locale", ColumnType.LOCALE),
        Column("context_location_city", ColumnType.STRING),
        Column("context_location_country", ColumnType.STRING),
        Column("context_location_latitude", ColumnType.DOUBLE),
        Column("context_location_longitude", ColumnType.DOUBLE),
        Column("context_location_speed", ColumnType.DOUBLE),
        Column("context_network_bluetooth", ColumnType.BOOLEAN),
        Column("context_network_carrier", ColumnType.STRING),
        Column("context_network_cellular", ColumnType.BOOLEAN),
        Column("context_network_wifi", ColumnType.BOOLEAN),
        Column("context_os_name", ColumnType.OS_NAME),
        Column("context_os_other", ColumnType.STRING),
        Column("context_os_version", ColumnType.STRING),
        Column("context_page_path", ColumnType.STRING),
        Column("context_page_referrer", ColumnType.STRING),
        Column("context_page_search", ColumnType.STRING),
        Column("context_page_title", ColumnType.STRING),
        Column("context_page_url", ColumnType.STRING),
        Column("context_referrer_id", ColumnType.STRING),
        Column("context_referrer_type", ColumnType.STRING),
        Column("context_screen_width", ColumnType.SMALLINT),
        Column("context_screen_height", ColumnType.SMALLINT),
        Column("context_screen_density", ColumnType.DENSITY),
        Column("context_session_id", ColumnType.BIGINT),
        Column("context_session_start", ColumnType.BOOLEAN),
        Column("context_timezone", ColumnType.STRING),
        Column("context_user_agent", ColumnType.STRING),
        Column("event", ColumnType.STRING),
        Column("group_id", ColumnType.STRING),
        Column("message_id", ColumnType.STRING, not_null=True),
        Column("name", ColumnType.STRING),
        Column("properties", ColumnType.JSON),
        Column("received_at", ColumnType.TIMESTAMP_MILLIS, not_null=True),
        Column("sent_at", ColumnType.TIMESTAMP_MILLIS, not_null=True),
        Column("timestamp", ColumnType.TIMESTAMP_MILLIS, not_null=True),
        Column("traits", ColumnType.JSON, not_null=True),
        Column("type", ColumnType.EVENT_TYPE, not_null=True),
        Column("previous_id", ColumnType.STRING),
        Column("user_id", ColumnType.STRING),
    ),
    primary_key=("message_id",),
)

RECORD = Table(
    "krenalis_workspace",
    (
        Column("id", ColumnType.TEXT, not_null=True),
        Column("name", ColumnType.TEXT, not_null=True),
        Column("mode", ColumnType.TEXT, not_null=True),
        Column("profile_schema", ColumnType.DOCUMENT, not_null=True),
        Column("ui_preferences", ColumnType.DOCUMENT, not_null=True),
        Column("identifiers", ColumnType.DOCUMENT, not_null=True),
        Column("primary_sources", ColumnType.DOCUMENT, not_null=True),
        Column("resolve_identities_on_batch_import", ColumnType.BOOLEAN, not_null=True),
        Column("state", ColumnType.TEXT, not_null=True),
        Column("owner", ColumnType.TEXT),
        Column("heartbeat", ColumnType.INSTANT),
        Column("pending", ColumnType.DOCUMENT),
        Column("format_version", ColumnType.INTEGER, not_null=True),
        Column("created_at", ColumnType.INSTANT, not_null=True),
        Column("updated_at", ColumnType.INSTANT, not_null=True),
    ),
    primary_key=("id",),
)
"""The table that makes a warehouse a workspace, with one row; the one object that Krenalis does not make itself."""

TABLES = (
    DESTINATION_PROFILES,
    EVENTS,
    SYSTEM_OPERATIONS,
    PROFILE_SCHEMA_VERSIONS,
    IDENTITIES,
    PROFILES,
    RECORD,
)

INDEXES = (Index("updated_atx", "krenalis_identities", "_updated_at"),)

VIEWS = (
    View("events", "krenalis_events", tuple(column.name for column in EVENTS.columns)),
    View("profiles", PROFILES.name, ("_kpid", "_updated_at"), has_profile_columns=True),
)

RESOLVE_IDENTITIES: Final = "resolve_identities"
"""The stored procedure, which takes no arguments. Krenalis makes it at the first identity resolution (spec E.3)."""

OBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{type_.name: "type" for type_ in ENUM_TYPES},
        **{table.name: "table" for table in TABLES},
        **{index.name: "index" for index in INDEXES},
        **{view.name: "view" for view in VIEWS},
        RESOLVE_IDENTITIES: "procedure",
    }
)
"""Name to kind of everything above, in the order in which one thing needs another."""

"""The objects of a Krenalis warehouse (docs/facts/krenalis.md, "Objects of a warehouse").

A platform leaves out the kinds that it lacks. It maps the column types to its own types and the names to its own case. Profile columns are not listed:
they follow the fixed columns in the tables and the view that are marked `has_profile_columns`.
"""

from collections.abc import Collection, Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import Final, NamedTuple


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


class Column(NamedTuple):
    """A fixed column. `default` is a constant (the empty string or false), or None for no default."""

    name: str
    type: ColumnType
    not_null: bool = False
    default: str | bool | None = None


_DEFAULTS: Final[Mapping[str, str | bool]] = {"''": "", "false": False}


def _columns(text: str) -> tuple[Column, ...]:
    """Read columns from text such as ``name TEXT not null default '', number INTEGER``."""
    columns = []
    for name, type_, *clauses in map(str.split, text.split(",")):
        default = _DEFAULTS[clauses[-1]] if "default" in clauses else None
        columns.append(Column(name, ColumnType[type_], "not" in clauses, default))
    return tuple(columns)


class Table(NamedTuple):
    """A fixed table; `primary_key` is empty where Krenalis declares none."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    has_profile_columns: bool = False


class Index(NamedTuple):
    """A plain index over one column."""

    name: str
    table: str
    column: str


class View(NamedTuple):
    """A view of columns of one table; `columns` lists the fixed columns, and profile columns follow."""

    name: str
    table: str
    columns: tuple[str, ...]
    has_profile_columns: bool = False


class EnumType(NamedTuple):
    """The labels of an enumeration, where the platform has such types."""

    name: str
    labels: tuple[str, ...]


ENUM_TYPES = (
    EnumType("event_os_name", ("Android", "Windows", "iOS", "macOS", "Linux", "Chrome OS", "Other")),
    EnumType(
        "event_browser_name", ("Chrome", "Safari", "Edge", "Firefox", "Samsung Internet", "Opera", "Other")
    ),
    EnumType("event_type", ("alias", "identify", "group", "page", "screen", "track")),
    EnumType("system_operation_type", ("IdentityResolution", "AlterProfileSchema")),
)

DESTINATIONS = Table(
    "krenalis_destination_profiles",
    _columns(
        "_pipeline TEXT not null, _external_id TEXT not null default '', _out_matching_value TEXT not null"
    ),
    primary_key=("_pipeline", "_external_id"),
)

SYSTEM_OPERATIONS = Table(
    "krenalis_system_operations",
    _columns(
        "id UUID not null, operation_type OPERATION_TYPE, completed_at TIMESTAMP_MILLIS, "
        "error TEXT not null default ''"
    ),
    primary_key=("id",),
)

PROFILE_SCHEMA_VERSIONS = Table(
    "krenalis_profile_schema_versions",
    _columns("version INTEGER not null, operation UUID not null, timestamp TIMESTAMP_MILLIS not null"),
    primary_key=("version",),
)

IDENTITIES = Table(
    "krenalis_identities",
    _columns(
        "_pk SERIAL not null, _pipeline TEXT not null, _is_anonymous BOOLEAN not null default false, "
        "_identity_id TEXT not null, _connection TEXT not null, _anonymous_ids TEXTS, "
        "_updated_at TIMESTAMP not null, _run TEXT, _kpid UUID, _cluster SERIAL not null"
    ),
    primary_key=("_pk",),
    has_profile_columns=True,
)

PROFILES_PREFIX: Final = "krenalis_profiles_"
"""The beginning of the name of every profiles table; a number follows."""

PROFILES = Table(
    f"{PROFILES_PREFIX}0",
    _columns("_kpid UUID, _identities INTEGERS, _updated_at TIMESTAMP not null"),
    has_profile_columns=True,
)
"""The first profiles table. An identity resolution replaces table N by table N + 1."""

EVENTS = Table(
    "krenalis_events",
    _columns(
        "kpid UUID, connection_id STRING not null, anonymous_id STRING not null, "
        "channel STRING, category STRING, "
        "context_app_name STRING, context_app_version STRING, context_app_build STRING, "
        "context_app_namespace STRING, "
        "context_browser_name BROWSER_NAME, context_browser_other STRING, context_browser_version STRING, "
        "context_campaign_name STRING, context_campaign_source STRING, context_campaign_medium STRING, "
        "context_campaign_term STRING, context_campaign_content STRING, context_consents JSON, "
        "context_device_id STRING, context_device_advertising_id STRING, "
        "context_device_ad_tracking_enabled BOOLEAN, context_device_manufacturer STRING, "
        "context_device_model STRING, context_device_name STRING, context_device_type STRING, "
        "context_device_token STRING, context_ip IP, "
        "context_library_name STRING, context_library_version STRING, context_locale LOCALE, "
        "context_location_city STRING, context_location_country STRING, context_location_latitude DOUBLE, "
        "context_location_longitude DOUBLE, context_location_speed DOUBLE, "
        "context_network_bluetooth BOOLEAN, context_network_carrier STRING, "
        "context_network_cellular BOOLEAN, context_network_wifi BOOLEAN, "
        "context_os_name OS_NAME, context_os_other STRING, context_os_version STRING, "
        "context_page_path STRING, context_page_referrer STRING, context_page_search STRING, "
        "context_page_title STRING, context_page_url STRING, "
        "context_referrer_id STRING, context_referrer_type STRING, "
        "context_screen_width SMALLINT, context_screen_height SMALLINT, context_screen_density DENSITY, "
        "context_session_id BIGINT, context_session_start BOOLEAN, context_timezone STRING, "
        "context_user_agent STRING, "
        "event STRING, group_id STRING, message_id STRING not null, name STRING, properties JSON, "
        "received_at TIMESTAMP_MILLIS not null, sent_at TIMESTAMP_MILLIS not null, "
        "timestamp TIMESTAMP_MILLIS not null, traits JSON not null, type EVENT_TYPE not null, "
        "previous_id STRING, user_id STRING"
    ),
    primary_key=("message_id",),
)

RECORD = Table(
    "krenalis_workspace",
    _columns(
        "id TEXT not null, name TEXT not null, mode TEXT not null, profile_schema DOCUMENT not null, "
        "ui_preferences DOCUMENT not null, identifiers DOCUMENT not null, "
        "primary_sources DOCUMENT not null, resolve_identities_on_batch_import BOOLEAN not null, "
        "state TEXT not null, owner TEXT, heartbeat INSTANT, pending DOCUMENT, "
        "format_version INTEGER not null, created_at INSTANT not null, updated_at INSTANT not null"
    ),
    primary_key=("id",),
)
"""The table whose only row makes a warehouse a workspace. Krenalis itself makes all objects but this."""

TABLES = (DESTINATIONS, EVENTS, SYSTEM_OPERATIONS, PROFILE_SCHEMA_VERSIONS, IDENTITIES, PROFILES, RECORD)

INDEXES = (Index("updated_atx", IDENTITIES.name, "_updated_at"),)

PROFILES_VIEW = View("profiles", PROFILES.name, ("_kpid", "_updated_at"), has_profile_columns=True)

VIEWS = (View("events", EVENTS.name, tuple(column.name for column in EVENTS.columns)), PROFILES_VIEW)

RESOLVE_IDENTITIES: Final = "resolve_identities"
"""The stored procedure, which takes no arguments. Krenalis makes it at the first identity resolution."""

OBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{type_.name: "type" for type_ in ENUM_TYPES},
        **{table.name: "table" for table in TABLES},
        **{index.name: "index" for index in INDEXES},
        **{view.name: "view" for view in VIEWS},
        RESOLVE_IDENTITIES: "procedure",
    }
)
"""Name to kind of all objects above; each object comes after the objects that it needs."""


def missing_data_tables(complete: Mapping[str, str], present: Collection[str]) -> list[str]:
    """The tables of a complete warehouse that are missing with their data, by any platform's names; the record has none."""
    return [
        name
        for name, kind in complete.items()
        if kind == "table" and name not in present and name.casefold() != RECORD.name
    ]


GRAPH_TABLES = (
    Table("krenalis_graph_edges", _columns("i1 INTEGER, i2 INTEGER")),
    Table("krenalis_graph_merge_clusters", _columns("c1 INTEGER, c2 INTEGER")),
)
"""The tables that a server makes at the first identity resolution, besides the procedure."""

ARRAY_CAT_AGG: Final = "array_cat_agg"
"""The aggregate that a server makes with them, where the platform has such; it takes one array."""

MADE_BY_SERVERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{name: kind for name, kind in OBJECTS.items() if name != RECORD.name},
        **{table.name: "table" for table in GRAPH_TABLES},
        ARRAY_CAT_AGG: "aggregate",
    }
)
"""Name to kind of all objects of a warehouse that a server filled; the profiles tables of other numbers are further ones."""

"""What the warehouse of the API documentation's example must hold, written by hand.

The tables are as docs/facts/krenalis.md has them ("Objects of a warehouse"), the profile columns as it gives them for
the example's profile schema, and the record as in docs/design.md, "The record". One line for each column: name, type as
`format_type` spells it (types of the schema without its name), then what else there is to it.
"""

_PROFILE_COLUMNS = """
customer_id                         character varying(36)
first_name                          character varying(100)
last_name                           character varying(100)
email                               character varying(254)
phone_number                        character varying(20)
birth_date                          date
gender                              character varying
address_street                      character varying(255)
address_city                        character varying(100)
address_postal_code                 character varying(20)
address_country                     character varying(2)
preferences_newsletter              boolean
preferences_categories              character varying[]
preferences_language                character varying(2)
"""

_EVENTS = """
kpid                                uuid
connection_id                       character varying               not null
anonymous_id                        character varying               not null
channel                             character varying
category                            character varying
context_app_name                    character varying
context_app_version                 character varying
context_app_build                   character varying
context_app_namespace               character varying
context_browser_name                event_browser_name
context_browser_other               character varying
context_browser_version             character varying
context_campaign_name               character varying
context_campaign_source             character varying
context_campaign_medium             character varying
context_campaign_term               character varying
context_campaign_content            character varying
context_consents                    jsonb
context_device_id                   character varying
context_device_advertising_id       character varying
context_device_ad_tracking_enabled  boolean
context_device_manufacturer         character varying
context_device_model                character varying
context_device_name                 character varying
context_device_type                 character varying
context_device_token                character varying
context_ip                          inet
context_library_name                character varying
context_library_version             character varying
context_locale                      character varying(5)
context_location_city               character varying
context_location_country            character varying
context_location_latitude           double precision
context_location_longitude          double precision
context_location_speed              double precision
context_network_bluetooth           boolean
context_network_carrier             character varying
context_network_cellular            boolean
context_network_wifi                boolean
context_os_name                     event_os_name
context_os_other                    character varying
context_os_version                  character varying
context_page_path                   character varying
context_page_referrer               character varying
context_page_search                 character varying
context_page_title                  character varying
context_page_url                    character varying
context_referrer_id                 character varying
context_referrer_type               character varying
context_screen_width                smallint
context_screen_height               smallint
context_screen_density              numeric(3,2)
context_session_id                  bigint
context_session_start               boolean
context_timezone                    character varying
context_user_agent                  character varying
event                               character varying
group_id                            character varying
message_id                          character varying               not null
name                                character varying
properties                          jsonb
received_at                         timestamp(3) without time zone  not null
sent_at                             timestamp(3) without time zone  not null
timestamp                           timestamp(3) without time zone  not null
traits                              jsonb                           not null
type                                event_type                      not null
previous_id                         character varying
user_id                             character varying
"""

TABLES = {
    "krenalis_destination_profiles": """
_pipeline                           text                            not null
_external_id                        text                            not null default ''::text
_out_matching_value                 text                            not null
""",
    "krenalis_events": _EVENTS,
    "krenalis_system_operations": """
id                                  uuid                            not null
operation_type                      system_operation_type
completed_at                        timestamp(3) without time zone
error                               text                            not null default ''::text
""",
    "krenalis_profile_schema_versions": """
version                             integer                         not null
operation                           uuid                            not null
timestamp                           timestamp(3) without time zone  not null
""",
    "krenalis_identities": """
_pk                                 integer                         not null identity by default
_pipeline                           text                            not null
_is_anonymous                       boolean                         not null default false
_identity_id                        text                            not null
_connection                         text                            not null
_anonymous_ids                      text[]
_updated_at                         timestamp without time zone     not null
_run                                text
_kpid                               uuid
_cluster                            integer                         not null identity by default
"""
    + _PROFILE_COLUMNS.lstrip(),
    "krenalis_profiles_0": """
_kpid                               uuid
_identities                         integer[]
_updated_at                         timestamp without time zone     not null
"""
    + _PROFILE_COLUMNS.lstrip(),
    "krenalis_workspace": """
id                                  text                            not null
name                                text                            not null
mode                                text                            not null
profile_schema                      json                            not null
ui_preferences                      json                            not null
identifiers                         json                            not null
primary_sources                     json                            not null
resolve_identities_on_batch_import  boolean                         not null
state                               text                            not null
owner                               text
heartbeat                           timestamp with time zone
pending                             json
format_version                      integer                         not null
created_at                          timestamp with time zone        not null
updated_at                          timestamp with time zone        not null
""",
}

VIEWS = {
    "events": _EVENTS.replace(" not null", ""),
    "profiles": """
_kpid                               uuid
_updated_at                         timestamp without time zone
"""
    + _PROFILE_COLUMNS.lstrip(),
}

INDEXES = {
    "krenalis_destination_profiles_pkey": "primary key krenalis_destination_profiles (_pipeline, _external_id)",
    "krenalis_events_pkey": "primary key krenalis_events (message_id)",
    "krenalis_system_operations_pkey": "primary key krenalis_system_operations (id)",
    "krenalis_profile_schema_versions_pkey": "primary key krenalis_profile_schema_versions (version)",
    "krenalis_identities_pkey": "primary key krenalis_identities (_pk)",
    "krenalis_workspace_pkey": "primary key krenalis_workspace (id)",
    "updated_atx": "btree krenalis_identities (_updated_at)",
}

SEQUENCES = {"krenalis_identities__pk_seq", "krenalis_identities__cluster_seq"}

TYPES = {
    "event_os_name": ["Android", "Windows", "iOS", "macOS", "Linux", "Chrome OS", "Other"],
    "event_browser_name": ["Chrome", "Safari", "Edge", "Firefox", "Samsung Internet", "Opera", "Other"],
    "event_type": ["alias", "identify", "group", "page", "screen", "track"],
    "system_operation_type": ["IdentityResolution", "AlterProfileSchema"],
}


def columns(table: str) -> list[tuple[str, str, str]]:
    """Split the lines above into name, type and the rest, with no more than single spaces."""
    rows = [
        (line[:36].strip(), line[36:68].strip(), line[68:].strip()) for line in table.strip().splitlines()
    ]
    assert all(" " not in name and type_ for name, type_, _ in rows)
    return rows

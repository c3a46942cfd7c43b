"""What the warehouse of the API documentation's example must hold in Snowflake, written by hand.

The tables are as docs/facts/krenalis.md has them ("Objects of a warehouse"), the profile columns as it gives them for
the example's profile schema, and the record as in docs/design.md, "The record". One line for each column: name, type as
DESCRIBE TABLE spells it, then what else there is to it. NUMBER(38,0) is what Snowflake makes of its integers, and a
VARCHAR without a length has 16,777,216 characters.
"""

_PROFILE_COLUMNS = """
CUSTOMER_ID                         VARCHAR(36)
FIRST_NAME                          VARCHAR(100)
LAST_NAME                           VARCHAR(100)
EMAIL                               VARCHAR(254)
PHONE_NUMBER                        VARCHAR(20)
BIRTH_DATE                          DATE
GENDER                              VARCHAR
ADDRESS_STREET                      VARCHAR(255)
ADDRESS_CITY                        VARCHAR(100)
ADDRESS_POSTAL_CODE                 VARCHAR(20)
ADDRESS_COUNTRY                     VARCHAR(2)
PREFERENCES_NEWSLETTER              BOOLEAN
PREFERENCES_CATEGORIES              ARRAY
PREFERENCES_LANGUAGE                VARCHAR(2)
"""

_EVENTS = """
KPID                                VARCHAR(36)
CONNECTION_ID                       VARCHAR             not null
ANONYMOUS_ID                        VARCHAR             not null
CHANNEL                             VARCHAR
CATEGORY                            VARCHAR
CONTEXT_APP_NAME                    VARCHAR
CONTEXT_APP_VERSION                 VARCHAR
CONTEXT_APP_BUILD                   VARCHAR
CONTEXT_APP_NAMESPACE               VARCHAR
CONTEXT_BROWSER_NAME                VARCHAR
CONTEXT_BROWSER_OTHER               VARCHAR
CONTEXT_BROWSER_VERSION             VARCHAR
CONTEXT_CAMPAIGN_NAME               VARCHAR
CONTEXT_CAMPAIGN_SOURCE             VARCHAR
CONTEXT_CAMPAIGN_MEDIUM             VARCHAR
CONTEXT_CAMPAIGN_TERM               VARCHAR
CONTEXT_CAMPAIGN_CONTENT            VARCHAR
CONTEXT_CONSENTS                    VARIANT
CONTEXT_DEVICE_ID                   VARCHAR
CONTEXT_DEVICE_ADVERTISING_ID       VARCHAR
CONTEXT_DEVICE_AD_TRACKING_ENABLED  BOOLEAN
CONTEXT_DEVICE_MANUFACTURER         VARCHAR
CONTEXT_DEVICE_MODEL                VARCHAR
CONTEXT_DEVICE_NAME                 VARCHAR
CONTEXT_DEVICE_TYPE                 VARCHAR
CONTEXT_DEVICE_TOKEN                VARCHAR
CONTEXT_IP                          VARCHAR
CONTEXT_LIBRARY_NAME                VARCHAR
CONTEXT_LIBRARY_VERSION             VARCHAR
CONTEXT_LOCALE                      VARCHAR(5)
CONTEXT_LOCATION_CITY               VARCHAR
CONTEXT_LOCATION_COUNTRY            VARCHAR
CONTEXT_LOCATION_LATITUDE           FLOAT
CONTEXT_LOCATION_LONGITUDE          FLOAT
CONTEXT_LOCATION_SPEED              FLOAT
CONTEXT_NETWORK_BLUETOOTH           BOOLEAN
CONTEXT_NETWORK_CARRIER             VARCHAR
CONTEXT_NETWORK_CELLULAR            BOOLEAN
CONTEXT_NETWORK_WIFI                BOOLEAN
CONTEXT_OS_NAME                     VARCHAR
CONTEXT_OS_OTHER                    VARCHAR
CONTEXT_OS_VERSION                  VARCHAR
CONTEXT_PAGE_PATH                   VARCHAR
CONTEXT_PAGE_REFERRER               VARCHAR
CONTEXT_PAGE_SEARCH                 VARCHAR
CONTEXT_PAGE_TITLE                  VARCHAR
CONTEXT_PAGE_URL                    VARCHAR
CONTEXT_REFERRER_ID                 VARCHAR
CONTEXT_REFERRER_TYPE               VARCHAR
CONTEXT_SCREEN_WIDTH                NUMBER(38,0)
CONTEXT_SCREEN_HEIGHT               NUMBER(38,0)
CONTEXT_SCREEN_DENSITY              NUMBER(3,2)
CONTEXT_SESSION_ID                  NUMBER(38,0)
CONTEXT_SESSION_START               BOOLEAN
CONTEXT_TIMEZONE                    VARCHAR
CONTEXT_USER_AGENT                  VARCHAR
EVENT                               VARCHAR
GROUP_ID                            VARCHAR
MESSAGE_ID                          VARCHAR             not null, key
NAME                                VARCHAR
PROPERTIES                          VARIANT
RECEIVED_AT                         TIMESTAMP_NTZ(9)    not null
SENT_AT                             TIMESTAMP_NTZ(9)    not null
TIMESTAMP                           TIMESTAMP_NTZ(9)    not null
TRAITS                              VARIANT             not null
TYPE                                VARCHAR             not null
PREVIOUS_ID                         VARCHAR
USER_ID                             VARCHAR
"""

TABLES = {
    "KRENALIS_DESTINATION_PROFILES": """
_PIPELINE                           VARCHAR             not null, key
_EXTERNAL_ID                        VARCHAR             not null, default '', key
_OUT_MATCHING_VALUE                 VARCHAR             not null
""",
    "KRENALIS_EVENTS": _EVENTS,
    "KRENALIS_SYSTEM_OPERATIONS": """
ID                                  VARCHAR             not null, key
OPERATION_TYPE                      VARCHAR             not null
COMPLETED_AT                        TIMESTAMP_NTZ(9)
ERROR                               VARCHAR             not null, default ''
""",
    "KRENALIS_PROFILE_SCHEMA_VERSIONS": """
VERSION                             NUMBER(38,0)        not null, key
OPERATION                           VARCHAR             not null
TIMESTAMP                           TIMESTAMP_NTZ(9)    not null
""",
    "KRENALIS_IDENTITIES": f"""
_PK                                 NUMBER(38,0)        not null, counts, key
_PIPELINE                           VARCHAR             not null
_IS_ANONYMOUS                       BOOLEAN             not null, default FALSE
_IDENTITY_ID                        VARCHAR             not null
_CONNECTION                         VARCHAR             not null
_ANONYMOUS_IDS                      ARRAY
_UPDATED_AT                         TIMESTAMP_NTZ(9)    not null
_RUN                                VARCHAR
_KPID                               VARCHAR(36)
_CLUSTER                            NUMBER(38,0)        counts
{_PROFILE_COLUMNS}
""",
    "KRENALIS_PROFILES_0": f"""
_KPID                               VARCHAR(36)
_IDENTITIES                         ARRAY
_UPDATED_AT                         TIMESTAMP_NTZ(9)    not null
{_PROFILE_COLUMNS}
""",
    "KRENALIS_WORKSPACE": """
ID                                  VARCHAR             not null, key
NAME                                VARCHAR             not null
MODE                                VARCHAR             not null
PROFILE_SCHEMA                      VARCHAR             not null
UI_PREFERENCES                      VARCHAR             not null
IDENTIFIERS                         VARCHAR             not null
PRIMARY_SOURCES                     VARCHAR             not null
RESOLVE_IDENTITIES_ON_BATCH_IMPORT  BOOLEAN             not null
STATE                               VARCHAR             not null
OWNER                               VARCHAR
HEARTBEAT                           TIMESTAMP_LTZ(9)
PENDING                             VARCHAR
FORMAT_VERSION                      NUMBER(38,0)        not null
CREATED_AT                          TIMESTAMP_LTZ(9)    not null
UPDATED_AT                          TIMESTAMP_LTZ(9)    not null
""",
}

VIEWS = {
    "EVENTS": [line.split()[0] for line in _EVENTS.split("\n") if line],
    "PROFILES": ["_KPID", "_UPDATED_AT", *(line.split()[0] for line in _PROFILE_COLUMNS.split("\n") if line)],
}


def columns(text: str) -> list[tuple[str, str, str]]:
    """Name, type and the rest of each column, in order."""
    lines = [line.split(maxsplit=2) for line in text.split("\n") if line]
    return [(line[0], line[1], line[2] if len(line) > 2 else "") for line in lines]

-- What a Krenalis server makes of a new workspace, statement by statement, in its order. A line of dashes ends a statement.
-- {profile_columns} are the profile columns with their types, each after a comma; {profile_names} are their names alone.
-- Where a statement starts with a name and a colon, it is left out if any schema of the database has a type of that name.
CREATE TABLE IF NOT EXISTS krenalis_destination_profiles (
    _pipeline text NOT NULL,
    _external_id text NOT NULL DEFAULT '',
    _out_matching_value text NOT NULL,
    PRIMARY KEY (_pipeline, _external_id)
)
--
event_os_name: CREATE TYPE event_os_name AS ENUM ('Android', 'Windows', 'iOS', 'macOS', 'Linux', 'Chrome OS', 'Other')
--
event_browser_name: CREATE TYPE event_browser_name AS ENUM
    ('Chrome', 'Safari', 'Edge', 'Firefox', 'Samsung Internet', 'Opera', 'Other')
--
event_type: CREATE TYPE event_type AS ENUM ('alias', 'identify', 'group', 'page', 'screen', 'track')
--
CREATE TABLE IF NOT EXISTS krenalis_events (
    kpid uuid,
    connection_id character varying NOT NULL,
    anonymous_id character varying NOT NULL,
    channel character varying,
    category character varying,
    context_app_name character varying,
    context_app_version character varying,
    context_app_build character varying,
    context_app_namespace character varying,
    context_browser_name event_browser_name,
    context_browser_other character varying,
    context_browser_version character varying,
    context_campaign_name character varying,
    context_campaign_source character varying,
    context_campaign_medium character varying,
    context_campaign_term character varying,
    context_campaign_content character varying,
    context_consents jsonb,
    context_device_id character varying,
    context_device_advertising_id character varying,
    context_device_ad_tracking_enabled boolean,
    context_device_manufacturer character varying,
    context_device_model character varying,
    context_device_name character varying,
    context_device_type character varying,
    context_device_token character varying,
    context_ip inet,
    context_library_name character varying,
    context_library_version character varying,
    context_locale character varying(5),
    context_location_city character varying,
    context_location_country character varying,
    context_location_latitude double precision,
    context_location_longitude double precision,
    context_location_speed double precision,
    context_network_bluetooth boolean,
    context_network_carrier character varying,
    context_network_cellular boolean,
    context_network_wifi boolean,
    context_os_name event_os_name,
    context_os_other character varying,
    context_os_version character varying,
    context_page_path character varying,
    context_page_referrer character varying,
    context_page_search character varying,
    context_page_title character varying,
    context_page_url character varying,
    context_referrer_id character varying,
    context_referrer_type character varying,
    context_screen_width smallint,
    context_screen_height smallint,
    context_screen_density numeric(3,2),
    context_session_id bigint,
    context_session_start boolean,
    context_timezone character varying,
    context_user_agent character varying,
    event character varying,
    group_id character varying,
    message_id character varying NOT NULL,
    name character varying,
    properties jsonb,
    received_at timestamp(3) without time zone NOT NULL,
    sent_at timestamp(3) without time zone NOT NULL,
    "timestamp" timestamp(3) without time zone NOT NULL,
    traits jsonb NOT NULL,
    type event_type NOT NULL,
    previous_id character varying,
    user_id character varying,
    PRIMARY KEY (message_id)
)
--
CREATE OR REPLACE VIEW events AS SELECT
    kpid,
    connection_id,
    anonymous_id,
    channel,
    category,
    context_app_name,
    context_app_version,
    context_app_build,
    context_app_namespace,
    context_browser_name,
    context_browser_other,
    context_browser_version,
    context_campaign_name,
    context_campaign_source,
    context_campaign_medium,
    context_campaign_term,
    context_campaign_content,
    context_consents,
    context_device_id,
    context_device_advertising_id,
    context_device_ad_tracking_enabled,
    context_device_manufacturer,
    context_device_model,
    context_device_name,
    context_device_type,
    context_device_token,
    context_ip,
    context_library_name,
    context_library_version,
    context_locale,
    context_location_city,
    context_location_country,
    context_location_latitude,
    context_location_longitude,
    context_location_speed,
    context_network_bluetooth,
    context_network_carrier,
    context_network_cellular,
    context_network_wifi,
    context_os_name,
    context_os_other,
    context_os_version,
    context_page_path,
    context_page_referrer,
    context_page_search,
    context_page_title,
    context_page_url,
    context_referrer_id,
    context_referrer_type,
    context_screen_width,
    context_screen_height,
    context_screen_density,
    context_session_id,
    context_session_start,
    context_timezone,
    context_user_agent,
    event,
    group_id,
    message_id,
    name,
    properties,
    received_at,
    sent_at,
    "timestamp",
    traits,
    type,
    previous_id,
    user_id
FROM krenalis_events
--
system_operation_type: CREATE TYPE system_operation_type AS ENUM ('IdentityResolution', 'AlterProfileSchema')
--
CREATE TABLE IF NOT EXISTS krenalis_system_operations (
    id uuid NOT NULL,
    operation_type system_operation_type,
    completed_at timestamp(3),{result}
    error text NOT NULL DEFAULT '',
    PRIMARY KEY (id)
)
--
CREATE TABLE IF NOT EXISTS krenalis_profile_schema_versions (
    version integer NOT NULL,
    operation uuid NOT NULL,
    "timestamp" timestamp(3) NOT NULL,
    PRIMARY KEY (version)
)
--
CREATE TABLE IF NOT EXISTS krenalis_identities (
    _pk integer GENERATED BY DEFAULT AS IDENTITY,
    _pipeline text NOT NULL,
    _is_anonymous boolean NOT NULL DEFAULT false,
    _identity_id text NOT NULL,
    _connection text NOT NULL,
    _anonymous_ids text[],
    _updated_at timestamp NOT NULL,
    _run text,
    _kpid uuid,
    _cluster integer GENERATED BY DEFAULT AS IDENTITY,
    PRIMARY KEY (_pk){profile_columns}
)
--
CREATE INDEX IF NOT EXISTS updated_atx ON krenalis_identities (_updated_at)
--
CREATE TABLE IF NOT EXISTS krenalis_profiles_0 (
    _kpid uuid,
    _identities integer[],{counts}
    _updated_at timestamp NOT NULL{profile_columns}
)
--
CREATE OR REPLACE VIEW profiles AS SELECT _kpid, _updated_at{profile_names} FROM krenalis_profiles_0

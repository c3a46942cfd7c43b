SET standard_conforming_strings = on;
SET check_function_bodies = false;

-- Name: cdp; Type: SCHEMA; Schema: -; Owner: -
--



--
-- Name: event_browser_name; Type: TYPE; Schema: cdp; Owner: -
--

CREATE TYPE cdp.event_browser_name AS ENUM (
    'Chrome',
    'Safari',
    'Edge',
    'Firefox',
    'Samsung Internet',
    'Opera',
    'Other'
);


--
-- Name: event_os_name; Type: TYPE; Schema: cdp; Owner: -
--

CREATE TYPE cdp.event_os_name AS ENUM (
    'Android',
    'Windows',
    'iOS',
    'macOS',
    'Linux',
    'Chrome OS',
    'Other'
);


--
-- Name: event_type; Type: TYPE; Schema: cdp; Owner: -
--

CREATE TYPE cdp.event_type AS ENUM (
    'alias',
    'identify',
    'group',
    'page',
    'screen',
    'track'
);


--
-- Name: system_operation_type; Type: TYPE; Schema: cdp; Owner: -
--

CREATE TYPE cdp.system_operation_type AS ENUM (
    'IdentityResolution',
    'AlterProfileSchema'
);


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: krenalis_events; Type: TABLE; Schema: cdp; Owner: -
--

CREATE TABLE cdp.krenalis_events (
    kpid uuid,
    connection_id character varying NOT NULL,
    anonymous_id character varying NOT NULL,
    channel character varying,
    category character varying,
    context_app_name character varying,
    context_app_version character varying,
    context_app_build character varying,
    context_app_namespace character varying,
    context_browser_name cdp.event_browser_name,
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
    context_os_name cdp.event_os_name,
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
    type cdp.event_type NOT NULL,
    previous_id character varying,
    user_id character varying
);


--
-- Name: events; Type: VIEW; Schema: cdp; Owner: -
--

CREATE VIEW cdp.events AS
 SELECT krenalis_events.kpid,
    krenalis_events.connection_id,
    krenalis_events.anonymous_id,
    krenalis_events.channel,
    krenalis_events.category,
    krenalis_events.context_app_name,
    krenalis_events.context_app_version,
    krenalis_events.context_app_build,
    krenalis_events.context_app_namespace,
    krenalis_events.context_browser_name,
    krenalis_events.context_browser_other,
    krenalis_events.context_browser_version,
    krenalis_events.context_campaign_name,
    krenalis_events.context_campaign_source,
    krenalis_events.context_campaign_medium,
    krenalis_events.context_campaign_term,
    krenalis_events.context_campaign_content,
    krenalis_events.context_consents,
    krenalis_events.context_device_id,
    krenalis_events.context_device_advertising_id,
    krenalis_events.context_device_ad_tracking_enabled,
    krenalis_events.context_device_manufacturer,
    krenalis_events.context_device_model,
    krenalis_events.context_device_name,
    krenalis_events.context_device_type,
    krenalis_events.context_device_token,
    krenalis_events.context_ip,
    krenalis_events.context_library_name,
    krenalis_events.context_library_version,
    krenalis_events.context_locale,
    krenalis_events.context_location_city,
    krenalis_events.context_location_country,
    krenalis_events.context_location_latitude,
    krenalis_events.context_location_longitude,
    krenalis_events.context_location_speed,
    krenalis_events.context_network_bluetooth,
    krenalis_events.context_network_carrier,
    krenalis_events.context_network_cellular,
    krenalis_events.context_network_wifi,
    krenalis_events.context_os_name,
    krenalis_events.context_os_other,
    krenalis_events.context_os_version,
    krenalis_events.context_page_path,
    krenalis_events.context_page_referrer,
    krenalis_events.context_page_search,
    krenalis_events.context_page_title,
    krenalis_events.context_page_url,
    krenalis_events.context_referrer_id,
    krenalis_events.context_referrer_type,
    krenalis_events.context_screen_width,
    krenalis_events.context_screen_height,
    krenalis_events.context_screen_density,
    krenalis_events.context_session_id,
    krenalis_events.context_session_start,
    krenalis_events.context_timezone,
    krenalis_events.context_user_agent,
    krenalis_events.event,
    krenalis_events.group_id,
    krenalis_events.message_id,
    krenalis_events.name,
    krenalis_events.properties,
    krenalis_events.received_at,
    krenalis_events.sent_at,
    krenalis_events."timestamp",
    krenalis_events.traits,
    krenalis_events.type,
    krenalis_events.previous_id,
    krenalis_events.user_id
   FROM cdp.krenalis_events;


--
-- Name: krenalis_destination_profiles; Type: TABLE; Schema: cdp; Owner: -
--

CREATE TABLE cdp.krenalis_destination_profiles (
    _pipeline text NOT NULL,
    _external_id text DEFAULT ''::text NOT NULL,
    _out_matching_value text NOT NULL
);


--
-- Name: krenalis_identities; Type: TABLE; Schema: cdp; Owner: -
--

CREATE TABLE cdp.krenalis_identities (
    _pk integer NOT NULL,
    _pipeline text NOT NULL,
    _is_anonymous boolean DEFAULT false NOT NULL,
    _identity_id text NOT NULL,
    _connection text NOT NULL,
    _anonymous_ids text[],
    _updated_at timestamp without time zone NOT NULL,
    _run text,
    _kpid uuid,
    _cluster integer NOT NULL,
    customer_id numeric(20,0),
    email character varying(254),
    name character varying(40),
    nickname character varying(20),
    handle character varying(30),
    age smallint,
    score integer,
    spent numeric(10,2),
    born date,
    active boolean,
    tags character varying(10)[],
    visits jsonb,
    device uuid,
    extra jsonb,
    address_street character varying(100),
    address_place_city character varying(60),
    address_place_latitude double precision
);


--
-- Name: krenalis_identities__cluster_seq; Type: SEQUENCE; Schema: cdp; Owner: -
--

ALTER TABLE cdp.krenalis_identities ALTER COLUMN _cluster ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME cdp.krenalis_identities__cluster_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: krenalis_identities__pk_seq; Type: SEQUENCE; Schema: cdp; Owner: -
--

ALTER TABLE cdp.krenalis_identities ALTER COLUMN _pk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME cdp.krenalis_identities__pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: krenalis_profile_schema_versions; Type: TABLE; Schema: cdp; Owner: -
--

CREATE TABLE cdp.krenalis_profile_schema_versions (
    version integer NOT NULL,
    operation uuid NOT NULL,
    "timestamp" timestamp(3) without time zone NOT NULL
);


--
-- Name: krenalis_profiles_0; Type: TABLE; Schema: cdp; Owner: -
--

CREATE TABLE cdp.krenalis_profiles_0 (
    _kpid uuid,
    _identities integer[],
    _updated_at timestamp without time zone NOT NULL,
    customer_id numeric(20,0),
    email character varying(254),
    name character varying(40),
    nickname character varying(20),
    handle character varying(30),
    age smallint,
    score integer,
    spent numeric(10,2),
    born date,
    active boolean,
    tags character varying(10)[],
    visits jsonb,
    device uuid,
    extra jsonb,
    address_street character varying(100),
    address_place_city character varying(60),
    address_place_latitude double precision
);


--
-- Name: krenalis_system_operations; Type: TABLE; Schema: cdp; Owner: -
--

CREATE TABLE cdp.krenalis_system_operations (
    id uuid NOT NULL,
    operation_type cdp.system_operation_type,
    completed_at timestamp(3) without time zone,
    error text DEFAULT ''::text NOT NULL
);


--
-- Name: profiles; Type: VIEW; Schema: cdp; Owner: -
--

CREATE VIEW cdp.profiles AS
 SELECT krenalis_profiles_0._kpid,
    krenalis_profiles_0._updated_at,
    krenalis_profiles_0.customer_id,
    krenalis_profiles_0.email,
    krenalis_profiles_0.name,
    krenalis_profiles_0.nickname,
    krenalis_profiles_0.handle,
    krenalis_profiles_0.age,
    krenalis_profiles_0.score,
    krenalis_profiles_0.spent,
    krenalis_profiles_0.born,
    krenalis_profiles_0.active,
    krenalis_profiles_0.tags,
    krenalis_profiles_0.visits,
    krenalis_profiles_0.device,
    krenalis_profiles_0.extra,
    krenalis_profiles_0.address_street,
    krenalis_profiles_0.address_place_city,
    krenalis_profiles_0.address_place_latitude
   FROM cdp.krenalis_profiles_0;


--
-- Data for Name: krenalis_destination_profiles; Type: TABLE DATA; Schema: cdp; Owner: -
--



--
-- Data for Name: krenalis_events; Type: TABLE DATA; Schema: cdp; Owner: -
--



--
-- Data for Name: krenalis_identities; Type: TABLE DATA; Schema: cdp; Owner: -
--

INSERT INTO cdp.krenalis_identities (_pk, _pipeline, _is_anonymous, _identity_id, _connection, _anonymous_ids, _updated_at, _run, _kpid, _cluster, customer_id, email, name, nickname, handle, age, score, spent, born, active, tags, visits, device, extra, address_street, address_place_city, address_place_latitude) VALUES (1, '1', false, 'i1', '12', NULL, '2025-01-02 03:04:05', NULL, NULL, 1, 18446744073709551615, 'anné@example.com', 'Anné "A" O''Neill', 'Nan', 'anne', 41, 8000000, 12.30, '1985-01-31', true, '{a,"b c"}', '{"x": 1}', '7f3a1f0e-5a0b-4d53-9f0c-0a4f6a3f1c12', '{"a": [1.5, null]}', 'Rue d''Été', 'Zürich', 47.25);


--
-- Data for Name: krenalis_profile_schema_versions; Type: TABLE DATA; Schema: cdp; Owner: -
--



--
-- Data for Name: krenalis_profiles_0; Type: TABLE DATA; Schema: cdp; Owner: -
--

INSERT INTO cdp.krenalis_profiles_0 (_kpid, _identities, _updated_at, customer_id, email, name, nickname, handle, age, score, spent, born, active, tags, visits, device, extra, address_street, address_place_city, address_place_latitude) VALUES ('7f3a1f0e-5a0b-4d53-9f0c-0a4f6a3f1c11', NULL, '2025-01-02 03:04:05', 18446744073709551615, 'anné@example.com', 'Anné "A" O''Neill', 'Nan', 'anne', 41, 8000000, 12.30, '1985-01-31', true, '{a,"b c"}', '{"x": 1}', '7f3a1f0e-5a0b-4d53-9f0c-0a4f6a3f1c12', '{"a": [1.5, null]}', 'Rue d''Été', 'Zürich', 47.25);


--
-- Data for Name: krenalis_system_operations; Type: TABLE DATA; Schema: cdp; Owner: -
--



--
-- Name: krenalis_identities__cluster_seq; Type: SEQUENCE SET; Schema: cdp; Owner: -
--

SELECT pg_catalog.setval('cdp.krenalis_identities__cluster_seq', 1, true);


--
-- Name: krenalis_identities__pk_seq; Type: SEQUENCE SET; Schema: cdp; Owner: -
--

SELECT pg_catalog.setval('cdp.krenalis_identities__pk_seq', 1, true);


--
-- Name: krenalis_destination_profiles krenalis_destination_profiles_pkey; Type: CONSTRAINT; Schema: cdp; Owner: -
--

ALTER TABLE ONLY cdp.krenalis_destination_profiles
    ADD CONSTRAINT krenalis_destination_profiles_pkey PRIMARY KEY (_pipeline, _external_id);


--
-- Name: krenalis_events krenalis_events_pkey; Type: CONSTRAINT; Schema: cdp; Owner: -
--

ALTER TABLE ONLY cdp.krenalis_events
    ADD CONSTRAINT krenalis_events_pkey PRIMARY KEY (message_id);


--
-- Name: krenalis_identities krenalis_identities_pkey; Type: CONSTRAINT; Schema: cdp; Owner: -
--

ALTER TABLE ONLY cdp.krenalis_identities
    ADD CONSTRAINT krenalis_identities_pkey PRIMARY KEY (_pk);


--
-- Name: krenalis_profile_schema_versions krenalis_profile_schema_versions_pkey; Type: CONSTRAINT; Schema: cdp; Owner: -
--

ALTER TABLE ONLY cdp.krenalis_profile_schema_versions
    ADD CONSTRAINT krenalis_profile_schema_versions_pkey PRIMARY KEY (version);


--
-- Name: krenalis_system_operations krenalis_system_operations_pkey; Type: CONSTRAINT; Schema: cdp; Owner: -
--

ALTER TABLE ONLY cdp.krenalis_system_operations
    ADD CONSTRAINT krenalis_system_operations_pkey PRIMARY KEY (id);


--
-- Name: updated_atx; Type: INDEX; Schema: cdp; Owner: -
--

CREATE INDEX updated_atx ON cdp.krenalis_identities USING btree (_updated_at);


--
-- PostgreSQL database dump complete
--



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


--
-- Name: resolve_identities(); Type: PROCEDURE; Schema: cdp; Owner: -
--

CREATE PROCEDURE cdp.resolve_identities()
    LANGUAGE plpgsql
    SET enable_nestloop TO 'off'
    SET enable_hashjoin TO 'off'
    SET jit TO 'off'
    SET exit_on_error TO 'off'
    AS $_$
-- Made by Terraform, for the profile schema and the settings of this workspace; changes by hand get lost.
-- It does not commit: all of it happens, or nothing. SET client_min_messages = debug1 shows how it gets on.
DECLARE
    _path pg_catalog.text;            -- the caller's search path,
    _row_security pg_catalog.text;    -- and whether policies filter what the caller's other statements read
    _mode pg_catalog.text;
    _profiles pg_catalog.regclass;    -- the table that holds the profiles
    _written pg_catalog.text;         -- the same as it is written to: without tables that inherit from it, but with its partitions
    _owner pg_catalog.text; _is_owner boolean;  -- its owner, and whether the caller has their rights
    _hidden pg_catalog.text;          -- the tables of which the caller may not see every row
    _published pg_catalog.text;       -- a publication that cannot tell which rows of the profiles change
    _is_narrow boolean;               -- whether it publishes some columns alone
    _refusal pg_catalog.text; _hint pg_catalog.text;
    _eased pg_catalog.text;           -- what lets the table be written to, if anything is needed
    _restored pg_catalog.text;        -- what undoes it
    _lacks_view boolean;
    _must_stay boolean;               -- whether deleting all profiles would lose something that writing them again does not bring back
    _merge pg_catalog.text;           -- the statement that writes the profiles
    _keys integer[];                  -- the _pk of every identity, ascending; its place in here is the identity's number
    _roots integer[];                 -- by number: another identity of the same cluster with a smaller number, or itself
    _one integer; _other integer;
BEGIN
    -- 1. Let names be PostgreSQL's own, and no other run and no change of the warehouse go on at the same time.
    _path := pg_catalog.current_setting('search_path');
    _row_security := pg_catalog.current_setting('row_security');
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
            pg_catalog.set_config('row_security', 'off', true);
    PERFORM pg_advisory_xact_lock(hashtextextended('krenalis:' || 'cdp', 0));

    -- 2. Find the table with the profiles: the one that the view reads, if a version has its number; else the table of
    --    the last version. Others with such names are somebody's backups, or what a failed run of a server left.
    SELECT found.oid, CASE found.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || found.oid::regclass,
           found.relowner::regrole, pg_has_role(found.relowner, 'USAGE')
      INTO _profiles, _written, _owner, _is_owner
      FROM pg_class AS found
      JOIN pg_namespace AS schema ON schema.oid = found.relnamespace AND schema.nspname = 'cdp'
     CROSS JOIN (
        SELECT coalesce(max(version), 0) AS last, array_agg(version) || 0 AS numbers FROM "cdp"."krenalis_profile_schema_versions"
     ) AS recorded
      LEFT JOIN (
        SELECT min(read.refobjid) AS oid
          FROM pg_rewrite AS rule
          JOIN pg_depend AS read ON read.classid = 'pg_rewrite'::regclass AND read.objid = rule.oid
                                AND read.refclassid = 'pg_class'::regclass AND read.refobjid <> rule.ev_class
         WHERE rule.ev_class = to_regclass('"cdp"."profiles"') AND rule.rulename = '_RETURN'
        HAVING count(DISTINCT read.refobjid) = 1
     ) AS viewed ON viewed.oid = found.oid
     WHERE found.relkind IN ('r', 'p')
       AND (found.relname = 'krenalis_profiles_' || recorded.last
            OR viewed.oid IS NOT NULL AND found.relname ~ ('^' || 'krenalis_profiles_' || '(0|[1-9][0-9]*)$'))
     ORDER BY viewed.oid IS NULL OR found.relname <> ALL (SELECT 'krenalis_profiles_' || unnest(recorded.numbers)),
              found.relname <> 'krenalis_profiles_' || recorded.last
     LIMIT 1;

    -- 3. Refuse what would fail later, and what would see or write only a part of the rows.
    SELECT mode INTO _mode FROM "cdp"."krenalis_workspace";
    SELECT string_agg(relation.oid::regclass::text, ', ') INTO _hidden
      FROM pg_class AS relation
     WHERE relation.oid IN ('"cdp"."krenalis_identities"'::regclass, '"cdp"."krenalis_events"'::regclass, _profiles)
       AND row_security_active(relation.oid) AND NOT (relation.oid = _profiles AND _is_owner);
    SELECT min(pubname), bool_or(listed.prattrs IS NOT NULL),
           CASE relation.relreplident WHEN 'd' THEN 'REPLICA IDENTITY DEFAULT' ELSE 'REPLICA IDENTITY NOTHING' END
      INTO _published, _is_narrow, _restored
      FROM pg_class AS relation
      JOIN pg_namespace AS schema ON schema.oid = relation.relnamespace
      JOIN pg_publication_tables AS published
        ON (published.schemaname, published.tablename) = (schema.nspname, relation.relname)
      JOIN pg_publication AS publication USING (pubname)
      LEFT JOIN pg_publication_rel AS listed ON listed.prpubid = publication.oid AND listed.prrelid = relation.oid
     WHERE relation.oid = _profiles AND (publication.pubupdate OR publication.pubdelete)
       AND relation.relreplident <> 'f'
       AND NOT EXISTS (
        SELECT FROM pg_index AS index WHERE index.indrelid = _profiles AND index.indisvalid
           AND CASE relation.relreplident WHEN 'd' THEN index.indisprimary AND index.indimmediate
                                          WHEN 'i' THEN index.indisreplident ELSE false END)
     GROUP BY relation.relreplident;
    IF _mode IS NULL THEN
        _refusal := 'the record of the workspace is missing';
        _hint := 'Apply the workspace with Terraform, which restores it, and call the procedure again.';
    ELSIF _mode <> 'Normal' THEN
        _refusal := 'the mode of the warehouse is ' || _mode;
        _hint := 'Apply the workspace with warehouse.mode = "Normal", and call the procedure again.';
    ELSIF _profiles IS NULL THEN
        _refusal := 'nothing tells which table holds the profiles';
        _hint := 'Apply the workspace with Terraform, which makes what is missing, and call the procedure again.';
    ELSIF _hidden IS NOT NULL THEN
        _refusal := format('row-level security may hide rows of %s from role "%s"', _hidden, current_user);
        _hint := 'Call the procedure as a role that sees every row: the owner of the tables, if row-level security is '
                 'not forced on them, or a role with BYPASSRLS.';
    ELSIF EXISTS (SELECT FROM pg_rewrite WHERE ev_class = _profiles) THEN
        _refusal := format('table %s has rules, which would change what is written to it', _profiles);
        _hint := 'Drop the rules, and let triggers do their work.';
    ELSIF _is_narrow THEN
        _refusal := format('publication "%s" publishes changes of some columns of table %s, which has no replica '
                           'identity', _published, _profiles);
        _hint := 'Let it publish all columns of the table, or inserts alone, or give the table a replica identity of '
                 'columns that it publishes: ALTER TABLE ... REPLICA IDENTITY USING INDEX ...;';
    ELSIF _published IS NOT NULL AND NOT _is_owner THEN
        _refusal := format('publication "%s" publishes changes of table %s, which has no replica identity',
                           _published, _profiles);
        _hint := format('Let role %s call it, or run: ALTER TABLE %s REPLICA IDENTITY FULL;', _owner, _profiles);
    END IF;
    IF _refusal IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = 'identity resolution refused: ' || _refusal, HINT = _hint,
                              ERRCODE = 'object_not_in_prerequisite_state';
    END IF;

    -- 4. Number the identities. Nobody may add or change one until the end; reading goes on.
    LOCK TABLE "cdp"."krenalis_identities" IN SHARE ROW EXCLUSIVE MODE;
    _keys := ARRAY(SELECT "_pk" FROM "cdp"."krenalis_identities" ORDER BY "_pk");
    _roots := ARRAY(SELECT generate_series(1, cardinality(_keys)));
    RAISE DEBUG 'clustering % identities', cardinality(_keys);

    -- 5. Cluster them: go from both ends of each link to their roots, shortening the way, and join the roots.
    FOR _one, _other IN 
        WITH identity AS MATERIALIZED (
            SELECT row_number() OVER (ORDER BY "_pk")::integer AS "_number",
                   "_connection", "_identity_id", "_is_anonymous"
              FROM "cdp"."krenalis_identities"
        )
        -- the same user, or the same anonymous one, of one connection
        SELECT * FROM (
            SELECT "_number", first_value("_number") OVER (PARTITION BY "_identity_id", "_connection", "_is_anonymous")
              FROM identity WHERE "_identity_id" IS NOT NULL
        ) AS person ("_number", "_first") WHERE "_number" <> "_first"
    LOOP
        WHILE _roots[_one] <> _one LOOP
            _roots[_one] := _roots[_roots[_one]];
            _one := _roots[_one];
        END LOOP;
        WHILE _roots[_other] <> _other LOOP
            _roots[_other] := _roots[_roots[_other]];
            _other := _roots[_other];
        END LOOP;
        IF _one < _other THEN
            _roots[_other] := _one;
        ELSE
            _roots[_one] := _other;
        END IF;
    END LOOP;
    FOR _one IN 1 .. cardinality(_roots) LOOP
        _roots[_one] := _roots[_roots[_one]];
    END LOOP;

    -- 6. See what stands in the way of writing the profiles. Readers go on, unless the table has to be eased first: where
    --    its policies are forced on its owner, and where changes are published that need a replica identity.
    IF _published IS NOT NULL THEN
        _eased := 'REPLICA IDENTITY FULL';
        RAISE NOTICE 'readers of the profiles wait for the end of the transaction, because changes are published'
               USING HINT = format('To let them read: ALTER TABLE %s REPLICA IDENTITY FULL;', _profiles);
    END IF;
    IF row_security_active(_profiles) THEN
        _eased := concat_ws(', ', _eased, 'NO FORCE ROW LEVEL SECURITY');
        _restored := concat_ws(', ', _restored, 'FORCE ROW LEVEL SECURITY');
    END IF;
    _must_stay := EXISTS (SELECT FROM pg_constraint WHERE confrelid = _profiles AND contype = 'f')
               OR 4 < (
        SELECT count(*) FROM pg_attribute WHERE attrelid = _profiles AND attnum > 0 AND NOT attisdropped);
    _lacks_view := to_regclass('"cdp"."profiles"') IS NULL;

    -- 7. From here on functions of others may run, as triggers: under the caller's settings. Where the procedure has the
    --    rights of its owner, a caller must not decide which functions these find.
    LOCK TABLE "cdp"."krenalis_events" IN ROW EXCLUSIVE MODE;
    PERFORM FROM "cdp"."krenalis_events" LIMIT 0;  -- an error, if a policy has come to hide rows
    PERFORM set_config('row_security', _row_security, true);
    PERFORM set_config('search_path', _path, true) FROM pg_proc AS this
      WHERE this.oid = '"cdp"."resolve_identities"()'::regprocedure
        AND (NOT this.prosecdef OR EXISTS (
            SELECT FROM unnest(this.proconfig) AS said WHERE starts_with(said, 'search_path=')));
    RAISE DEBUG 'writing the clusters to identities and events';

    -- 8. Write the cluster and the profile of each identity to it. A profile keeps the _kpid that its identities have,
    --    if they have one, and if no other profile has it too: when one was split, none of its parts keeps its _kpid.
    WITH member AS MATERIALIZED (
        -- the arrays as subqueries: evaluated once, and in no plan that somebody logs
        SELECT "_pk", "_cluster", "_kpid",
               (SELECT _roots)[pg_catalog.width_bucket("_pk", (SELECT _keys))] AS "_root"
          FROM "cdp"."krenalis_identities"
    ), profile AS (
        SELECT "_root", CASE WHEN "_kpid" IS NOT NULL
                              AND pg_catalog.count(*) OVER (PARTITION BY "_kpid") OPERATOR(pg_catalog.=) 1
                             THEN "_kpid" ELSE pg_catalog.gen_random_uuid() END AS "_kpid"
          FROM (
            SELECT "_root", CASE WHEN pg_catalog.count("_kpid") OPERATOR(pg_catalog.=) 1
                                 THEN pg_catalog.min("_kpid"::pg_catalog.text COLLATE pg_catalog."C")::pg_catalog.uuid
                            END AS "_kpid"
              FROM (SELECT DISTINCT "_root", "_kpid" FROM member) AS held GROUP BY "_root"
          ) AS cluster
    )
    UPDATE "cdp"."krenalis_identities" AS identity SET "_cluster" = changed."_root", "_kpid" = changed."_kpid"
      FROM (
        SELECT member."_pk", profile."_root", profile."_kpid"
          FROM member JOIN profile ON member."_root" OPERATOR(pg_catalog.=) profile."_root"
         WHERE NOT coalesce(member."_cluster" OPERATOR(pg_catalog.=) profile."_root", false)
            OR NOT coalesce(member."_kpid" OPERATOR(pg_catalog.=) profile."_kpid", false)
         ORDER BY member."_pk"
      ) AS changed
     WHERE identity."_pk" OPERATOR(pg_catalog.=) changed."_pk";

    -- 9. Write the profiles back to all events: by user, or by device when nobody had signed in. Where several
    --    identities fit, one that is not anonymous wins, then the latest.
    PERFORM pg_catalog.set_config('enable_hashjoin', 'on', true);
    UPDATE "cdp"."krenalis_events" AS event SET "kpid" = changed."kpid"
      FROM (
        SELECT found."message_id", found."kpid"
          FROM (
            SELECT event.ctid AS "place", event."message_id", event."kpid" AS "before",
                   CASE WHEN event."user_id" OPERATOR(pg_catalog.=) '' THEN device."_kpid" ELSE person."_kpid" END AS "kpid"
              FROM "cdp"."krenalis_events" AS event
              LEFT JOIN (
                -- those of one user and one anonymity are one profile already
                SELECT DISTINCT ON ("_identity_id", "_connection") "_identity_id", "_connection", "_kpid"
                  FROM "cdp"."krenalis_identities"
                 ORDER BY "_identity_id", "_connection", "_is_anonymous"
              ) AS person ON person."_connection" OPERATOR(pg_catalog.=) event."connection_id"
                         AND person."_identity_id" OPERATOR(pg_catalog.=) event."user_id"
              LEFT JOIN (
                SELECT DISTINCT ON ("_connection", "_anonymous_id") "_connection", "_anonymous_id", "_kpid"
                  FROM "cdp"."krenalis_identities", pg_catalog.unnest("_anonymous_ids") AS device ("_anonymous_id")
                 ORDER BY "_connection", "_anonymous_id", "_is_anonymous", "_updated_at" DESC, "_pk" DESC
              ) AS device ON device."_connection" OPERATOR(pg_catalog.=) event."connection_id"
                         AND device."_anonymous_id" OPERATOR(pg_catalog.=) event."anonymous_id"
          ) AS found
         WHERE NOT coalesce(found."before" OPERATOR(pg_catalog.=) found."kpid", found."before" IS NULL AND found."kpid" IS NULL)
         ORDER BY found."place"
      ) AS changed
     WHERE event."message_id" OPERATOR(pg_catalog.=) changed."message_id";
    RAISE DEBUG 'merging identities into profiles';

    -- 10. Let nobody else write to the profiles until the end.
    IF _eased IS NOT NULL THEN
        EXECUTE pg_catalog.format('ALTER TABLE %s %s', _written, _eased);
    END IF;
    EXECUTE pg_catalog.format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', _written);
    IF pg_catalog.row_security_active(_profiles) THEN
        RAISE EXCEPTION 'row-level security has come to hide rows of %', _profiles USING ERRCODE = 'insufficient_privilege';
    END IF;

    -- 11. Make the profiles those of the identities, and leave alone what stays. Where two exchange a value, a unique
    --     index may object; then delete all first, unless a foreign key would follow, or columns of others be lost.
    EXECUTE pg_catalog.format(
        'DELETE FROM %s AS profile'
        ' WHERE NOT EXISTS (SELECT FROM %s WHERE "_kpid" OPERATOR(pg_catalog.=) profile."_kpid")',
        _written, '"cdp"."krenalis_identities"');
    EXECUTE pg_catalog.format(
        'DELETE FROM %1$s WHERE "_kpid" OPERATOR(pg_catalog.=) ANY ('
        'SELECT "_kpid" FROM %1$s GROUP BY "_kpid" HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1)', _written);
    _merge := pg_catalog.concat('MERGE INTO ', _written, $merge$ AS profile
      USING (
        -- only what differs, so that MERGE fetches no row that stays
        SELECT person.*
          FROM (
            SELECT merged."_kpid", merged."_updated_at",
                   CASE WHEN pg_catalog.cardinality(merged."_identities") OPERATOR(pg_catalog.=) 1 THEN merged."_identities"
                        ELSE ARRAY(SELECT key FROM pg_catalog.unnest(merged."_identities") AS member (key) ORDER BY key)
                   END AS "_identities",
               merged."email"
              FROM (
                SELECT "_kpid", pg_catalog.array_agg("_pk") AS "_identities",
                       pg_catalog.max("_updated_at") AS "_updated_at",
               (pg_catalog.array_agg("email") FILTER (WHERE "email" IS NOT NULL))[1] AS "email"
                  FROM (
                    -- the first of an array_agg is of the latest identity that has a value
                    SELECT * FROM $merge$, '"cdp"."krenalis_identities"', $merge$ ORDER BY "_kpid", "_updated_at" DESC, "_pk" DESC
                  ) AS identity
                 GROUP BY "_kpid"
              ) AS merged
          ) AS person
          LEFT JOIN $merge$, _written, $merge$ AS profile ON profile."_kpid" OPERATOR(pg_catalog.=) person."_kpid"
         WHERE profile."_kpid" IS NULL
            OR NOT coalesce(profile."_identities" OPERATOR(pg_catalog.=) person."_identities", false)
            OR NOT coalesce(profile."_updated_at" OPERATOR(pg_catalog.=) person."_updated_at", false)
                        OR NOT coalesce(profile."email" OPERATOR(pg_catalog.=) person."email", profile."email" IS NULL AND person."email" IS NULL)
      ) AS person ON profile."_kpid" OPERATOR(pg_catalog.=) person."_kpid"
      WHEN MATCHED
        THEN UPDATE SET "_identities" = person."_identities", "_updated_at" = person."_updated_at", "email" = person."email"
      WHEN NOT MATCHED
        THEN INSERT ("_kpid", "_identities", "_updated_at", "email")
             VALUES (person."_kpid", person."_identities", person."_updated_at", person."email")
    $merge$);
    PERFORM pg_catalog.set_config('enable_hashjoin', 'off', true);
    BEGIN
        EXECUTE _merge;
    EXCEPTION WHEN unique_violation OR exclusion_violation THEN
        IF _must_stay THEN
            RAISE;
        END IF;
        EXECUTE pg_catalog.concat('DELETE FROM ', _written);
        EXECUTE _merge;
    END;
    IF _eased IS NOT NULL THEN
        SET CONSTRAINTS ALL IMMEDIATE;  -- a table with checks to come cannot be altered
        EXECUTE pg_catalog.format('ALTER TABLE %s %s', _written, _restored);
    END IF;

    -- 12. Make the view, if it is missing, note the operation, and leave the caller's settings as they were.
    IF _lacks_view THEN
        EXECUTE pg_catalog.concat('CREATE VIEW ', '"cdp"."profiles"', ' AS SELECT "_kpid", "_updated_at", "email" FROM ', _profiles);
        EXECUTE pg_catalog.format('ALTER VIEW %s OWNER TO %s', '"cdp"."profiles"', _owner);
    END IF;
    INSERT INTO "cdp"."krenalis_system_operations" ("id", "operation_type", "completed_at")
    VALUES (pg_catalog.gen_random_uuid(), 'IdentityResolution', pg_catalog.clock_timestamp() AT TIME ZONE 'UTC');
    PERFORM pg_catalog.set_config('search_path', _path, true), pg_catalog.set_config('row_security', _row_security, true);
END$_$;


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
    email character varying
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
    email character varying
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
-- Name: krenalis_workspace; Type: TABLE; Schema: cdp; Owner: -
--

CREATE TABLE cdp.krenalis_workspace (
    id text NOT NULL,
    name text NOT NULL,
    mode text NOT NULL,
    profile_schema json NOT NULL,
    ui_preferences json NOT NULL,
    identifiers json NOT NULL,
    primary_sources json NOT NULL,
    resolve_identities_on_batch_import boolean NOT NULL,
    state text NOT NULL,
    owner text,
    heartbeat timestamp with time zone,
    pending json,
    format_version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);


--
-- Name: profiles; Type: VIEW; Schema: cdp; Owner: -
--

CREATE VIEW cdp.profiles AS
 SELECT krenalis_profiles_0._kpid,
    krenalis_profiles_0._updated_at,
    krenalis_profiles_0.email
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



--
-- Data for Name: krenalis_profile_schema_versions; Type: TABLE DATA; Schema: cdp; Owner: -
--



--
-- Data for Name: krenalis_profiles_0; Type: TABLE DATA; Schema: cdp; Owner: -
--



--
-- Data for Name: krenalis_system_operations; Type: TABLE DATA; Schema: cdp; Owner: -
--



--
-- Name: krenalis_identities__cluster_seq; Type: SEQUENCE SET; Schema: cdp; Owner: -
--

SELECT pg_catalog.setval('cdp.krenalis_identities__cluster_seq', 1, false);


--
-- Name: krenalis_identities__pk_seq; Type: SEQUENCE SET; Schema: cdp; Owner: -
--

SELECT pg_catalog.setval('cdp.krenalis_identities__pk_seq', 1, false);


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
-- Name: krenalis_workspace krenalis_workspace_pkey; Type: CONSTRAINT; Schema: cdp; Owner: -
--

ALTER TABLE ONLY cdp.krenalis_workspace
    ADD CONSTRAINT krenalis_workspace_pkey PRIMARY KEY (id);


--
-- Name: updated_atx; Type: INDEX; Schema: cdp; Owner: -
--

CREATE INDEX updated_atx ON cdp.krenalis_identities USING btree (_updated_at);


--
-- PostgreSQL database dump complete
--



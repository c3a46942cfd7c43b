-- Name: resolve_identities(); Type: PROCEDURE
CREATE PROCEDURE cdp.resolve_identities()
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_nestloop TO 'off'
    SET jit TO 'off'
    AS $$
-- Made by Terraform, for the profile schema and the settings of this workspace; changes by hand get lost.
-- It does not commit: all of it happens, or nothing. SET client_min_messages = debug1 shows how it gets on.
DECLARE
    _mode text;
    _version integer;
    _operation uuid := gen_random_uuid();
    _profiles regclass;  -- the current profiles table
    _owner text;
    _options text;       -- of the view
    _keys integer[];     -- the _pk of every identity, ascending; its place in here is the identity's number
    _roots integer[];    -- by number: another identity of the same cluster with a smaller number, or itself
    _one integer;
    _other integer;
BEGIN
    -- 1. Let no other run and no change of the warehouse go on at the same time.
    PERFORM pg_advisory_xact_lock(hashtextextended('krenalis:' || 'cdp', 0));
    SELECT mode INTO _mode FROM "cdp"."krenalis_workspace";
    IF _mode IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'identity resolution refused: the record of the workspace is missing',
            HINT = 'Apply the workspace with Terraform, which restores it, and call the procedure again.';
    ELSIF _mode <> 'Normal' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'identity resolution refused: the mode of the warehouse is ' || _mode,
            HINT = 'Apply the workspace with warehouse.mode = "Normal", and call the procedure again.';
    END IF;
    SELECT coalesce(max(version), 0) INTO _version FROM "cdp"."krenalis_profile_schema_versions";
    _profiles := format('%I.%I', 'cdp', 'krenalis_profiles_' || _version)::regclass;

    -- 2. Number the identities. Nobody may add or change one until the end; reading goes on.
    LOCK TABLE "cdp"."krenalis_identities" IN SHARE ROW EXCLUSIVE MODE;
    SELECT coalesce(array_agg("_pk" ORDER BY "_pk"), ARRAY[]::integer[]) INTO _keys FROM "cdp"."krenalis_identities";
    _roots := ARRAY(SELECT generate_series(1, cardinality(_keys)));
    RAISE DEBUG 'clustering % identities', cardinality(_keys);

    -- 3. Cluster them: go from both ends of each link to their roots, shortening the way, and join the roots.
    FOR _one, _other IN 
        WITH identity AS MATERIALIZED (
            SELECT row_number() OVER (ORDER BY "_pk")::integer AS "_number",
                   "_connection", "_identity_id", "_is_anonymous"
              FROM "cdp"."krenalis_identities"
        )
        -- the same user, or the same anonymous one, of one connection
        SELECT "_number", min("_number") OVER (PARTITION BY "_connection", "_identity_id", "_is_anonymous")
          FROM identity WHERE "_identity_id" IS NOT NULL
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
    RAISE DEBUG 'merging them into profiles';

    -- 4. Make the next profiles table like the current one, indexes included, for the same owner.
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', '"cdp"."krenalis_profiles_next"', _profiles);
    SELECT relowner::regrole::text INTO _owner FROM pg_class WHERE oid = _profiles;
    EXECUTE format('ALTER TABLE %s OWNER TO %s', '"cdp"."krenalis_profiles_next"', _owner);

    -- 5. Merge each cluster into a profile. The first of an array_agg is of the latest identity that has a value.
    --    A profile keeps the _kpid that its identities have, if they have one.
    INSERT INTO "cdp"."krenalis_profiles_next" ("_kpid", "_identities", "_updated_at", "email")
    SELECT coalesce(profile."_kpid", gen_random_uuid()),
           ARRAY(SELECT key FROM unnest(profile."_identities") AS member (key) ORDER BY key),
           profile."_updated_at",
           profile."email"
      FROM (
        SELECT CASE WHEN min("_kpid"::text) = max("_kpid"::text) THEN min("_kpid"::text)::uuid END AS "_kpid",
               array_agg("_pk") AS "_identities",
               max("_updated_at") AS "_updated_at",
               (array_agg("email") FILTER (WHERE "email" IS NOT NULL))[1] AS "email"
          FROM (
            SELECT identity.*, member."_root"
              FROM "cdp"."krenalis_identities" AS identity
              JOIN unnest(_keys, _roots) AS member ("_key", "_root") ON identity."_pk" = member."_key"
             ORDER BY member."_root", identity."_updated_at" DESC, identity."_pk" DESC
          ) AS identity
         GROUP BY "_root"
      ) AS profile;

    -- 6. When a profile was split, none of its parts keeps its _kpid.
    UPDATE "cdp"."krenalis_profiles_next" SET "_kpid" = gen_random_uuid()
     WHERE "_kpid" IN (SELECT "_kpid" FROM "cdp"."krenalis_profiles_next" GROUP BY "_kpid" HAVING count(*) > 1);
    RAISE DEBUG 'writing the profiles back to identities and events';

    -- 7. Write the clusters and profiles back to the identities.
    UPDATE "cdp"."krenalis_identities" AS identity SET "_cluster" = member."_root", "_kpid" = profile."_kpid"
      FROM unnest(_keys, _roots) AS member ("_key", "_root")
      JOIN (SELECT "_kpid", unnest("_identities") AS "_key" FROM "cdp"."krenalis_profiles_next") AS profile USING ("_key")
     WHERE identity."_pk" = "_key"
       AND (identity."_cluster", identity."_kpid") IS DISTINCT FROM (member."_root", profile."_kpid");

    -- 8. Write the profiles back to all events: by user, or by device when nobody had signed in. Where several
    --    identities fit, one that is not anonymous wins, then the latest.
    UPDATE "cdp"."krenalis_events" AS event SET "kpid" = found."kpid"
      FROM (
        SELECT event."message_id",
               CASE event."user_id" WHEN '' THEN device."_kpid" ELSE person."_kpid" END AS "kpid"
          FROM "cdp"."krenalis_events" AS event
          LEFT JOIN (
            SELECT DISTINCT ON ("_connection", "_identity_id") "_connection", "_identity_id", "_kpid"
              FROM "cdp"."krenalis_identities"
             ORDER BY "_connection", "_identity_id", "_is_anonymous", "_updated_at" DESC, "_pk" DESC
          ) AS person ON person."_connection" = event."connection_id"
                     AND person."_identity_id" = event."user_id"
          LEFT JOIN (
            SELECT DISTINCT ON ("_connection", "_anonymous_id") "_connection", "_anonymous_id", "_kpid"
              FROM "cdp"."krenalis_identities", unnest("_anonymous_ids") AS device ("_anonymous_id")
             ORDER BY "_connection", "_anonymous_id", "_is_anonymous", "_updated_at" DESC, "_pk" DESC
          ) AS device ON device."_connection" = event."connection_id"
                     AND device."_anonymous_id" = event."anonymous_id"
      ) AS found
     WHERE event."message_id" = found."message_id" AND event."kpid" IS DISTINCT FROM found."kpid";

    -- 9. Let the view show the new table. It keeps its owner, rights and comment, but not its options.
    SELECT string_agg(format('%I = %L', option_name, option_value), ', ') INTO _options
      FROM pg_class, pg_options_to_table(reloptions) WHERE oid = to_regclass('"cdp"."profiles"');
    CREATE OR REPLACE VIEW "cdp"."profiles" AS SELECT "_kpid", "_updated_at", "email" FROM "cdp"."krenalis_profiles_next";
    IF _options IS NOT NULL THEN
        EXECUTE format('ALTER VIEW %s SET (%s)', '"cdp"."profiles"', _options);
    END IF;

    -- 10. Replace the table, and note the version and the operation.
    EXECUTE format('DROP TABLE %s', _profiles);
    EXECUTE format('ALTER TABLE %s RENAME TO %I', '"cdp"."krenalis_profiles_next"', 'krenalis_profiles_' || _version + 1);
    INSERT INTO "cdp"."krenalis_profile_schema_versions" ("version", "operation", "timestamp")
    VALUES (_version + 1, _operation, clock_timestamp() AT TIME ZONE 'UTC');
    INSERT INTO "cdp"."krenalis_system_operations" ("id", "operation_type", "completed_at")
    VALUES (_operation, 'IdentityResolution', clock_timestamp() AT TIME ZONE 'UTC');
END$$;

-- Name: krenalis_identities; Type: TABLE
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

-- Name: krenalis_identities__cluster_seq; Type: SEQUENCE
ALTER TABLE cdp.krenalis_identities ALTER COLUMN _cluster ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME cdp.krenalis_identities__cluster_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: krenalis_identities__pk_seq; Type: SEQUENCE
ALTER TABLE cdp.krenalis_identities ALTER COLUMN _pk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME cdp.krenalis_identities__pk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: krenalis_profiles_0; Type: TABLE
CREATE TABLE cdp.krenalis_profiles_0 (
    _kpid uuid,
    _identities integer[],
    _updated_at timestamp without time zone NOT NULL,
    email character varying
);

-- Name: profiles; Type: VIEW
CREATE VIEW cdp.profiles AS
 SELECT krenalis_profiles_0._kpid,
    krenalis_profiles_0._updated_at,
    krenalis_profiles_0.email
   FROM cdp.krenalis_profiles_0;

-- Name: krenalis_identities krenalis_identities_pkey; Type: CONSTRAINT
ALTER TABLE ONLY cdp.krenalis_identities
    ADD CONSTRAINT krenalis_identities_pkey PRIMARY KEY (_pk);

-- Name: updated_atx; Type: INDEX
CREATE INDEX updated_atx ON cdp.krenalis_identities USING btree (_updated_at);

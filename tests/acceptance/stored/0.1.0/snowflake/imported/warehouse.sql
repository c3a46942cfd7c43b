--- make table KRENALIS_WORKSPACE
CREATE TABLE IF NOT EXISTS "@database@"."CDP"."KRENALIS_WORKSPACE" ("ID" VARCHAR NOT NULL, "NAME" VARCHAR NOT NULL, "MODE" VARCHAR NOT NULL, "PROFILE_SCHEMA" VARCHAR NOT NULL, "UI_PREFERENCES" VARCHAR NOT NULL, "IDENTIFIERS" VARCHAR NOT NULL, "PRIMARY_SOURCES" VARCHAR NOT NULL, "RESOLVE_IDENTITIES_ON_BATCH_IMPORT" BOOLEAN NOT NULL, "STATE" VARCHAR NOT NULL, "OWNER" VARCHAR, "HEARTBEAT" TIMESTAMP_LTZ, "PENDING" VARCHAR, "FORMAT_VERSION" INTEGER NOT NULL, "CREATED_AT" TIMESTAMP_LTZ NOT NULL, "UPDATED_AT" TIMESTAMP_LTZ NOT NULL, PRIMARY KEY ("ID"));

--- make table KRENALIS_DESTINATION_PROFILES
CREATE TABLE IF NOT EXISTS "@database@"."CDP"."KRENALIS_DESTINATION_PROFILES" ("_PIPELINE" VARCHAR NOT NULL, "_EXTERNAL_ID" VARCHAR NOT NULL DEFAULT '', "_OUT_MATCHING_VALUE" VARCHAR NOT NULL, PRIMARY KEY ("_PIPELINE", "_EXTERNAL_ID"));

--- make table KRENALIS_EVENTS
CREATE TABLE IF NOT EXISTS "@database@"."CDP"."KRENALIS_EVENTS" ("KPID" VARCHAR(36), "CONNECTION_ID" VARCHAR NOT NULL, "ANONYMOUS_ID" VARCHAR NOT NULL, "CHANNEL" VARCHAR, "CATEGORY" VARCHAR, "CONTEXT_APP_NAME" VARCHAR, "CONTEXT_APP_VERSION" VARCHAR, "CONTEXT_APP_BUILD" VARCHAR, "CONTEXT_APP_NAMESPACE" VARCHAR, "CONTEXT_BROWSER_NAME" VARCHAR, "CONTEXT_BROWSER_OTHER" VARCHAR, "CONTEXT_BROWSER_VERSION" VARCHAR, "CONTEXT_CAMPAIGN_NAME" VARCHAR, "CONTEXT_CAMPAIGN_SOURCE" VARCHAR, "CONTEXT_CAMPAIGN_MEDIUM" VARCHAR, "CONTEXT_CAMPAIGN_TERM" VARCHAR, "CONTEXT_CAMPAIGN_CONTENT" VARCHAR, "CONTEXT_CONSENTS" VARIANT, "CONTEXT_DEVICE_ID" VARCHAR, "CONTEXT_DEVICE_ADVERTISING_ID" VARCHAR, "CONTEXT_DEVICE_AD_TRACKING_ENABLED" BOOLEAN, "CONTEXT_DEVICE_MANUFACTURER" VARCHAR, "CONTEXT_DEVICE_MODEL" VARCHAR, "CONTEXT_DEVICE_NAME" VARCHAR, "CONTEXT_DEVICE_TYPE" VARCHAR, "CONTEXT_DEVICE_TOKEN" VARCHAR, "CONTEXT_IP" VARCHAR, "CONTEXT_LIBRARY_NAME" VARCHAR, "CONTEXT_LIBRARY_VERSION" VARCHAR, "CONTEXT_LOCALE" VARCHAR(5), "CONTEXT_LOCATION_CITY" VARCHAR, "CONTEXT_LOCATION_COUNTRY" VARCHAR, "CONTEXT_LOCATION_LATITUDE" FLOAT, "CONTEXT_LOCATION_LONGITUDE" FLOAT, "CONTEXT_LOCATION_SPEED" FLOAT, "CONTEXT_NETWORK_BLUETOOTH" BOOLEAN, "CONTEXT_NETWORK_CARRIER" VARCHAR, "CONTEXT_NETWORK_CELLULAR" BOOLEAN, "CONTEXT_NETWORK_WIFI" BOOLEAN, "CONTEXT_OS_NAME" VARCHAR, "CONTEXT_OS_OTHER" VARCHAR, "CONTEXT_OS_VERSION" VARCHAR, "CONTEXT_PAGE_PATH" VARCHAR, "CONTEXT_PAGE_REFERRER" VARCHAR, "CONTEXT_PAGE_SEARCH" VARCHAR, "CONTEXT_PAGE_TITLE" VARCHAR, "CONTEXT_PAGE_URL" VARCHAR, "CONTEXT_REFERRER_ID" VARCHAR, "CONTEXT_REFERRER_TYPE" VARCHAR, "CONTEXT_SCREEN_WIDTH" SMALLINT, "CONTEXT_SCREEN_HEIGHT" SMALLINT, "CONTEXT_SCREEN_DENSITY" NUMBER(3,2), "CONTEXT_SESSION_ID" BIGINT, "CONTEXT_SESSION_START" BOOLEAN, "CONTEXT_TIMEZONE" VARCHAR, "CONTEXT_USER_AGENT" VARCHAR, "EVENT" VARCHAR, "GROUP_ID" VARCHAR, "MESSAGE_ID" VARCHAR NOT NULL, "NAME" VARCHAR, "PROPERTIES" VARIANT, "RECEIVED_AT" TIMESTAMP_NTZ NOT NULL, "SENT_AT" TIMESTAMP_NTZ NOT NULL, "TIMESTAMP" TIMESTAMP_NTZ NOT NULL, "TRAITS" VARIANT NOT NULL, "TYPE" VARCHAR NOT NULL, "PREVIOUS_ID" VARCHAR, "USER_ID" VARCHAR, PRIMARY KEY ("MESSAGE_ID"));

--- make table KRENALIS_SYSTEM_OPERATIONS
CREATE TABLE IF NOT EXISTS "@database@"."CDP"."KRENALIS_SYSTEM_OPERATIONS" ("ID" VARCHAR NOT NULL, "OPERATION_TYPE" VARCHAR NOT NULL, "COMPLETED_AT" TIMESTAMP_NTZ, "ERROR" VARCHAR NOT NULL DEFAULT '', PRIMARY KEY ("ID"));

--- make table KRENALIS_PROFILE_SCHEMA_VERSIONS
CREATE TABLE IF NOT EXISTS "@database@"."CDP"."KRENALIS_PROFILE_SCHEMA_VERSIONS" ("VERSION" INTEGER NOT NULL, "OPERATION" VARCHAR NOT NULL, "TIMESTAMP" TIMESTAMP_NTZ NOT NULL, PRIMARY KEY ("VERSION"));

--- make table KRENALIS_IDENTITIES
CREATE TABLE IF NOT EXISTS "@database@"."CDP"."KRENALIS_IDENTITIES" ("_PK" INT NOT NULL AUTOINCREMENT START 0 INCREMENT 1 ORDER, "_PIPELINE" VARCHAR NOT NULL, "_IS_ANONYMOUS" BOOLEAN NOT NULL DEFAULT FALSE, "_IDENTITY_ID" VARCHAR NOT NULL, "_CONNECTION" VARCHAR NOT NULL, "_ANONYMOUS_IDS" ARRAY, "_UPDATED_AT" TIMESTAMP_NTZ NOT NULL, "_RUN" VARCHAR, "_KPID" VARCHAR(36), "_CLUSTER" INT AUTOINCREMENT START 0 INCREMENT 1 ORDER, "EMAIL" VARCHAR, PRIMARY KEY ("_PK"));

--- make table KRENALIS_PROFILES_0
CREATE TABLE IF NOT EXISTS "@database@"."CDP"."KRENALIS_PROFILES_0" ("_KPID" VARCHAR(36), "_IDENTITIES" ARRAY, "_UPDATED_AT" TIMESTAMP NOT NULL, "EMAIL" VARCHAR);

--- make view EVENTS
CREATE OR REPLACE VIEW "@database@"."CDP"."EVENTS" COPY GRANTS AS SELECT "KPID", "CONNECTION_ID", "ANONYMOUS_ID", "CHANNEL", "CATEGORY", "CONTEXT_APP_NAME", "CONTEXT_APP_VERSION", "CONTEXT_APP_BUILD", "CONTEXT_APP_NAMESPACE", "CONTEXT_BROWSER_NAME", "CONTEXT_BROWSER_OTHER", "CONTEXT_BROWSER_VERSION", "CONTEXT_CAMPAIGN_NAME", "CONTEXT_CAMPAIGN_SOURCE", "CONTEXT_CAMPAIGN_MEDIUM", "CONTEXT_CAMPAIGN_TERM", "CONTEXT_CAMPAIGN_CONTENT", "CONTEXT_CONSENTS", "CONTEXT_DEVICE_ID", "CONTEXT_DEVICE_ADVERTISING_ID", "CONTEXT_DEVICE_AD_TRACKING_ENABLED", "CONTEXT_DEVICE_MANUFACTURER", "CONTEXT_DEVICE_MODEL", "CONTEXT_DEVICE_NAME", "CONTEXT_DEVICE_TYPE", "CONTEXT_DEVICE_TOKEN", "CONTEXT_IP", "CONTEXT_LIBRARY_NAME", "CONTEXT_LIBRARY_VERSION", "CONTEXT_LOCALE", "CONTEXT_LOCATION_CITY", "CONTEXT_LOCATION_COUNTRY", "CONTEXT_LOCATION_LATITUDE", "CONTEXT_LOCATION_LONGITUDE", "CONTEXT_LOCATION_SPEED", "CONTEXT_NETWORK_BLUETOOTH", "CONTEXT_NETWORK_CARRIER", "CONTEXT_NETWORK_CELLULAR", "CONTEXT_NETWORK_WIFI", "CONTEXT_OS_NAME", "CONTEXT_OS_OTHER", "CONTEXT_OS_VERSION", "CONTEXT_PAGE_PATH", "CONTEXT_PAGE_REFERRER", "CONTEXT_PAGE_SEARCH", "CONTEXT_PAGE_TITLE", "CONTEXT_PAGE_URL", "CONTEXT_REFERRER_ID", "CONTEXT_REFERRER_TYPE", "CONTEXT_SCREEN_WIDTH", "CONTEXT_SCREEN_HEIGHT", "CONTEXT_SCREEN_DENSITY", "CONTEXT_SESSION_ID", "CONTEXT_SESSION_START", "CONTEXT_TIMEZONE", "CONTEXT_USER_AGENT", "EVENT", "GROUP_ID", "MESSAGE_ID", "NAME", "PROPERTIES", "RECEIVED_AT", "SENT_AT", "TIMESTAMP", "TRAITS", "TYPE", "PREVIOUS_ID", "USER_ID" FROM "@database@"."CDP"."KRENALIS_EVENTS";

--- make view PROFILES
CREATE OR REPLACE VIEW "@database@"."CDP"."PROFILES" COPY GRANTS AS SELECT "_KPID", "_UPDATED_AT", "EMAIL" FROM "@database@"."CDP"."KRENALIS_PROFILES_0";

--- make procedure RESOLVE_IDENTITIES
CREATE OR REPLACE PROCEDURE "@database@"."CDP"."RESOLVE_IDENTITIES"()
COPY GRANTS
RETURNS INTEGER
LANGUAGE SQL
EXECUTE AS OWNER
AS '
-- Made by Terraform, for the profile schema and the settings of this workspace; changes by hand get lost.
-- All of it happens, or nothing. It returns the number of profiles, and cannot be called within a transaction.
DECLARE
    record_missing EXCEPTION (-20001, ''identity resolution refused: the record of the workspace is missing. Apply the workspace with Terraform, which restores it, and call the procedure again.'');
    mode_not_normal EXCEPTION (-20002, ''identity resolution refused: the mode of the warehouse is not Normal. Apply the workspace with the mode Normal, and call the procedure again.'');
    unfinished EXCEPTION (-20003, ''identity resolution refused: a change of the warehouse is not finished. Apply the workspace with Terraform, which finishes it, and call the procedure again.'');
    record_mode VARCHAR;
    record_state VARCHAR;
    changed INTEGER;
    profiles INTEGER;
BEGIN
    -- 1. Make what this session alone sees, before the transaction, which a definition would end: for the identities as
    --    they are at one moment; for what links two of them; and for the cluster of each and its place by age. They are
    --    empty, so that a failure leaves no copy of anybody''s data to the session.
    CREATE OR REPLACE TEMPORARY TABLE "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" AS SELECT * FROM "@database@"."CDP"."KRENALIS_IDENTITIES" WHERE FALSE;
    CREATE OR REPLACE TEMPORARY TABLE "@database@"."CDP"."KRENALIS_RESOLUTION_LINKS" ("_KEY" INTEGER, "_OTHER" INTEGER);
    CREATE OR REPLACE TEMPORARY TABLE "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" ("_KEY" INTEGER, "_ROOT" INTEGER, "_AGE" INTEGER, "_PROFILE" VARCHAR(36));

    BEGIN
        BEGIN TRANSACTION;

        -- 2. Let no other run and no change of the warehouse go on at the same time: an update of the record waits
        --    for another''s, until that one commits.
        UPDATE "@database@"."CDP"."KRENALIS_WORKSPACE" SET "STATE" = "STATE";
        SELECT MAX("MODE"), MAX("STATE") INTO :record_mode, :record_state FROM "@database@"."CDP"."KRENALIS_WORKSPACE";
        IF (record_mode IS NULL) THEN
            RAISE record_missing;
        ELSEIF (record_mode <> ''Normal'') THEN
            RAISE mode_not_normal;
        ELSEIF (record_state <> ''ready'') THEN
            RAISE unfinished;
        END IF;

        -- 3. Take the identities as they are now. Those that come or change from here on wait for the next run.
        INSERT INTO "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" SELECT * FROM "@database@"."CDP"."KRENALIS_IDENTITIES";
        INSERT INTO "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" ("_KEY", "_ROOT", "_AGE")
        SELECT "_PK", "_PK", ROW_NUMBER() OVER (ORDER BY "_UPDATED_AT", "_PK") FROM "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT";
        INSERT INTO "@database@"."CDP"."KRENALIS_RESOLUTION_LINKS" ("_KEY", "_OTHER")
        -- the same user, or the same anonymous one, of one connection
        SELECT "_PK", MIN("_PK") OVER (PARTITION BY "_CONNECTION", "_IDENTITY_ID", "_IS_ANONYMOUS")
          FROM "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" WHERE "_IDENTITY_ID" IS NOT NULL;

        -- 4. Cluster them: each identity points to one of its cluster that is not greater, in the end the smallest.
        --    Where a link joins what points to two, let the greater of the two point to the smaller; then go half the way.
        REPEAT
            UPDATE "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" SET "_ROOT" = joined."_SMALLER"
              FROM (
                SELECT one."_ROOT" AS "_GREATER", MIN(other."_ROOT") AS "_SMALLER"
                  FROM (
                    SELECT "_KEY", "_OTHER" FROM "@database@"."CDP"."KRENALIS_RESOLUTION_LINKS"
                    UNION ALL
                    SELECT "_OTHER", "_KEY" FROM "@database@"."CDP"."KRENALIS_RESOLUTION_LINKS"
                  ) AS link
                  JOIN "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" AS one ON one."_KEY" = link."_KEY"
                  JOIN "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" AS other ON other."_KEY" = link."_OTHER"
                 WHERE other."_ROOT" < one."_ROOT"
                 GROUP BY one."_ROOT"
              ) AS joined
             WHERE "_KEY" = joined."_GREATER" AND "_ROOT" > joined."_SMALLER";
            changed := SQLROWCOUNT;
            UPDATE "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" SET "_ROOT" = next."_FURTHER"
              FROM (SELECT "_KEY" AS "_POINTED", "_ROOT" AS "_FURTHER" FROM "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS") AS next
             WHERE "_ROOT" = next."_POINTED" AND "_ROOT" <> next."_FURTHER";
            changed := changed + SQLROWCOUNT;
        UNTIL (changed = 0) END REPEAT;

        -- 5. Merge each cluster into a profile. It keeps the _KPID that its identities have, if they have one, and if
        --    no other profile has it too: when a profile was split, none of its parts keeps its _KPID.
        DELETE FROM "@database@"."CDP"."KRENALIS_PROFILES_0";
        INSERT INTO "@database@"."CDP"."KRENALIS_PROFILES_0" ("_KPID", "_IDENTITIES", "_UPDATED_AT", "EMAIL")
        SELECT IFF(profile."_KPID" IS NULL OR COUNT(*) OVER (PARTITION BY profile."_KPID") > 1, UUID_STRING(), profile."_KPID"),
               profile."_IDENTITIES", profile."_UPDATED_AT", profile."EMAIL"
          FROM (
            SELECT IFF(COUNT(DISTINCT identity."_KPID") = 1, MAX(identity."_KPID"), NULL) AS "_KPID",
                   ARRAY_AGG(identity."_PK") WITHIN GROUP (ORDER BY identity."_PK") AS "_IDENTITIES",
                   MAX(identity."_UPDATED_AT") AS "_UPDATED_AT",
                   MAX_BY(identity."EMAIL", IFF(identity."EMAIL" IS NULL, NULL, member."_AGE")) AS "EMAIL"
              FROM "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" AS identity
              JOIN "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" AS member ON member."_KEY" = identity."_PK"
             GROUP BY member."_ROOT"
          ) AS profile;
        profiles := SQLROWCOUNT;

        -- 6. Write the clusters and profiles back to the identities. A cluster is called by its smallest key, which is
        --    the first of its profile.
        UPDATE "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" SET "_PROFILE" = profile."_KPID"
          FROM "@database@"."CDP"."KRENALIS_PROFILES_0" AS profile
         WHERE "_ROOT" = profile."_IDENTITIES"[0]::INTEGER;
        UPDATE "@database@"."CDP"."KRENALIS_IDENTITIES" SET "_CLUSTER" = member."_ROOT", "_KPID" = member."_PROFILE"
          FROM "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" AS member
         WHERE "_PK" = member."_KEY"
           AND ("_CLUSTER" IS DISTINCT FROM member."_ROOT" OR "_KPID" IS DISTINCT FROM member."_PROFILE");

        -- 7. Write the profiles back to all events: by user, or by device when nobody had signed in. Where several
        --    identities fit, one that is not anonymous wins, then the latest.
        UPDATE "@database@"."CDP"."KRENALIS_EVENTS" SET "KPID" = found."_PROFILE"
          FROM (
            SELECT event."CONNECTION_ID" AS "_CONNECTION", event."USER_ID" AS "_USER", event."ANONYMOUS_ID" AS "_DEVICE",
                   IFF(event."USER_ID" = '''', device."_PROFILE", person."_PROFILE") AS "_PROFILE"
              FROM (SELECT DISTINCT "CONNECTION_ID", "USER_ID", "ANONYMOUS_ID" FROM "@database@"."CDP"."KRENALIS_EVENTS") AS event
              LEFT JOIN (
                SELECT identity."_CONNECTION", identity."_IDENTITY_ID", member."_PROFILE"
                  FROM "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" AS identity
                  JOIN "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" AS member ON member."_KEY" = identity."_PK"
               QUALIFY ROW_NUMBER() OVER (
                    PARTITION BY identity."_CONNECTION", identity."_IDENTITY_ID"
                        ORDER BY identity."_IS_ANONYMOUS", member."_AGE" DESC
                    ) = 1
              ) AS person ON person."_CONNECTION" = event."CONNECTION_ID" AND person."_IDENTITY_ID" = event."USER_ID"
              LEFT JOIN (
                SELECT identity."_CONNECTION", anonymous.VALUE::VARCHAR AS "_DEVICE", member."_PROFILE"
                  FROM "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" AS identity
                  JOIN "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" AS member ON member."_KEY" = identity."_PK",
                       LATERAL FLATTEN(INPUT => identity."_ANONYMOUS_IDS") AS anonymous
               QUALIFY ROW_NUMBER() OVER (
                    PARTITION BY identity."_CONNECTION", anonymous.VALUE::VARCHAR
                        ORDER BY identity."_IS_ANONYMOUS", member."_AGE" DESC
                    ) = 1
              ) AS device ON device."_CONNECTION" = event."CONNECTION_ID" AND device."_DEVICE" = event."ANONYMOUS_ID"
          ) AS found
         WHERE "CONNECTION_ID" = found."_CONNECTION" AND "USER_ID" IS NOT DISTINCT FROM found."_USER"
           AND "ANONYMOUS_ID" = found."_DEVICE" AND "KPID" IS DISTINCT FROM found."_PROFILE";

        -- 8. Note the operation.
        INSERT INTO "@database@"."CDP"."KRENALIS_SYSTEM_OPERATIONS" ("ID", "OPERATION_TYPE", "COMPLETED_AT")
        SELECT UUID_STRING(), ''IdentityResolution'', SYSDATE();
        COMMIT;
    EXCEPTION
        WHEN OTHER THEN
            ROLLBACK;
            RAISE;
    END;

    DROP TABLE "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT";
    DROP TABLE "@database@"."CDP"."KRENALIS_RESOLUTION_LINKS";
    DROP TABLE "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS";
    RETURN profiles;
END';

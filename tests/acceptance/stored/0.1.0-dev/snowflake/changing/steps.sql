--- drop NICKNAME in KRENALIS_IDENTITIES
ALTER TABLE "@database@"."CDP"."KRENALIS_IDENTITIES" DROP COLUMN IF EXISTS "NICKNAME";

--- rename EMAIL in KRENALIS_IDENTITIES
ALTER TABLE "@database@"."CDP"."KRENALIS_IDENTITIES" RENAME COLUMN "EMAIL" TO "CONTACT_EMAIL";

--- rename HANDLE in KRENALIS_IDENTITIES
ALTER TABLE "@database@"."CDP"."KRENALIS_IDENTITIES" RENAME COLUMN "HANDLE" TO "NICKNAME";

--- alter NAME in KRENALIS_IDENTITIES
ALTER TABLE "@database@"."CDP"."KRENALIS_IDENTITIES" ALTER COLUMN "NAME" SET DATA TYPE VARCHAR(80);

--- alter SCORE in KRENALIS_IDENTITIES
ALTER TABLE "@database@"."CDP"."KRENALIS_IDENTITIES" ALTER COLUMN "SCORE" SET DATA TYPE NUMBER(38,0);

--- drop BORN in KRENALIS_IDENTITIES
ALTER TABLE "@database@"."CDP"."KRENALIS_IDENTITIES" DROP COLUMN IF EXISTS "BORN";

--- add BORN in KRENALIS_IDENTITIES
ALTER TABLE "@database@"."CDP"."KRENALIS_IDENTITIES" ADD COLUMN IF NOT EXISTS "BORN" TIMESTAMP_NTZ(9);

--- add TIER in KRENALIS_IDENTITIES
ALTER TABLE "@database@"."CDP"."KRENALIS_IDENTITIES" ADD COLUMN IF NOT EXISTS "TIER" VARCHAR(20);

--- drop NICKNAME in KRENALIS_PROFILES_0
ALTER TABLE "@database@"."CDP"."KRENALIS_PROFILES_0" DROP COLUMN IF EXISTS "NICKNAME";

--- rename EMAIL in KRENALIS_PROFILES_0
ALTER TABLE "@database@"."CDP"."KRENALIS_PROFILES_0" RENAME COLUMN "EMAIL" TO "CONTACT_EMAIL";

--- rename HANDLE in KRENALIS_PROFILES_0
ALTER TABLE "@database@"."CDP"."KRENALIS_PROFILES_0" RENAME COLUMN "HANDLE" TO "NICKNAME";

--- alter NAME in KRENALIS_PROFILES_0
ALTER TABLE "@database@"."CDP"."KRENALIS_PROFILES_0" ALTER COLUMN "NAME" SET DATA TYPE VARCHAR(80);

--- alter SCORE in KRENALIS_PROFILES_0
ALTER TABLE "@database@"."CDP"."KRENALIS_PROFILES_0" ALTER COLUMN "SCORE" SET DATA TYPE NUMBER(38,0);

--- drop BORN in KRENALIS_PROFILES_0
ALTER TABLE "@database@"."CDP"."KRENALIS_PROFILES_0" DROP COLUMN IF EXISTS "BORN";

--- add BORN in KRENALIS_PROFILES_0
ALTER TABLE "@database@"."CDP"."KRENALIS_PROFILES_0" ADD COLUMN IF NOT EXISTS "BORN" TIMESTAMP_NTZ(9);

--- add TIER in KRENALIS_PROFILES_0
ALTER TABLE "@database@"."CDP"."KRENALIS_PROFILES_0" ADD COLUMN IF NOT EXISTS "TIER" VARCHAR(20);

--- make view PROFILES
CREATE OR REPLACE VIEW "@database@"."CDP"."PROFILES" COPY GRANTS AS SELECT "_KPID", "_UPDATED_AT", "CUSTOMER_ID", "TIER", "CONTACT_EMAIL", "NAME", "NICKNAME", "AGE", "SCORE", "SPENT", "BORN", "ACTIVE", "TAGS", "VISITS", "DEVICE", "EXTRA", "ADDRESS_STREET", "ADDRESS_PLACE_CITY", "ADDRESS_PLACE_LATITUDE" FROM "@database@"."CDP"."KRENALIS_PROFILES_0";

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
    -- 1. Make what this session alone sees, before the transaction, which a definition would end: the identities as
    --    they are at one moment; what links two of them; and for each its cluster and its place by age.
    CREATE OR REPLACE TEMPORARY TABLE "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" CLONE "@database@"."CDP"."KRENALIS_IDENTITIES";
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
        DELETE FROM "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT";
        INSERT INTO "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" SELECT * FROM "@database@"."CDP"."KRENALIS_IDENTITIES";
        INSERT INTO "@database@"."CDP"."KRENALIS_RESOLUTION_MEMBERS" ("_KEY", "_ROOT", "_AGE")
        SELECT "_PK", "_PK", ROW_NUMBER() OVER (ORDER BY "_UPDATED_AT", "_PK") FROM "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT";
        INSERT INTO "@database@"."CDP"."KRENALIS_RESOLUTION_LINKS" ("_KEY", "_OTHER")
        WITH identified AS (
            -- a row for each identity and each identifier that it has, with those it has of higher priority
            SELECT "_PK", 1 AS "_PRIORITY", "CONTACT_EMAIL"::VARCHAR AS "_VALUE", FALSE AS "_HAS_1"
              FROM "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" WHERE "CONTACT_EMAIL" IS NOT NULL
            UNION ALL
            SELECT "_PK", 2 AS "_PRIORITY", "CUSTOMER_ID"::VARCHAR AS "_VALUE", "CONTACT_EMAIL" IS NOT NULL AS "_HAS_1"
              FROM "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" WHERE "CUSTOMER_ID" IS NOT NULL
        ), held AS (
            -- the identities with one value and the same identifiers of higher priority are a class, called by the first
            SELECT *, MIN("_PK") OVER (PARTITION BY "_PRIORITY", "_VALUE", "_HAS_1") AS "_CLASS" FROM identified
        ), class AS (
            SELECT * FROM held WHERE "_PK" = "_CLASS"
        ), meeting AS (
            -- classes with one value, and no identifier of higher priority in both: it would decide; a class whose
            -- identities have none of these meets itself
            SELECT one."_PRIORITY", one."_CLASS", other."_CLASS" AS "_MET"
              FROM class AS one
              JOIN class AS other ON other."_PRIORITY" = one."_PRIORITY" AND other."_VALUE" = one."_VALUE"
               AND NOT (one."_HAS_1" AND other."_HAS_1")
        )
        -- the same user, or the same anonymous one, of one connection
        SELECT "_PK", MIN("_PK") OVER (PARTITION BY "_CONNECTION", "_IDENTITY_ID", "_IS_ANONYMOUS")
          FROM "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" WHERE "_IDENTITY_ID" IS NOT NULL
        UNION ALL
        SELECT "_CLASS", "_MET" FROM meeting WHERE "_CLASS" < "_MET"
        UNION ALL
        -- the identities of a class that meets another are one person through it
        SELECT "_PK", "_CLASS" FROM held
         WHERE "_PK" > "_CLASS" AND ("_PRIORITY", "_CLASS") IN (SELECT "_PRIORITY", "_CLASS" FROM meeting);

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
        INSERT INTO "@database@"."CDP"."KRENALIS_PROFILES_0" ("_KPID", "_IDENTITIES", "_UPDATED_AT", "CUSTOMER_ID", "TIER", "CONTACT_EMAIL", "NAME", "NICKNAME", "AGE", "SCORE", "SPENT", "BORN", "ACTIVE", "TAGS", "VISITS", "DEVICE", "EXTRA", "ADDRESS_STREET", "ADDRESS_PLACE_CITY", "ADDRESS_PLACE_LATITUDE")
        SELECT IFF(profile."_KPID" IS NULL OR COUNT(*) OVER (PARTITION BY profile."_KPID") > 1, UUID_STRING(), profile."_KPID"),
               profile."_IDENTITIES", profile."_UPDATED_AT", profile."CUSTOMER_ID", profile."TIER", profile."CONTACT_EMAIL", profile."NAME", profile."NICKNAME", profile."AGE", profile."SCORE", profile."SPENT", profile."BORN", profile."ACTIVE", profile."TAGS", profile."VISITS", profile."DEVICE", profile."EXTRA", profile."ADDRESS_STREET", profile."ADDRESS_PLACE_CITY", profile."ADDRESS_PLACE_LATITUDE"
          FROM (
            SELECT IFF(COUNT(DISTINCT identity."_KPID") = 1, MAX(identity."_KPID"), NULL) AS "_KPID",
                   ARRAY_AGG(identity."_PK") WITHIN GROUP (ORDER BY identity."_PK") AS "_IDENTITIES",
                   MAX(identity."_UPDATED_AT") AS "_UPDATED_AT",
                   MAX_BY(identity."CUSTOMER_ID", IFF(identity."CUSTOMER_ID" IS NULL, NULL, member."_AGE")) AS "CUSTOMER_ID",
                   MAX_BY(identity."TIER", IFF(identity."TIER" IS NULL, NULL, member."_AGE")) AS "TIER",
                   COALESCE(
                       MAX_BY(identity."CONTACT_EMAIL", IFF(identity."CONTACT_EMAIL" IS NULL OR identity."_CONNECTION" <> ''34'', NULL, member."_AGE")),
                       MAX_BY(identity."CONTACT_EMAIL", IFF(identity."CONTACT_EMAIL" IS NULL, NULL, member."_AGE"))
                   ) AS "CONTACT_EMAIL",
                   MAX_BY(identity."NAME", IFF(identity."NAME" IS NULL, NULL, member."_AGE")) AS "NAME",
                   MAX_BY(identity."NICKNAME", IFF(identity."NICKNAME" IS NULL, NULL, member."_AGE")) AS "NICKNAME",
                   MAX_BY(identity."AGE", IFF(identity."AGE" IS NULL, NULL, member."_AGE")) AS "AGE",
                   MAX_BY(identity."SCORE", IFF(identity."SCORE" IS NULL, NULL, member."_AGE")) AS "SCORE",
                   MAX_BY(identity."SPENT", IFF(identity."SPENT" IS NULL, NULL, member."_AGE")) AS "SPENT",
                   MAX_BY(identity."BORN", IFF(identity."BORN" IS NULL, NULL, member."_AGE")) AS "BORN",
                   MAX_BY(identity."ACTIVE", IFF(identity."ACTIVE" IS NULL, NULL, member."_AGE")) AS "ACTIVE",
                   IFF(COUNT(identity."TAGS") = 0, NULL, ARRAY_SORT(ARRAY_DISTINCT(ARRAY_FLATTEN(ARRAY_AGG(identity."TAGS"))))) AS "TAGS",
                   MAX_BY(identity."VISITS", IFF(identity."VISITS" IS NULL, NULL, member."_AGE")) AS "VISITS",
                   MAX_BY(identity."DEVICE", IFF(identity."DEVICE" IS NULL, NULL, member."_AGE")) AS "DEVICE",
                   MAX_BY(identity."EXTRA", IFF(identity."EXTRA" IS NULL, NULL, member."_AGE")) AS "EXTRA",
                   MAX_BY(identity."ADDRESS_STREET", IFF(identity."ADDRESS_STREET" IS NULL, NULL, member."_AGE")) AS "ADDRESS_STREET",
                   MAX_BY(identity."ADDRESS_PLACE_CITY", IFF(identity."ADDRESS_PLACE_CITY" IS NULL, NULL, member."_AGE")) AS "ADDRESS_PLACE_CITY",
                   MAX_BY(identity."ADDRESS_PLACE_LATITUDE", IFF(identity."ADDRESS_PLACE_LATITUDE" IS NULL, NULL, member."_AGE")) AS "ADDRESS_PLACE_LATITUDE"
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

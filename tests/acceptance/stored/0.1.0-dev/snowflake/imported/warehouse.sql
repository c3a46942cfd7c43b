--- make table KRENALIS_IDENTITIES
CREATE TABLE IF NOT EXISTS "@database@"."CDP"."KRENALIS_IDENTITIES" ("_PK" INT NOT NULL AUTOINCREMENT START 0 INCREMENT 1 ORDER, "_PIPELINE" VARCHAR NOT NULL, "_IS_ANONYMOUS" BOOLEAN NOT NULL DEFAULT FALSE, "_IDENTITY_ID" VARCHAR NOT NULL, "_CONNECTION" VARCHAR NOT NULL, "_ANONYMOUS_IDS" ARRAY, "_UPDATED_AT" TIMESTAMP_NTZ NOT NULL, "_RUN" VARCHAR, "_KPID" VARCHAR(36), "_CLUSTER" INT AUTOINCREMENT START 0 INCREMENT 1 ORDER, "EMAIL" VARCHAR, PRIMARY KEY ("_PK"));

--- make table KRENALIS_PROFILES_0
CREATE TABLE IF NOT EXISTS "@database@"."CDP"."KRENALIS_PROFILES_0" ("_KPID" VARCHAR(36), "_IDENTITIES" ARRAY, "_UPDATED_AT" TIMESTAMP NOT NULL, "EMAIL" VARCHAR);

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
            SELECT "_PK", 1 AS "_PRIORITY", "EMAIL"::VARCHAR AS "_VALUE"
              FROM "@database@"."CDP"."KRENALIS_RESOLUTION_SNAPSHOT" WHERE "EMAIL" IS NOT NULL
        ), held AS (
            -- the identities with one value and the same identifiers of higher priority are a class, called by the first
            SELECT *, MIN("_PK") OVER (PARTITION BY "_PRIORITY", "_VALUE") AS "_CLASS" FROM identified
        ), class AS (
            SELECT * FROM held WHERE "_PK" = "_CLASS"
        ), meeting AS (
            -- classes with one value, and no identifier of higher priority in both: it would decide; a class whose
            -- identities have none of these meets itself
            SELECT one."_PRIORITY", one."_CLASS", other."_CLASS" AS "_MET"
              FROM class AS one
              JOIN class AS other ON other."_PRIORITY" = one."_PRIORITY" AND other."_VALUE" = one."_VALUE"
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
        INSERT INTO "@database@"."CDP"."KRENALIS_PROFILES_0" ("_KPID", "_IDENTITIES", "_UPDATED_AT", "EMAIL")
        SELECT IFF(profile."_KPID" IS NULL OR COUNT(*) OVER (PARTITION BY profile."_KPID") > 1, UUID_STRING(), profile."_KPID"),
               profile."_IDENTITIES", profile."_UPDATED_AT", profile."EMAIL"
          FROM (
            SELECT IFF(COUNT(DISTINCT identity."_KPID") = 1, MAX(identity."_KPID"), NULL) AS "_KPID",
                   ARRAY_AGG(identity."_PK") WITHIN GROUP (ORDER BY identity."_PK") AS "_IDENTITIES",
                   MAX(identity."_UPDATED_AT") AS "_UPDATED_AT",
                   COALESCE(
                       MAX_BY(identity."EMAIL", IFF(identity."EMAIL" IS NULL OR identity."_CONNECTION" <> ''7'', NULL, member."_AGE")),
                       MAX_BY(identity."EMAIL", IFF(identity."EMAIL" IS NULL, NULL, member."_AGE"))
                   ) AS "EMAIL"
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

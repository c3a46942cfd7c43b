"""The text of `RESOLVE_IDENTITIES()`, with gaps in braces that `identity_resolution` fills.

Columns made up here start with an underscore, as no profile column does; columns of tables that have profile
columns are qualified where an alias might be called the same. The source of each construct is listed with the
golden files of the tests.
"""

from typing import Final

# With the rights of its owner, so that whoever may call it needs no right on the tables, and nothing of the caller's
# session counts; the right to call it outlives a replacement.
CREATE: Final = """\
CREATE OR REPLACE PROCEDURE {name}()
COPY GRANTS
RETURNS INTEGER
LANGUAGE SQL
EXECUTE AS OWNER
AS {body}"""

BODY: Final = """
-- Made by Terraform, for the profile schema and the settings of this workspace; changes by hand get lost.
-- All of it happens, or nothing. It returns the number of profiles, and cannot be called within a transaction.
DECLARE
    record_missing EXCEPTION (-20001, 'identity resolution refused: the record of the workspace is missing. Apply the workspace with Terraform, which restores it, and call the procedure again.');
    mode_not_normal EXCEPTION (-20002, 'identity resolution refused: the mode of the warehouse is not Normal. Apply the workspace with the mode Normal, and call the procedure again.');
    unfinished EXCEPTION (-20003, 'identity resolution refused: a change of the warehouse is not finished. Apply the workspace with Terraform, which finishes it, and call the procedure again.');
    record_mode VARCHAR;
    record_state VARCHAR;
    changed INTEGER;
    profiles INTEGER;
BEGIN
    -- 1. Make what this session alone sees, before the transaction, which a definition would end: for the identities as
    --    they are at one moment; for what links two of them; and for the cluster of each and its place by age. They are
    --    empty, so that a failure leaves no copy of anybody's data to the session.
    CREATE OR REPLACE TEMPORARY TABLE {snapshot} AS SELECT * FROM {identities} WHERE FALSE;
    CREATE OR REPLACE TEMPORARY TABLE {links} ("_KEY" INTEGER, "_OTHER" INTEGER);
    CREATE OR REPLACE TEMPORARY TABLE {members} ("_KEY" INTEGER, "_ROOT" INTEGER, "_AGE" INTEGER, "_PROFILE" VARCHAR(36));

    BEGIN
        BEGIN TRANSACTION;

        -- 2. Let no other run and no change of the warehouse go on at the same time: an update of the record waits
        --    for another's, until that one commits.
        UPDATE {record} SET "STATE" = "STATE";
        SELECT MAX("MODE"), MAX("STATE") INTO :record_mode, :record_state FROM {record};
        IF (record_mode IS NULL) THEN
            RAISE record_missing;
        ELSEIF (record_mode <> 'Normal') THEN
            RAISE mode_not_normal;
        ELSEIF (record_state <> 'ready') THEN
            RAISE unfinished;
        END IF;

        -- 3. Take the identities as they are now. Those that come or change from here on wait for the next run.
        INSERT INTO {snapshot} SELECT * FROM {identities};
        INSERT INTO {members} ("_KEY", "_ROOT", "_AGE")
        SELECT "_PK", "_PK", ROW_NUMBER() OVER (ORDER BY "_UPDATED_AT", "_PK") FROM {snapshot};
        INSERT INTO {links} ("_KEY", "_OTHER"){link};

        -- 4. Cluster them: each identity points to one of its cluster that is not greater, in the end the smallest.
        --    Where a link joins what points to two, let the greater of the two point to the smaller; then go half the way.
        REPEAT
            UPDATE {members} SET "_ROOT" = joined."_SMALLER"
              FROM (
                SELECT one."_ROOT" AS "_GREATER", MIN(other."_ROOT") AS "_SMALLER"
                  FROM (
                    SELECT "_KEY", "_OTHER" FROM {links}
                    UNION ALL
                    SELECT "_OTHER", "_KEY" FROM {links}
                  ) AS link
                  JOIN {members} AS one ON one."_KEY" = link."_KEY"
                  JOIN {members} AS other ON other."_KEY" = link."_OTHER"
                 WHERE other."_ROOT" < one."_ROOT"
                 GROUP BY one."_ROOT"
              ) AS joined
             WHERE "_KEY" = joined."_GREATER" AND "_ROOT" > joined."_SMALLER";
            changed := SQLROWCOUNT;
            UPDATE {members} SET "_ROOT" = next."_FURTHER"
              FROM (SELECT "_KEY" AS "_POINTED", "_ROOT" AS "_FURTHER" FROM {members}) AS next
             WHERE "_ROOT" = next."_POINTED" AND "_ROOT" <> next."_FURTHER";
            changed := changed + SQLROWCOUNT;
        UNTIL (changed = 0) END REPEAT;

        -- 5. Merge each cluster into a profile. It keeps the _KPID that its identities have, if they have one, and if
        --    no other profile has it too: when a profile was split, none of its parts keeps its _KPID.
        DELETE FROM {profiles};
        INSERT INTO {profiles} ("_KPID", "_IDENTITIES", "_UPDATED_AT"{names})
        SELECT IFF(profile."_KPID" IS NULL OR COUNT(*) OVER (PARTITION BY profile."_KPID") > 1, UUID_STRING(), profile."_KPID"),
               profile."_IDENTITIES", profile."_UPDATED_AT"{merged}
          FROM (
            SELECT IFF(COUNT(DISTINCT identity."_KPID") = 1, MAX(identity."_KPID"), NULL) AS "_KPID",
                   ARRAY_AGG(identity."_PK") WITHIN GROUP (ORDER BY identity."_PK") AS "_IDENTITIES",
                   MAX(identity."_UPDATED_AT") AS "_UPDATED_AT"{values}
              FROM {snapshot} AS identity
              JOIN {members} AS member ON member."_KEY" = identity."_PK"
             GROUP BY member."_ROOT"
          ) AS profile;
        profiles := SQLROWCOUNT;

        -- 6. Write the clusters and profiles back to the identities. A cluster is called by its smallest key, which is
        --    the first of its profile.
        UPDATE {members} SET "_PROFILE" = profile."_KPID"
          FROM {profiles} AS profile
         WHERE "_ROOT" = profile."_IDENTITIES"[0]::INTEGER;
        UPDATE {identities} SET "_CLUSTER" = member."_ROOT", "_KPID" = member."_PROFILE"
          FROM {members} AS member
         WHERE "_PK" = member."_KEY"
           AND ("_CLUSTER" IS DISTINCT FROM member."_ROOT" OR "_KPID" IS DISTINCT FROM member."_PROFILE");

        -- 7. Write the profiles back to all events: by user, or by device when nobody had signed in. Where several
        --    identities fit, one that is not anonymous wins, then the latest.
        UPDATE {events} SET "KPID" = found."_PROFILE"
          FROM (
            SELECT event."CONNECTION_ID" AS "_CONNECTION", event."USER_ID" AS "_USER", event."ANONYMOUS_ID" AS "_DEVICE",
                   IFF(event."USER_ID" = '', device."_PROFILE", person."_PROFILE") AS "_PROFILE"
              FROM (SELECT DISTINCT "CONNECTION_ID", "USER_ID", "ANONYMOUS_ID" FROM {events}) AS event
              LEFT JOIN (
                SELECT identity."_CONNECTION", identity."_IDENTITY_ID", member."_PROFILE"
                  FROM {snapshot} AS identity
                  JOIN {members} AS member ON member."_KEY" = identity."_PK"
               QUALIFY ROW_NUMBER() OVER (
                    PARTITION BY identity."_CONNECTION", identity."_IDENTITY_ID"
                        ORDER BY identity."_IS_ANONYMOUS", member."_AGE" DESC
                    ) = 1
              ) AS person ON person."_CONNECTION" = event."CONNECTION_ID" AND person."_IDENTITY_ID" = event."USER_ID"
              LEFT JOIN (
                SELECT identity."_CONNECTION", anonymous.VALUE::VARCHAR AS "_DEVICE", member."_PROFILE"
                  FROM {snapshot} AS identity
                  JOIN {members} AS member ON member."_KEY" = identity."_PK",
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
        INSERT INTO {operations} ("ID", "OPERATION_TYPE", "COMPLETED_AT")
        SELECT UUID_STRING(), 'IdentityResolution', SYSDATE();
        COMMIT;
    EXCEPTION
        WHEN OTHER THEN
            ROLLBACK;
            RAISE;
    END;

    DROP TABLE {snapshot};
    DROP TABLE {links};
    DROP TABLE {members};
    RETURN profiles;
END"""

SAME_USER: Final = """
        {classes}-- the same user, or the same anonymous one, of one connection
        SELECT "_PK", MIN("_PK") OVER (PARTITION BY "_CONNECTION", "_IDENTITY_ID", "_IS_ANONYMOUS")
          FROM {snapshot} WHERE "_IDENTITY_ID" IS NOT NULL{meetings}"""

CLASSES: Final = """WITH identified AS (
            -- a row for each identity and each identifier that it has, with those it has of higher priority
            {held}
        ), held AS (
            -- the identities with one value and the same identifiers of higher priority are a class, called by the first
            SELECT *, MIN("_PK") OVER (PARTITION BY "_PRIORITY", "_VALUE"{higher}) AS "_CLASS" FROM identified
        ), class AS (
            SELECT * FROM held WHERE "_PK" = "_CLASS"
        ), meeting AS (
            -- classes with one value, and no identifier of higher priority in both: it would decide; a class whose
            -- identities have none of these meets itself
            SELECT one."_PRIORITY", one."_CLASS", other."_CLASS" AS "_MET"
              FROM class AS one
              JOIN class AS other ON other."_PRIORITY" = one."_PRIORITY" AND other."_VALUE" = one."_VALUE"{apart}
        )
        """
HELD: Final = """SELECT "_PK", {priority} AS "_PRIORITY", {name}::VARCHAR AS "_VALUE"{higher}
              FROM {snapshot} WHERE {name} IS NOT NULL"""
UNION: Final = """
            UNION ALL
            """
HIGHER: Final = """, {held} AS "_HAS_{priority}\""""
APART: Final = """
               AND NOT (one."_HAS_{priority}" AND other."_HAS_{priority}")"""
MEETINGS: Final = """
        UNION ALL
        SELECT "_CLASS", "_MET" FROM meeting WHERE "_CLASS" < "_MET"
        UNION ALL
        -- the identities of a class that meets another are one person through it
        SELECT "_PK", "_CLASS" FROM held
         WHERE "_PK" > "_CLASS" AND ("_PRIORITY", "_CLASS") IN (SELECT "_PRIORITY", "_CLASS" FROM meeting)"""

LATEST: Final = """,
                   MAX_BY(identity.{name}, IFF(identity.{name} IS NULL, NULL, member."_AGE")) AS {name}"""
LATEST_OF_PRIMARY_SOURCE: Final = """,
                   COALESCE(
                       MAX_BY(identity.{name}, IFF(identity.{name} IS NULL OR identity."_CONNECTION" <> {source}, NULL, member."_AGE")),
                       MAX_BY(identity.{name}, IFF(identity.{name} IS NULL, NULL, member."_AGE"))
                   ) AS {name}"""
# ARRAY_AGG of nothing but nulls is an empty array
LISTS: Final = """,
                   IFF(COUNT(identity.{name}) = 0, NULL, ARRAY_SORT(ARRAY_DISTINCT(ARRAY_FLATTEN(ARRAY_AGG(identity.{name}))))) AS {name}"""

"""The text of `resolve_identities()`, with gaps in braces that `identity_resolution` fills.

Variables and names made up here start with an underscore, as no profile column does.
"""

from typing import Final

BODY: Final = """
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
    PERFORM pg_advisory_xact_lock(hashtextextended('krenalis:' || {schema}, 0));

    -- 2. Find the table with the profiles: the one that the view reads, if a version has its number; else the table of
    --    the last version. Others with such names are somebody's backups, or what a failed run of a server left.
    SELECT found.oid, CASE found.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || found.oid::regclass,
           found.relowner::regrole, pg_has_role(found.relowner, 'USAGE')
      INTO _profiles, _written, _owner, _is_owner
      FROM pg_class AS found
      JOIN pg_namespace AS schema ON schema.oid = found.relnamespace AND schema.nspname = {schema}
     CROSS JOIN (
        SELECT coalesce(max(version), 0) AS last, array_agg(version) || 0 AS numbers FROM {versions}
     ) AS recorded
      LEFT JOIN (
        SELECT min(read.refobjid) AS oid
          FROM pg_rewrite AS rule
          JOIN pg_depend AS read ON read.classid = 'pg_rewrite'::regclass AND read.objid = rule.oid
                                AND read.refclassid = 'pg_class'::regclass AND read.refobjid <> rule.ev_class
         WHERE rule.ev_class = to_regclass({view_name}) AND rule.rulename = '_RETURN'
        HAVING count(DISTINCT read.refobjid) = 1
     ) AS viewed ON viewed.oid = found.oid
     WHERE found.relkind IN ('r', 'p')
       AND (found.relname = {prefix} || recorded.last
            OR viewed.oid IS NOT NULL AND found.relname ~ ('^' || {prefix} || '(0|[1-9][0-9]*)$'))
     ORDER BY viewed.oid IS NULL OR found.relname <> ALL (SELECT {prefix} || unnest(recorded.numbers)),
              found.relname <> {prefix} || recorded.last
     LIMIT 1;

    -- 3. Refuse what would fail later, and what would see or write only a part of the rows.
    SELECT mode INTO _mode FROM {record};
    SELECT string_agg(relation.oid::regclass::text, ', ') INTO _hidden
      FROM pg_class AS relation
     WHERE relation.oid IN ({identities_name}::regclass, {events_name}::regclass, _profiles)
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
    LOCK TABLE {identities} IN SHARE ROW EXCLUSIVE MODE;
    _keys := ARRAY(SELECT "_pk" FROM {identities} ORDER BY "_pk");
    _roots := ARRAY(SELECT generate_series(1, cardinality(_keys)));
    RAISE DEBUG 'clustering % identities', cardinality(_keys);

    -- 5. Cluster them: go from both ends of each link to their roots, shortening the way, and join the roots.
    FOR _one, _other IN {links}
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
               OR {width} < (
        SELECT count(*) FROM pg_attribute WHERE attrelid = _profiles AND attnum > 0 AND NOT attisdropped);
    _lacks_view := to_regclass({view_name}) IS NULL;

    -- 7. From here on functions of others may run, as triggers: under the caller's settings. Where the procedure has the
    --    rights of its owner, a caller must not decide which functions these find.
    LOCK TABLE {events} IN ROW EXCLUSIVE MODE;
    PERFORM FROM {events} LIMIT 0;  -- an error, if a policy has come to hide rows
    PERFORM set_config('row_security', _row_security, true);
    PERFORM set_config('search_path', _path, true) FROM pg_proc AS this
      WHERE this.oid = {name}::regprocedure
        AND (NOT this.prosecdef OR EXISTS (
            SELECT FROM unnest(this.proconfig) AS said WHERE starts_with(said, 'search_path=')));
    RAISE DEBUG 'writing the clusters to identities and events';

    -- 8. Write the cluster and the profile of each identity to it. A profile keeps the _kpid that its identities have,
    --    if they have one, and if no other profile has it too: when one was split, none of its parts keeps its _kpid.
    WITH member AS MATERIALIZED (
        -- the arrays as subqueries: evaluated once, and in no plan that somebody logs
        SELECT "_pk", "_cluster", "_kpid",
               (SELECT _roots)[pg_catalog.width_bucket("_pk", (SELECT _keys))] AS "_root"
          FROM {identities}
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
    UPDATE {identities} AS identity SET "_cluster" = changed."_root", "_kpid" = changed."_kpid"
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
    UPDATE {events} AS event SET "kpid" = changed."kpid"
      FROM (
        SELECT found."message_id", found."kpid"
          FROM (
            SELECT event.ctid AS "place", event."message_id", event."kpid" AS "before",
                   CASE WHEN event."user_id" OPERATOR(pg_catalog.=) '' THEN device."_kpid" ELSE person."_kpid" END AS "kpid"
              FROM {events} AS event
              LEFT JOIN (
                -- those of one user and one anonymity are one profile already
                SELECT DISTINCT ON ("_identity_id", "_connection") "_identity_id", "_connection", "_kpid"
                  FROM {identities}
                 ORDER BY "_identity_id", "_connection", "_is_anonymous"
              ) AS person ON person."_connection" OPERATOR(pg_catalog.=) event."connection_id"
                         AND person."_identity_id" OPERATOR(pg_catalog.=) event."user_id"
              LEFT JOIN (
                SELECT DISTINCT ON ("_connection", "_anonymous_id") "_connection", "_anonymous_id", "_kpid"
                  FROM {identities}, pg_catalog.unnest("_anonymous_ids") AS device ("_anonymous_id")
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
        _written, {identities_name});
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
                   END AS "_identities"{values}
              FROM (
                SELECT "_kpid", pg_catalog.array_agg("_pk") AS "_identities",
                       pg_catalog.max("_updated_at") AS "_updated_at"{candidates}
                  FROM (
                    -- the first of an array_agg is of the latest identity that has a value
                    SELECT * FROM $merge$, {identities_name}, $merge$ ORDER BY "_kpid", "_updated_at" DESC, "_pk" DESC
                  ) AS identity
                 GROUP BY "_kpid"
              ) AS merged
          ) AS person
          LEFT JOIN $merge$, _written, $merge$ AS profile ON profile."_kpid" OPERATOR(pg_catalog.=) person."_kpid"
         WHERE profile."_kpid" IS NULL
            OR NOT coalesce(profile."_identities" OPERATOR(pg_catalog.=) person."_identities", false)
            OR NOT coalesce(profile."_updated_at" OPERATOR(pg_catalog.=) person."_updated_at", false){differs}
      ) AS person ON profile."_kpid" OPERATOR(pg_catalog.=) person."_kpid"
      WHEN MATCHED
        THEN UPDATE SET "_identities" = person."_identities", "_updated_at" = person."_updated_at"{changes}
      WHEN NOT MATCHED
        THEN INSERT ("_kpid", "_identities", "_updated_at"{names})
             VALUES (person."_kpid", person."_identities", person."_updated_at"{inserted})
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
        EXECUTE pg_catalog.concat('CREATE VIEW ', {view_name}, ' AS SELECT "_kpid", "_updated_at"{names} FROM ', _profiles);
        EXECUTE pg_catalog.format('ALTER VIEW %s OWNER TO %s', {view_name}, _owner);
    END IF;
    INSERT INTO {operations} ("id", "operation_type", "completed_at")
    VALUES (pg_catalog.gen_random_uuid(), 'IdentityResolution', pg_catalog.clock_timestamp() AT TIME ZONE 'UTC');
    PERFORM pg_catalog.set_config('search_path', _path, true), pg_catalog.set_config('row_security', _row_security, true);
END"""

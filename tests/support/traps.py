"""A schema in which everything is called as something of PostgreSQL's own, and raises an exception or tells nothing when it is used."""

from typing import Final, LiteralString

from tests.support.postgresql import Database

SCHEMA: Final = "traps"
"""To be put before ``pg_catalog`` in a search path."""


def set_traps(database: Database) -> None:
    """Make the schema: functions and operators, relations, and types."""
    with database.connect() as connection:
        for statement in _TRAPS:
            connection.execute(statement)


# What PostgreSQL lets nobody make, such as functions of internal types, is left out. Types are listed, because functions are
# made of the others. An operator for character varying fits better than PostgreSQL's own, which is one for text.
_TRAPS: Final[tuple[LiteralString, ...]] = (
    "CREATE SCHEMA traps",
    "GRANT USAGE ON SCHEMA traps TO PUBLIC",
    """
    DO $do$
    DECLARE
        found record;
        number int := 0;
        function text := 'CREATE FUNCTION traps.%I(%s) RETURNS %s LANGUAGE plpgsql AS $f$BEGIN RAISE EXCEPTION ''trap''; END$f$';
    BEGIN
        FOR found IN
            SELECT proname, pg_get_function_identity_arguments(oid) AS arguments, pg_get_function_result(oid) AS result
              FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind IN ('f', 'a', 'w')
            UNION ALL
            SELECT name, 'VARIADIC text[]', 'text' FROM unnest(ARRAY['concat', 'format', 'concat_ws']) AS name
        LOOP
            BEGIN
                EXECUTE format(function, found.proname, found.arguments, found.result);
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
        END LOOP;
        FOR found IN
            SELECT oprname, oprleft::regtype AS l, oprright::regtype AS r, oprresult::regtype AS result
              FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprleft <> 0 AND oprresult <> 0
            UNION ALL
            SELECT name, 'varchar'::regtype, type, 'boolean'::regtype
              FROM unnest(ARRAY['=', '<>', '~', '!~*']) AS name, unnest(ARRAY['varchar', 'text']::regtype[]) AS type
        LOOP
            number := number + 1;
            EXECUTE format(function, 'operator' || number, concat_ws(', ', found.l, found.r), found.result);
            EXECUTE format('CREATE OPERATOR traps.%s (FUNCTION = traps.%I, LEFTARG = %s, RIGHTARG = %s)',
                           found.oprname, 'operator' || number, found.l, found.r);
        END LOOP;
        FOR found IN
            SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')
        LOOP
            EXECUTE format('CREATE VIEW traps.%I AS SELECT false AS oid', found.relname);
            EXECUTE format('GRANT SELECT ON traps.%I TO PUBLIC', found.relname);
        END LOOP;
        FOR found IN SELECT unnest(ARRAY['text', 'uuid', 'date', 'inet', 'json', 'jsonb', 'int4', 'name', 'regclass',
                                         'regprocedure', 'timestamptz', 'record']) AS name LOOP
            EXECUTE format('CREATE DOMAIN traps.%I AS pg_catalog.bool', found.name);
        END LOOP;
    END $do$
    """,
)

"""Profile columns in PostgreSQL: each type, its spelling in the catalogue, and the limits."""

from typing import Any

import pytest
from psycopg import sql

from krenalis_provider.warehouses.columns import ProfileColumn, profile_columns
from krenalis_provider.warehouses.postgresql.columns import column_problems, column_type
from krenalis_provider.workspaces.profile_schema import ProfileSchema, Property, Type, parse
from tests.support.postgresql import Database

TEXT = Type("string")

# The table of spec krenalis C.2, in its order.
TYPES: list[tuple[dict[str, Any], str]] = [
    ({"kind": "string"}, "character varying"),
    ({"kind": "string", "maxLength": 36}, "character varying(36)"),
    ({"kind": "string", "maxBytes": 36}, "character varying(36)"),
    ({"kind": "string", "maxLength": 36, "maxBytes": 40}, "character varying(36)"),
    ({"kind": "string", "maxLength": 50, "maxBytes": 40}, "character varying(40)"),
    ({"kind": "boolean"}, "boolean"),
    ({"kind": "int", "bitSize": 8}, "smallint"),
    ({"kind": "int", "bitSize": 16}, "smallint"),
    ({"kind": "int", "bitSize": 24}, "integer"),
    ({"kind": "int", "bitSize": 32}, "integer"),
    ({"kind": "int", "bitSize": 64}, "bigint"),
    ({"kind": "int", "bitSize": 8, "unsigned": True}, "smallint"),
    ({"kind": "int", "bitSize": 16, "unsigned": True}, "integer"),
    ({"kind": "int", "bitSize": 24, "unsigned": True}, "integer"),
    ({"kind": "int", "bitSize": 32, "unsigned": True}, "bigint"),
    ({"kind": "int", "bitSize": 64, "unsigned": True}, "numeric(20,0)"),
    ({"kind": "float", "bitSize": 32}, "real"),
    ({"kind": "float", "bitSize": 64}, "double precision"),
    ({"kind": "decimal", "precision": 10}, "numeric(10,0)"),
    ({"kind": "decimal", "precision": 76, "scale": 37}, "numeric(76,37)"),
    ({"kind": "datetime"}, "timestamp without time zone"),
    ({"kind": "date"}, "date"),
    ({"kind": "time"}, "time without time zone"),
    ({"kind": "year"}, "smallint"),
    ({"kind": "uuid"}, "uuid"),
    ({"kind": "json"}, "jsonb"),
    ({"kind": "ip"}, "inet"),
    ({"kind": "array", "elementType": {"kind": "string", "maxLength": 10}}, "character varying(10)[]"),
    ({"kind": "array", "elementType": {"kind": "int", "bitSize": 64, "unsigned": True}}, "numeric(20,0)[]"),
    ({"kind": "array", "elementType": {"kind": "datetime"}}, "timestamp without time zone[]"),
    ({"kind": "array", "elementType": {"kind": "json"}}, "jsonb[]"),
    ({"kind": "map", "elementType": {"kind": "int", "bitSize": 8}}, "jsonb"),
    # what does not change the type of a column
    ({"kind": "int", "bitSize": 8, "minimum": 5}, "smallint"),
    ({"kind": "float", "bitSize": 32, "real": True}, "real"),
    ({"kind": "array", "elementType": {"kind": "string", "values": ["a"]}}, "character varying[]"),
    ({"kind": "array", "elementType": {"kind": "string", "pattern": "a"}}, "character varying[]"),
]


def parsed(type_: dict[str, Any]) -> Type:
    document = {"kind": "object", "properties": [{"name": "p", "type": type_, "readOptional": True}]}
    schema = parse(document).schema
    assert schema is not None
    return schema.properties[0].type


def columns(*properties: Property) -> tuple[ProfileColumn, ...]:
    return profile_columns(ProfileSchema(properties))


@pytest.mark.parametrize(("type_", "expected"), TYPES)
def test_each_type_has_its_column_type(type_: dict[str, Any], expected: str) -> None:
    assert column_type(parsed(type_)) == expected


def test_the_catalogue_spells_every_column_type_the_same(database: Database) -> None:
    spelt = [column_type(parsed(type_)) for type_, _ in TYPES]
    members = [sql.SQL(f"c{index} {type_}") for index, type_ in enumerate(spelt)]
    with database.connect() as connection:
        connection.execute(sql.SQL("CREATE TABLE public.spelling ({})").format(sql.SQL(", ").join(members)))
        rows = connection.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = 'public.spelling'::regclass AND attnum > 0 ORDER BY attnum"
        ).fetchall()
    assert [row[0] for row in rows] == spelt


def test_an_object_is_no_column() -> None:
    with pytest.raises(KeyError):
        column_type(Type("object", properties=(Property("a", TEXT),)))


def test_ordinary_columns_are_no_problem() -> None:
    assert column_problems(columns(*(Property(f"p{index}", TEXT) for index in range(1590)))) == []


def test_more_columns_than_a_table_holds_are_refused() -> None:
    (problem,) = column_problems(columns(*(Property(f"p{index}", TEXT) for index in range(1591))))
    assert str(problem) == (
        "profile_schema: has 1591 properties that are not objects; a PostgreSQL warehouse holds 1590."
    )


def test_a_name_longer_than_an_identifier_is_refused_with_the_flattened_name() -> None:
    longest = Property("a", Type("object", properties=(Property("b" * 61, TEXT), Property("c" * 62, TEXT))))
    (problem,) = column_problems(columns(longest))
    assert str(problem) == (
        f'profile_schema: property "a.{"c" * 57}…" has the column "a_{"c" * 62}" of 64 bytes;'
        " PostgreSQL allows 63: shorten its names."
    )


@pytest.mark.parametrize("outer", [None, "array"])
def test_a_string_longer_than_a_varchar_is_refused(outer: str | None) -> None:
    limits = [("maxLength", 10485760), ("maxLength", 10485761), ("maxBytes", 20000000)]
    types = [Type("string", (limit,)) for limit in limits]
    if outer:
        types = [Type(outer, element=type_) for type_ in types]
    found = column_problems(columns(*(Property(f"p{index}", type_) for index, type_ in enumerate(types))))
    assert [problem.message for problem in found] == [
        'property "p1" has maxLength 10485761; PostgreSQL allows 10485760: lower it, or remove it for no limit.',
        'property "p2" has maxBytes 20000000; PostgreSQL allows 10485760: lower it, or remove it for no limit.',
    ]


def test_strings_in_a_map_have_no_limit_of_a_varchar() -> None:
    long = Type("string", (("maxLength", 20_000_000),))
    assert column_problems(columns(Property("p", Type("map", element=long)))) == []


def test_the_smaller_of_two_lengths_decides() -> None:
    both = Type("string", (("maxBytes", 4_000_000_000), ("maxLength", 10)))
    assert column_problems(columns(Property("p", both))) == []

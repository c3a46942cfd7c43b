"""What is refused before a Krenalis server sees it (docs/facts/krenalis.md, "Where a Krenalis server fails")."""

from collections.abc import Mapping
from typing import Any

import pytest

from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.identity_settings import problems as identity_problems
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.workspaces import offline_checks
from krenalis_provider.workspaces.server import document, rules
from tests.support.profile_documents import STRING, canonical, elements, prop, schema
from tests.support.profile_documents import document as whole
from tests.support.server_schemas import SETTINGS, definition

UNSIGNED = {"kind": "int", "bitSize": 32, "unsigned": True}
RIGHT = whole(prop("email"))
LARGEST = 2**31 - 1


def told(given: Any, platform: str = "PostgreSQL", *, creates: bool = True, **changes: Any) -> dict[str, str]:
    """What the server's own rules say, by path."""
    found = rules.problems(definition(given, platform, **changes), creates=creates)
    return {str(problem.path): problem.message for problem in found}


def with_settings(platform: str = "PostgreSQL", **settings: Any) -> dict[str, str]:
    return told(RIGHT, platform, warehouse=WarehouseAddress(platform, {**SETTINGS[platform], **settings}))


def refused(given: Any, **changes: Any) -> list[str]:
    """The paths of all that is refused where there is a server, by its own rules and those of everybody."""
    made = definition(given, **changes)
    problems = (*offline_checks.check(made).problems, *rules.problems(made, creates=True))
    return [str(problem.path) for problem in problems]


def test_a_right_workspace_is_accepted_on_each_platform() -> None:
    for platform in SETTINGS:
        assert told(RIGHT, platform) == {}
        assert not offline_checks.check(definition(RIGHT, platform)).problems


# every input that ends a server's process, or leaves something broken behind


@pytest.mark.parametrize(("given", "path"), [
    ({"kind": "int", "bitSize": 32}, "profile_schema.kind"),
    ({"kind": "array", "elementType": STRING}, "profile_schema.kind"),
    ({"kind": 5, "properties": [prop()]}, "profile_schema.kind"),
    (whole(prop(type_={"kind": 5})), "profile_schema.properties[0].type.kind"),
    (whole(prop(type_={"kind": None})), "profile_schema.properties[0].type.kind"),
    (whole(prop(type_={"kind": "array", "elementType": {"kind": 5}})), "profile_schema.properties[0].type.elementType.kind"),
    *((whole(prop(type_={"kind": kind})), "profile_schema.properties[0].type.kind") for kind in ("text", "bool", "String")),
    (whole(prop(type_={"kind": "map", "elementType": {"kind": "text"}})), "profile_schema.properties[0].type.elementType.kind"),
    (whole(prop(type_=UNSIGNED | {"minimum": LARGEST + 1})), "profile_schema.properties[0].type.minimum"),
    (whole(prop(type_=UNSIGNED | {"maximum": LARGEST + 1})), "profile_schema.properties[0].type.maximum"),
    (whole(prop(description="a\0b")), "profile_schema.properties[0].description"),
])  # fmt: skip
def test_what_breaks_a_server_is_refused(given: Any, path: str) -> None:
    assert path in refused(given)


def test_a_path_that_the_servers_database_does_not_hold_is_refused() -> None:
    name = "n" * 101

    assert refused(whole(prop(name)), user_profile={"image": name}) == [
        "profile_schema.properties[0].name",  # PostgreSQL's limit of a column
        "ui_preferences.user_profile.image",
    ]


BOUNDS = {
    (size, unsigned): (0, 2**size - 1) if unsigned else (-(2 ** (size - 1)), 2 ** (size - 1) - 1)
    for size in (8, 16, 24, 32, 64)
    for unsigned in (False, True)
}


@pytest.mark.parametrize(("size", "unsigned"), BOUNDS)
def test_bounds_of_the_type_itself_are_not_sent(size: int, unsigned: bool) -> None:  # noqa: FBT001
    least, greatest = BOUNDS[size, unsigned]
    type_ = {"kind": "int", "bitSize": size} | ({"unsigned": True} if unsigned else {})
    bounded = type_ | {"minimum": least, "maximum": greatest}

    assert told(whole(prop(type_=bounded))) == {}
    assert canonical(bounded) == type_
    assert canonical(type_ | {"minimum": 1, "maximum": greatest}) == type_ | {"minimum": 1}


# the server's own limits


@pytest.mark.parametrize("key", ["minimum", "maximum"])
def test_a_bound_that_a_server_does_not_keep_is_told_with_the_ways_on(key: str) -> None:
    message = "must be at most 2147483647, not 2147483648, of which a Krenalis server makes another number: lower it, remove it, or have a bitSize of 64."
    given = UNSIGNED | {key: LARGEST + 1}

    assert told(whole(prop(type_=given))) == {f"profile_schema.properties[0].type.{key}": message}
    assert told(whole(prop(type_={"kind": "array", "elementType": given}))) == {
        f"profile_schema.properties[0].type.elementType.{key}": message
    }
    assert told(whole(prop(type_=UNSIGNED | {key: LARGEST}))) == {}
    assert told(whole(prop(type_=given | {"bitSize": 64}))) == {}


def test_a_length_that_a_server_drops_is_refused_once() -> None:
    long = {"maxLength": LARGEST + 1, "maxBytes": LARGEST}
    in_map = whole(prop(type_={"kind": "map", "elementType": STRING | long}))

    assert list(told(in_map)) == ["profile_schema.properties[0].type.elementType.maxLength"]
    assert list(told(in_map, "Snowflake")) == ["profile_schema.properties[0].type.elementType.maxLength"]
    # PostgreSQL holds less, and says so itself
    assert refused(whole(prop(type_=STRING | {"maxLength": LARGEST + 1}))) == [
        "profile_schema.properties[0].type.maxLength"
    ]
    assert refused(whole(prop(type_=elements(maxBytes=LARGEST + 1)))) == [
        "profile_schema.properties[0].type.elementType.maxBytes"
    ]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029"])
def test_a_separator_of_lines_is_refused_wherever_it_is(separator: str) -> None:
    text = f"one{separator}two"
    found = told(
        whole(
            prop("a", description=text),
            prop("b", whole(prop("c", elements(values=["x", text])), prop("d", elements(pattern=text)))),
            prop("e", UNKNOWN, description=text),
        )
    )

    assert list(found) == [
        "profile_schema.properties[0].description",
        "profile_schema.properties[1].type.properties[0].type.elementType.values[1]",
        "profile_schema.properties[1].type.properties[1].type.elementType.pattern",
        "profile_schema.properties[2].description",
    ]
    assert found["profile_schema.properties[0].description"] == (
        f"holds the line separator U+{ord(separator):X}, of which a Krenalis server makes a bullet: write a blank or \\n instead."
    )


@pytest.mark.parametrize(("platform", "settings", "name"), [
    ("PostgreSQL", {"password": "p" * 101}, "password"),
    ("PostgreSQL", {"schema": "Sales"}, "schema"),
    ("PostgreSQL", {"schema": "my schema"}, "schema"),
    ("PostgreSQL", {"schema": "1st"}, "schema"),
    ("PostgreSQL", {"schema": "größe"}, "schema"),
    *(("PostgreSQL", {"database": f"my{character}db"}, "database") for character in " %/?#é\"'"),
    *(("PostgreSQL", {"host": host}, "host") for host in ("a,b", "/run/postgresql", "@socket")),
    *(("Snowflake", {"account": account}, "account") for account in (
        "acme-eu-west-12345", "xy12345.eu-central-1", "xy12345", "my_org-account", "a-" + "b" * 254, "-a", "a.b.c",
    )),
    ("Snowflake", {"password": "p" * 256}, "password"),
    ("Snowflake", {"password": ""}, "password"),
    ("Snowflake", {"password": None}, "password"),
])  # fmt: skip
def test_settings_that_a_server_does_not_take_are_refused(
    platform: str, settings: Mapping[str, Any], name: str
) -> None:
    assert list(with_settings(platform, **settings)) == [f"warehouse.settings.{name}"]


@pytest.mark.parametrize(("platform", "settings"), [
    ("PostgreSQL", {"password": "ä" * 100}), ("PostgreSQL", {"password": ""}), ("PostgreSQL", {"password": None}),
    ("PostgreSQL", {"schema": "_a1"}), ("PostgreSQL", {"database": "My-db_1.~$&+=:@"}), ("PostgreSQL", {"host": "::1"}),
    ("PostgreSQL", {"host": UNKNOWN, "schema": UNKNOWN, "password": UNKNOWN, "database": UNKNOWN}),
    ("Snowflake", {"account": "Org1.Account2"}), ("Snowflake", {"account": "a-b"}), ("Snowflake", {"password": "ä" * 255}),
    ("Snowflake", {"account": UNKNOWN, "password": UNKNOWN}),
])  # fmt: skip
def test_settings_that_a_server_takes_are_accepted(platform: str, settings: Mapping[str, Any]) -> None:
    assert with_settings(platform, **settings) == {}


def test_a_password_is_told_at_the_attribute_that_has_it() -> None:
    long = WarehouseAddress("PostgreSQL", {**SETTINGS["PostgreSQL"], "password": "p" * 101})
    sent_before = WarehouseAddress("Snowflake", {**SETTINGS["Snowflake"], "password": None})

    found = told(RIGHT, warehouse=long, writes_password=True)
    assert found == {
        "warehouse.settings.password_wo": "must be at most 100 characters long for a Krenalis server."
    }
    assert told(RIGHT, "Snowflake", warehouse=sent_before, writes_password=True) == {}
    # a workspace that is there keeps the password that the server has
    assert told(RIGHT, "Snowflake", warehouse=sent_before, creates=False) == {}


def test_no_message_shows_a_secret() -> None:
    for platform, password in (("PostgreSQL", "hush" * 30), ("Snowflake", "hush" * 70)):
        assert "hush" not in str(with_settings(platform, password=password))


def test_a_new_workspace_has_no_primary_sources() -> None:
    sources = {"email": "1" * 12}

    assert list(told(RIGHT, primary_sources=sources)) == ["primary_sources"]
    assert told(RIGHT, primary_sources=sources, creates=False) == {}
    assert told(RIGHT, primary_sources=UNKNOWN) == {}


def test_the_form_of_a_path_is_looked_at_while_the_schema_is_not_known() -> None:
    paths = {"image": "e mail", "first_name": "a.b", "last_name": "", "extra": None}

    assert list(told(UNKNOWN, user_profile=paths)) == ["ui_preferences.user_profile.image"]
    assert told(RIGHT, user_profile=paths) == {}  # the schema has no such property, which everybody refuses


def test_a_request_that_is_too_large_is_refused() -> None:
    def described(length: int) -> Any:
        return whole(*(prop(f"p{number}", description="ä" * length) for number in range(200)))

    # a letter that is no ASCII is sent as six
    assert told(described(380)) == {}
    found = told(described(420))
    assert list(found) == ["profile_schema"]
    assert found["profile_schema"].endswith(
        "takes at most 512000: have fewer properties, or shorter descriptions."
    )


def test_nothing_is_said_of_what_is_not_known() -> None:
    nothing: dict[str, Any] = {
        "name": UNKNOWN,
        "mode": UNKNOWN,
        "user_profile": UNKNOWN,
        "identifiers": UNKNOWN,
        "primary_sources": UNKNOWN,
    }

    assert told(UNKNOWN, warehouse=WarehouseAddress(UNKNOWN, UNKNOWN), **nothing) == {}
    assert told(RIGHT, warehouse=WarehouseAddress("PostgreSQL", UNKNOWN), **nothing) == {}
    assert (
        told(whole(UNKNOWN, prop(UNKNOWN), prop("p", UNKNOWN), prop("q", {"kind": UNKNOWN})), **nothing) == {}
    )


@pytest.mark.parametrize(
    "junk", [None, 5, "text", [], [{}], {}, {"kind": "object"}, whole(5, [], {"type": 5}), float("nan")]
)
def test_no_document_makes_the_rules_fail(junk: Any) -> None:
    assert told(junk) == {}


# what the server tests of itself, under our rules


@pytest.mark.parametrize(("type_", "suitable"), [
    ({"kind": "string"}, True), ({"kind": "boolean"}, False), ({"kind": "int", "bitSize": 16}, True), (UNSIGNED, True),
    ({"kind": "float", "bitSize": 64}, False), ({"kind": "decimal", "precision": 10}, True),
    ({"kind": "decimal", "precision": 3, "scale": 3}, False), ({"kind": "date"}, False), ({"kind": "year"}, False),
    ({"kind": "json"}, False), ({"kind": "uuid"}, True), ({"kind": "ip"}, True), (elements(), False),
    ({"kind": "map", "elementType": STRING}, False), (whole(prop()), False),
])  # fmt: skip
def test_a_type_is_an_identifier_as_it_is_for_a_server(type_: Any, suitable: bool) -> None:  # noqa: FBT001
    assert (not identity_problems(["a"], {}, schema(whole(prop("a", type_))))) is suitable


@pytest.mark.parametrize(("given", "collides"), [
    (whole(prop("x"), prop("x_a"), prop("x_b")), False),
    (whole(prop("x", whole(prop("a"))), prop("x_a")), True),
    (whole(prop("x", whole(prop("A"))), prop("x_a")), True),
    (whole(prop("x", whole(prop("y", whole(prop("a"))), prop("y_a")))), True),
    (whole(prop("x", whole(prop("a", whole(prop("a"))))), prop("x_a")), False),
])  # fmt: skip
def test_columns_collide_as_they_do_at_a_server(given: Any, collides: bool) -> None:  # noqa: FBT001
    assert bool(parse(given).problems) is collides


def test_what_is_sent_has_every_property_optional_and_no_default() -> None:
    given = whole(
        prop("a", whole(prop("b", prefilled="", nullable=False)), description=""),
        prop("c", {"kind": "decimal", "precision": 5, "scale": 0, "minimum": -99999}),
        prop("d", {"kind": "array", "elementType": STRING, "minElements": 0, "maxElements": LARGEST}),
        prop("e", description="Cafe\u0301"),
    )

    assert document.to_send(schema(given)) == whole(
        prop("a", whole(prop("b", description="")), description=""),
        prop("c", {"kind": "decimal", "precision": 5}, description=""),
        prop("d", {"kind": "array", "elementType": STRING}, description=""),
        prop("e", description="Caf\u00e9"),
    )

"""The rules that need no connection, on a whole workspace (docs/facts/krenalis.md, "Name, preferences and mode")."""

from typing import Any

import pytest

from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.workspaces.offline_checks import Checked, check
from tests.support.profile_documents import INT, STRING, document, elements, prop

SETTINGS = {"host": "h", "port": 5432, "username": "u", "database": "d", "schema": "s"}
NAME = "must be 1 to 100 characters long, without a NUL character."
LENGTH = "must be at most 10485760 in PostgreSQL, not 20000000: lower it, or remove it for no limit."


def checked(
    whole: Any = None, *, platform: Any = "PostgreSQL", settings: Any = SETTINGS, **changes: Any
) -> Checked:
    """What the rules say of a right workspace with these changes."""
    if whole is None:
        whole = document(prop("email"), prop("address", document(prop("city"))))
    right: dict[str, Any] = {
        "name": "Customers",
        "document": whole,
        "profile_schema": parse(whole),
        "warehouse": WarehouseAddress(platform, settings),
        "mode": None,
        "user_profile": {},
    }
    return check(Definition(**right | changes))


def told(found: Checked) -> list[tuple[str, str]]:
    return [(str(problem.path), problem.message) for problem in found.problems]


@pytest.mark.parametrize(("changes", "path", "message"), [
    # the name
    ({"name": ""}, "name", NAME),
    ({"name": "ä" * 101}, "name", NAME),
    ({"name": "a\0"}, "name", NAME),
    # UI preferences, and what Krenalis finds too late
    *(
        ({"user_profile": {role: "e mail"}}, f"ui_preferences.user_profile.{role}", 'the profile schema has no property "e mail": did you mean "email"?')
        for role in ("image", "first_name", "last_name", "extra")
    ),
    ({"user_profile": {"image": "address.town"}}, "ui_preferences.user_profile.image", 'the profile schema has no property "address.town": did you mean "address.city"?'),
    ({"user_profile": {"image": "xyz"}}, "ui_preferences.user_profile.image", 'the profile schema has no property "xyz": use "email" or "address" or "address.city".'),
    ({"user_profile": {"extra": "e" * 101}}, "ui_preferences.user_profile.extra", "a property path can be at most 100 characters long."),
    # the mode
    ({"mode": "normal"}, "warehouse.mode", 'unknown mode "normal": did you mean "Normal"?'),
    ({"mode": ""}, "warehouse.mode", 'unknown mode "": use "Normal" or "Inspection" or "Maintenance".'),
    # the platform
    ({"platform": "postgres"}, "warehouse.platform", 'unknown platform "postgres": did you mean "PostgreSQL"?'),
    ({"platform": ""}, "warehouse.platform", 'unknown platform "": use "PostgreSQL" or "Snowflake".'),
])  # fmt: skip
def test_a_wrong_workspace_is_refused(changes: dict[str, Any], path: str, message: str) -> None:
    assert told(checked(**changes)) == [(path, message)]


@pytest.mark.parametrize("changes", [
    {"name": " "}, {"name": "ä" * 100}, {"mode": "Inspection"}, {"mode": "Maintenance"}, {"mode": UNKNOWN},
    {"user_profile": {"image": "", "first_name": None, "last_name": "address.city", "extra": UNKNOWN}},
])  # fmt: skip
def test_a_right_workspace_is_accepted(changes: dict[str, Any]) -> None:
    assert told(checked(**changes)) == []


def test_limits_of_the_platform_come_with_all_other_errors() -> None:
    whole = document(
        prop("_a"), prop("b" * 64, INT | {"maximum": 128}), prop("c", elements(maxLength=20_000_000))
    )

    assert [path for path, _ in told(checked(whole, name=""))] == [
        "name",
        "profile_schema.properties[0].name",
        "profile_schema.properties[1].type.maximum",
        "profile_schema.properties[1].name",
        "profile_schema.properties[2].type.elementType.maxLength",
    ]  # fmt: skip


def test_each_platform_has_its_own_limits_and_settings() -> None:
    whole = document(prop("b" * 64), prop("c", {"kind": "decimal", "precision": 39, "scale": 0}))
    settings = {
        "account": "o-a",
        "username": "u",
        "role": "r",
        "database": "d",
        "schema": "s",
        "warehouse": "w",
    }

    found = checked(whole, platform="Snowflake", settings=settings)

    assert [path for path, _ in told(found)] == ["profile_schema.properties[1].type.precision"]
    assert told(checked(platform="Snowflake", settings=settings)) == []
    assert [path for path, _ in told(checked(platform="Snowflake"))] == [
        f"warehouse.settings.{name}" for name in ("host", "port", "account", "role", "warehouse")
    ]


def test_limits_of_the_platform_count_beside_what_is_unknown() -> None:
    whole = document(
        prop(UNKNOWN),
        prop("a" * 64, STRING | {"maxLength": UNKNOWN}),
        prop("b", STRING | {"maxLength": 20_000_000}, description=UNKNOWN),
    )

    assert [path for path, _ in told(checked(whole))] == [
        "profile_schema.properties[1].name",
        "profile_schema.properties[2].type.maxLength",
    ]
    assert told(checked(whole))[-1] == ("profile_schema.properties[2].type.maxLength", LENGTH)


def test_ui_paths_are_checked_while_a_leaf_is_unknown_that_does_not_count_for_them() -> None:
    whole = document(prop("email", STRING | {"maxLength": UNKNOWN}))

    found = checked(whole, user_profile={"extra": "e_mail"})

    assert [str(problem.path) for problem in found.problems] == ["ui_preferences.user_profile.extra"]


@pytest.mark.parametrize("unknown", [
    document(prop("email"), UNKNOWN), document(prop("email"), prop(UNKNOWN)), document(prop("email"), prop("o", UNKNOWN)),
    document(prop("email"), prop("o", {"kind": UNKNOWN})), {"kind": "object", "properties": UNKNOWN}, UNKNOWN,
    document(prop("email"), prop("o", {"kind": "object", "properties": UNKNOWN})),
])  # fmt: skip
def test_ui_paths_are_passed_over_while_names_are_unknown(unknown: Any) -> None:
    assert told(checked(unknown, user_profile={"extra": "o.e_mail"})) == []


def test_columns_collide_beside_unknowns_and_wrong_kinds() -> None:
    whole = document(prop("a", {"kind": "text"}), prop("A", STRING | {"maxLength": UNKNOWN}))

    assert [path for path, _ in told(checked(whole))] == [
        "profile_schema.properties[0].type.kind",
        "profile_schema.properties[1].name",
    ]


def test_rows_that_may_not_fit_a_page_are_a_warning_and_no_error() -> None:
    found = checked(document(*(prop(f"p{index}") for index in range(400))))

    assert told(found) == []
    (warning,) = found.warnings
    assert str(warning.path) == "profile_schema"
    assert "in each of the 400 columns can take 9772 bytes" in warning.message
    assert not checked().warnings

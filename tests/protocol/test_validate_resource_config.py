from typing import Any

import pytest

from tests.protocol.example_provider import SECRET
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN, Unknown


def validate(caller: Caller, resource: str = "example_thing", **config: Any) -> list[Told]:
    type_ = caller.type_of("example_thing")
    request = pb.ValidateResourceConfig.Request(type_name=resource, config=caller.wire(type_, config))
    return [Told.of(d) for d in caller.call("validate_resource_config", request).diagnostics]


def test_a_valid_configuration_says_nothing(caller: Caller) -> None:
    assert validate(caller, name="a") == []


def test_a_broken_rule_names_the_attribute_the_rule_and_the_value(caller: Caller) -> None:
    assert validate(caller, name="much too long") == [
        Told(
            "error",
            "Invalid attribute value",
            'name: must have 1 to 10 characters, got: "much too long".',
            "name",
        )
    ]


def test_a_rule_inside_a_nested_attribute_has_its_whole_path(caller: Caller) -> None:
    (told,) = validate(caller, name="a", parts=[{"kind": "huge", "serial": None, "spare": None}])

    assert told.detail == 'parts[0].kind: must be one of "big", "small", got: "huge".'


def owner(**members: Any) -> dict[str, Any]:
    return {"owner": dict.fromkeys(("email", "phone", "street", "town")) | members}


@pytest.mark.parametrize(
    ("config", "detail", "path"),
    [
        ({"code": "x1"}, 'code: must be two capital letters (as [A-Z]{2}), got: "x1".', "code"),
        ({"share": 101}, "share: must be 0 to 100, got: 101.", "share"),
        ({"tags": []}, "tags: must have 1 to 3 elements.", "tags"),
        (
            {"tags": ["New", "old"]},
            'tags[1]: must be one of "Old", "New" (did you mean "Old"?), got: "old".',
            "tags.",
        ),
        (
            {"size": 1, "share": 2},
            "size, share: at most one of them can be set, got: size, share.",
            "share",
        ),
        (owner(), "owner.email, owner.phone: exactly one of them must be set, got: none.", "owner"),
        (
            owner(email="e", phone="p"),
            "owner.email, owner.phone: exactly one of them must be set, got: owner.email, owner.phone.",
            "owner.phone",
        ),
        (
            owner(email="e", town="t"),
            "owner.street, owner.town: all of them must be set, or none, got: owner.town.",
            "owner",
        ),
        (
            {"timeouts": {"create": "soon", "read": None, "delete": None}},
            'timeouts.create: must be a positive duration of at most a year, such as "30s", "10m" or "1h30m", got: "soon".',
            "timeouts.create",
        ),
    ],
)
def test_a_broken_rule_is_told(caller: Caller, config: dict[str, Any], detail: str, path: str) -> None:
    (told,) = validate(caller, name="a", **config)

    assert (told.severity, told.detail, told.path) == ("error", detail, path)


@pytest.mark.parametrize(
    "config",
    [
        {"code": UNKNOWN, "share": UNKNOWN, "tags": [UNKNOWN, "New", None]},
        {"size": 1, "share": UNKNOWN},
        owner(email=UNKNOWN),
        owner(email=UNKNOWN, phone="p"),
        owner(email="e", street="s", town=UNKNOWN),
        {"owner": UNKNOWN},
        {"timeouts": {"create": UNKNOWN, "read": None, "delete": None}},
    ],
)
def test_a_rule_is_silent_as_soon_as_one_of_its_attributes_is_unknown(
    caller: Caller, config: dict[str, Any]
) -> None:
    assert validate(caller, name="a", **config) == []


@pytest.mark.parametrize(
    "unknown", [UNKNOWN, Unknown(b"\x82\x01\xc2\x02\xa2b-")], ids=["plain", "with a prefix"]
)
def test_validators_are_silent_on_unknown_values(caller: Caller, unknown: Unknown) -> None:
    assert validate(caller, name=unknown, parts=unknown) == []


def test_the_resource_checks_what_its_attributes_cannot(caller: Caller) -> None:
    assert validate(caller, name="refused") == [Told("error", "Refused", "name: choose another one.", "")]


def test_an_unknown_resource_type_is_told_with_the_nearest_name(caller: Caller) -> None:
    (told,) = validate(caller, "example_thin", name="a")

    assert told.detail == ('This provider has no resource type "example_thin"; did you mean "example_thing"?')


def test_an_exception_becomes_a_diagnostic_without_the_secret(
    caller: Caller, capfd: pytest.CaptureFixture[str]
) -> None:
    (told,) = validate(caller, name="crash", secret=SECRET)

    assert told.summary == "Unexpected error in the provider"
    assert told.detail.startswith("RuntimeError: the secret is (redacted)\n")
    log = capfd.readouterr().err
    assert "Traceback" in log
    assert SECRET not in log
    assert "ss/word" not in log


def test_garbage_is_a_diagnostic(caller: Caller) -> None:
    request = pb.ValidateResourceConfig.Request(
        type_name="example_thing", config=pb.DynamicValue(msgpack=b"\xc1")
    )

    (told,) = [Told.of(d) for d in caller.call("validate_resource_config", request).diagnostics]

    assert told.severity == "error"


def test_no_value_at_all_is_a_diagnostic(caller: Caller) -> None:
    request = pb.ValidateResourceConfig.Request(type_name="example_thing")

    (told,) = [Told.of(d) for d in caller.call("validate_resource_config", request).diagnostics]

    assert told.summary == "Invalid request"


def test_a_null_that_an_expression_brings_to_light_is_told_and_reaches_no_code(caller: Caller) -> None:
    (told,) = validate(caller, name=None)
    (inner,) = validate(caller, name="a", parts=[{"kind": None, "serial": None, "spare": None}])

    assert told == Told("error", "Missing required argument", "name: is required, and is null.", "name")
    assert inner.detail == "parts[0].kind: is required, and is null."


def test_text_that_no_encoding_has_still_reaches_the_user(caller: Caller) -> None:
    (told,) = validate(caller, name="odd")

    assert told.detail == "half a pair: ?"


def test_a_value_for_what_only_the_provider_decides_is_refused(caller: Caller) -> None:
    assert validate(caller, name="a", id="7") == [
        Told("error", "Invalid configuration", "id: only the provider decides it; remove it.", "id")
    ]

"""The rules of identifiers and primary sources, each with what its message says."""

from typing import Any

import pytest

from krenalis_provider.model.identity_settings import problems
from krenalis_provider.model.profile_schema import ProfileSchema, parse
from krenalis_provider.model.unknown import UNKNOWN

IDENTIFYING: dict[str, dict[str, Any]] = {
    "email": {"kind": "string"},
    "number": {"kind": "int", "bitSize": 64},
    "key": {"kind": "uuid"},
    "address": {"kind": "ip"},
    "account": {"kind": "decimal", "precision": 10},
}
OTHERS: dict[str, dict[str, Any]] = {
    "price": {"kind": "decimal", "precision": 10, "scale": 2},
    "score": {"kind": "float", "bitSize": 64},
    "member": {"kind": "boolean"},
    "seen": {"kind": "datetime"},
    "birthday": {"kind": "date"},
    "noon": {"kind": "time"},
    "born": {"kind": "year"},
    "extra": {"kind": "json"},
    "labels": {"kind": "map", "elementType": {"kind": "string"}},
}
COMBINED: dict[str, dict[str, Any]] = {
    "tags": {"kind": "array", "elementType": {"kind": "string"}},
    "phones": {
        "kind": "object",
        "properties": [{"name": "first_one", "type": {"kind": "string"}, "readOptional": True}],
    },
}


def schema() -> ProfileSchema:
    types = IDENTIFYING | OTHERS | COMBINED
    properties = [{"name": name, "type": type_, "readOptional": True} for name, type_ in types.items()]
    parsed = parse({"kind": "object", "properties": properties})
    assert parsed.schema, parsed.problems
    return parsed.schema


SCHEMA = schema()


def told(
    identifiers: Any = None, primary_sources: Any = None, of: ProfileSchema | None = SCHEMA
) -> list[str]:
    return [str(problem) for problem in problems(identifiers, primary_sources, of)]


@pytest.mark.parametrize("path", [*IDENTIFYING, "phones.first_one"])
def test_an_identifier_may_be(path: str) -> None:
    assert told([path]) == []


@pytest.mark.parametrize("path", [*OTHERS, *COMBINED])
def test_an_identifier_cannot_be(path: str) -> None:
    (message,) = told([path])
    what = "a decimal of scale 2" if path == "price" else f"of kind {(OTHERS | COMBINED)[path]['kind']}"
    assert message.startswith(f'identifiers[0]: "{path}" is {what}, which cannot tell people apart: ')


@pytest.mark.parametrize(
    ("identifiers", "message"),
    [
        (
            ["email", "number", "email"],
            'identifiers[2]: "email" is already identifiers[0]: remove one of the two.',
        ),
        (
            ["email", "E-mail"],
            'identifiers[1]: must be the path of a property, such as "email" or "address.city", not "E-mail".',
        ),
        ([""], 'identifiers[0]: must be the path of a property, such as "email" or "address.city", not "".'),
        (["Email"], 'identifiers[0]: the profile schema has no property "Email": did you mean "email"?'),
        # never a property that is refused as well
        (["prices"], 'identifiers[0]: the profile schema has no property "prices".'),
        (
            ["phones_first_one"],
            'identifiers[0]: the profile schema has no property "phones_first_one": did you mean "phones.first_one"?',
        ),
        (
            ["phones.first.one"],
            'identifiers[0]: the profile schema has no property "phones.first.one": did you mean',
        ),
        (["email\n"], "identifiers[0]: must be the path of a property"),
        ([7], "identifiers[0]: must be the path of a property"),
        ([None], "identifiers[0]: must be the path of a property"),
    ],
)
def test_identifiers_that_are_wrong(identifiers: list[Any], message: str) -> None:
    (found,) = told(identifiers)
    assert found.startswith(message)


@pytest.mark.parametrize("path", [*IDENTIFYING, *OTHERS, "phones.first_one"])
def test_a_primary_source_may_be_of(path: str) -> None:
    assert told(primary_sources={path: "1604839201"}) == []


@pytest.mark.parametrize(
    "connection",
    [
        *("1", "2147483647"),
        # as a server gives them
        *("8sYbWqhTkRfG", "2NEpo7TZRRrL", "zzzzzzzzzzzz", "111111111111", "ABCDEFGHJKLM", "NPQRSTUVWXYZ"),
    ],
)
def test_a_connection_may_be(connection: str) -> None:
    assert told(primary_sources={"email": connection}) == []


@pytest.mark.parametrize(
    "connection",
    [
        *(
            "",
            "0",
            "-1",
            "+1",
            "01",
            "1.0",
            " 1",
            "1\n",
            "٣",
            "2147483648",
            "99999999999",
            "crm",
            1,
            True,
            None,
        ),
        # almost as a server gives them: too short or too long, or with a character that looks like another
        *("8sYbWqhTkRf", "8sYbWqhTkRfGG", "0sYbWqhTkRfG", "8sYbWqhTkRfO", "8sYbIqhTkRfG", "8sYblqhTkRfG"),
        *("8sYbWqhTkRfG\n", "8sYbWqhTkRf'", "8sYbWqhTkR-G", "8sYbWqhTkRfé", "100000000000"),
    ],
)
def test_a_connection_cannot_be(connection: Any) -> None:
    (message,) = told(primary_sources={"email": connection})
    assert message.startswith(
        'primary_sources["email"]: must be the id of a connection as a string, as Krenalis shows it: 12 letters and '
        'digits without "0", "O", "I" and "l", or a whole number from 1 to 2147483647; not '
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("tags", '"tags" is of kind array, whose values come from all sources: remove it.'),
        (
            "phones",
            '"phones" is of kind object, whose values come from all sources: name the properties in it.',
        ),
        ("emial", 'the profile schema has no property "emial": did you mean "email"?'),
        ("xyzzy", 'the profile schema has no property "xyzzy".'),
        ("a b", 'must be the path of a property, such as "email" or "address.city", not "a b".'),
    ],
)
def test_a_primary_source_cannot_be_of(path: str, message: str) -> None:
    assert told(primary_sources={path: "1"}) == [f'primary_sources["{path}"]: {message}']


def test_every_problem_is_told() -> None:
    found = problems(["emial", "tags"], {"tags": "0"}, SCHEMA)
    paths = [str(problem.path) for problem in found]
    assert paths == ["identifiers[0]", "identifiers[1]", 'primary_sources["tags"]', 'primary_sources["tags"]']


@pytest.mark.parametrize(
    ("identifiers", "primary_sources"),
    [(None, None), ([], {}), (UNKNOWN, UNKNOWN), ([UNKNOWN, "email", UNKNOWN], {"email": UNKNOWN})],
)
def test_what_is_absent_or_unknown_is_passed_over(identifiers: Any, primary_sources: Any) -> None:
    assert told(identifiers, primary_sources) == []


def test_without_a_profile_schema_the_other_rules_hold() -> None:
    assert told(["xyzzy", "tags"], {"xyzzy": "1"}, of=None) == []
    found = problems(["a b", "email", "email"], {"email": "x"}, None)
    assert [str(problem.path) for problem in found] == [
        "identifiers[0]",
        "identifiers[2]",
        'primary_sources["email"]',
    ]

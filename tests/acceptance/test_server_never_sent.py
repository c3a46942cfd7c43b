"""What ends a Krenalis server's process, or leaves something broken behind, is never sent (docs/facts/krenalis.md).

The server here fails as a real one does; what counts is that nothing of the kind reaches it.
"""

import json
from typing import Any

import pytest

from tests.support.krenalis_server import KrenalisServer
from tests.support.postgresql import Database
from tests.support.terraform import Terraform
from tests.support.workspaces import configuration

EMAIL = {"name": "email", "type": {"kind": "string"}, "readOptional": True}
UNSIGNED = {"kind": "int", "bitSize": 32, "unsigned": True}


def of(type_: object, **more: object) -> dict[str, Any]:
    """A profile schema with a property of a type."""
    return {
        "kind": "object",
        "properties": [EMAIL, {"name": "a", "type": type_, "readOptional": True, **more}],
    }


@pytest.fixture
def ready(any_terraform: Terraform, krenalis: KrenalisServer) -> Terraform:
    any_terraform.environment |= {
        "KRENALIS_ENDPOINT": krenalis.endpoint,
        "KRENALIS_API_KEY": krenalis.key,
    }
    return any_terraform


def write(terraform: Terraform, database: Database, document: object, **more: Any) -> None:
    more.setdefault("user_profile", {"extra": "email"})
    settings = more.pop("settings", database.settings())
    terraform.write(configuration(settings, document=document, **more))


def changing(server: KrenalisServer) -> list[str]:
    """The requests, but for those that change nothing whatever they hold."""
    harmless = ("/test", "/preview")
    return [
        f"{request.method} {request.path}"
        for request in server.requests
        if request.method != "GET" and not request.path.endswith(harmless)
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "int", "bitSize": 32},
        {"kind": "array", "elementType": {"kind": "string"}},
        {"kind": 5, "properties": [EMAIL]},
        of({"kind": 5}),
        of({"kind": None}),
        of({"kind": "text"}),
        of({"kind": "String"}),
        of({"kind": "array", "elementType": {"kind": "bool"}}),
        of({"kind": "object", "properties": [{"name": "b", "type": {"kind": "text"}, "readOptional": True}]}),
        of(UNSIGNED | {"minimum": 2**31}),
        of(UNSIGNED | {"maximum": 2**31 + 5}),
        of({"kind": "string"}, description="a\0b"),
    ],
    ids=str,
)
def test_a_creation_with_it_makes_no_request(
    ready: Terraform, krenalis: KrenalisServer, database: Database, document: dict[str, Any]
) -> None:
    write(ready, database, document)

    ready.run("plan", "-input=false", expect_error=".")
    ready.run("apply", "-input=false", "-auto-approve", expect_error=".")

    assert krenalis.requests == []


@pytest.mark.parametrize(
    "document", [of({"kind": "text"}), of({"kind": 5}), of(UNSIGNED | {"minimum": 2**31})], ids=str
)
def test_an_alteration_with_it_is_not_sent(
    ready: Terraform, krenalis: KrenalisServer, database: Database, document: dict[str, Any]
) -> None:
    write(ready, database, {"kind": "object", "properties": [EMAIL]})
    ready.run("apply", "-input=false", "-auto-approve")
    krenalis.requests.clear()
    write(ready, database, document)

    ready.run("apply", "-input=false", "-auto-approve", expect_error=".")

    assert krenalis.sent("PUT") == []
    assert not krenalis.dead


@pytest.mark.parametrize(
    ("type_", "bounds"),
    [
        ({"kind": "int", "bitSize": 8}, {"minimum": -128, "maximum": 127}),
        ({"kind": "int", "bitSize": 16, "minimum": 5}, {"maximum": 32767}),
        ({"kind": "int", "bitSize": 32}, {"minimum": -(2**31)}),
        ({"kind": "int", "bitSize": 8, "unsigned": True, "minimum": 1}, {"maximum": 255}),
    ],
    ids=str,
)
def test_a_bound_of_the_type_itself_is_left_out(
    ready: Terraform,
    krenalis: KrenalisServer,
    database: Database,
    type_: dict[str, Any],
    bounds: dict[str, int],
) -> None:
    write(ready, database, of(type_ | bounds))

    ready.apply()

    (creation,) = krenalis.sent("POST", "/workspaces")
    sent = json.loads(creation.body)["profileSchema"]["properties"]
    assert [each["type"] for each in sent if each["name"] == "a"] == [type_]
    krenalis.die()
    krenalis.restart()  # one that had stored such a bound could not


def test_a_path_that_the_servers_database_does_not_hold_is_not_sent(
    ready: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    inner = {
        "kind": "object",
        "properties": [{"name": "b" * 60, "type": {"kind": "string"}, "readOptional": True}],
    }
    write(ready, database, of(inner), user_profile={"extra": f"{'a' * 41}.{'b' * 60}"})

    ready.run("apply", "-input=false", "-auto-approve", expect_error=".")

    assert krenalis.requests == []


def test_settings_that_lead_nowhere_are_not_stored(
    ready: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    document = {"kind": "object", "properties": [EMAIL]}
    write(ready, database, document)
    ready.run("apply", "-input=false", "-auto-approve")
    krenalis.requests.clear()
    write(ready, database, document, settings=database.settings() | {"username": "nobody_here"})

    ready.run("apply", "-input=false", "-auto-approve", expect_error=".")

    assert changing(krenalis) == []

"""What a real server said of types, properties and alterations: `krenalis_rules.jsonl`, each line a request and its answer.

The first line is the profile schema before each alteration; an alteration with the schema ``=`` has the same. Of types and
properties there are a few for each message. Messages are told with the verb phrase ``cannot``.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.krenalis_server import KrenalisServer, go_json
from tests.support.krenalis_server.caller import Caller, body
from tests.support.postgresql import Database

FIRST, *RECORDED = [
    json.loads(line)
    for line in Path(__file__).with_name("krenalis_rules.jsonl").read_text(encoding="utf-8").splitlines()
]
_PROPERTY = '{"name":"p","type":%s,"readOptional":true}'


@pytest.fixture
def call(krenalis: KrenalisServer) -> Iterator[Caller]:
    caller = Caller(krenalis)
    yield caller
    caller.client.close()


def _message(answer: dict[str, Any]) -> str:
    message: str = answer.get("error", {}).get("message", "")
    return message.replace(go_json.VERB, "cannot")


def _of(kind: str) -> list[dict[str, Any]]:
    return [each for each in RECORDED if kind in each]


@pytest.mark.parametrize("kind", ["type", "property"])
def test_types_and_properties_are_read_as_the_server_reads_them(
    call: Caller, database: Database, kind: str
) -> None:
    call.client.headers["Content-Type"] = "application/json"
    whole = json.dumps(body(database, profileSchema="@"))
    for each in _of(kind):
        text = each[kind]
        property_ = _PROPERTY % text if kind == "type" else text
        sent = whole.replace('"@"', f'{{"kind":"object","properties":[{property_}]}}')
        answer = call("POST", "/workspaces/test", content=sent)
        found = answer.json() if answer.content else {}
        assert (text, answer.status_code, _message(found)) == (text, each["status"], each["message"])


def test_alterations_are_found_as_the_server_finds_them(call: Caller, database: Database) -> None:
    created = call("POST", "/workspaces", json=body(database, profileSchema=FIRST["schema"]))
    workspace = created.json()["id"]
    for each in _of("alteration"):
        wanted = each["alteration"]
        if wanted.get("schema") == "=":
            wanted = {**wanted, "schema": FIRST["schema"]}
        answer = call("PUT", "/profiles/schema/preview", workspace, json=wanted)
        found = answer.json()
        assert (wanted, answer.status_code, _message(found)) == (wanted, each["status"], each["message"])
        assert found.get("queries", [])[1:-2] == each.get("queries", [])

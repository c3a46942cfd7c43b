import json

from tests.protocol.example_provider import ExampleProvider, Thing
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN
from tfplugin.resource import ImportRequest, Resource, Result


def test_an_import_gives_what_a_read_needs(caller: Caller) -> None:
    response = caller.call(
        "import_resource_state", pb.ImportResourceState.Request(type_name="example_thing", id="thing-7")
    )

    (imported,) = response.imported_resources
    state = caller.read(caller.type_of("example_thing"), imported.state)
    assert imported.type_name == "example_thing"
    assert state["id"] == "7"
    assert state["name"] is None
    assert json.loads(imported.private) == {"imported": True}


def test_an_id_of_another_form_is_refused_with_the_right_one(caller: Caller) -> None:
    response = caller.call(
        "import_resource_state", pb.ImportResourceState.Request(type_name="example_thing", id="7")
    )

    assert not response.imported_resources
    (told,) = map(Told.of, response.diagnostics)
    assert told == Told("error", "Unexpected import id", '"7": expected thing-NUMBER.', "")


class Forgetful(Thing):
    """It does not know what it imports."""

    def import_state(self, request: ImportRequest) -> Result:
        return Result({"id": request.id, "labels": {"a": UNKNOWN}})


class ForgetfulProvider(ExampleProvider):
    def resources(self) -> dict[str, type[Resource]]:
        return {"example_thing": Forgetful}


def test_a_state_that_is_not_wholly_known_is_a_bug_of_the_provider() -> None:
    response = Caller(ForgetfulProvider()).call(
        "import_resource_state", pb.ImportResourceState.Request(type_name="example_thing", id="7")
    )

    assert not response.imported_resources
    (told,) = map(Told.of, response.diagnostics)
    assert (told.summary, told.detail.partition(". ")[0]) == (
        "Provider left values unknown",
        'labels["a"]: returned an unknown value',
    )

import json

from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb


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

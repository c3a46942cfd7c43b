"""The server with calls in flight; a provider in this process, without TLS."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from tests.protocol.example_provider import ExampleProvider, Thing
from tests.support.plugin import Caller, call
from tests.support.processes import SECONDS
from tests.support.serving import serving
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN
from tfplugin.resource import CreateRequest, Resource, Result


class SlowThing(Thing):
    """Its creation takes until the test lets it go on."""

    begun = threading.Semaphore(0)
    go_on = threading.Event()

    def create(self, request: CreateRequest) -> Result:
        self.begun.release()
        assert self.go_on.wait(SECONDS)
        return super().create(request)


class SlowProvider(ExampleProvider):
    def resources(self) -> dict[str, type[Resource]]:
        return {"example_thing": SlowThing}


class BrokenProvider(ExampleProvider):
    def __init__(self) -> None:
        raise ImportError("no module named driver")


def test_fifty_creations_run_at_once_and_other_calls_are_answered_meanwhile(tmp_path: Path) -> None:
    SlowThing.go_on.clear()
    caller = Caller(ExampleProvider())
    type_ = caller.type_of("example_thing")
    planned = caller.wire(type_, {"name": "a", "id": UNKNOWN, "revision": UNKNOWN, "kept": UNKNOWN})
    request = pb.ApplyResourceChange.Request(
        type_name="example_thing", prior_state=caller.wire(type_, None), planned_state=planned
    )
    with serving(SlowProvider, tmp_path) as channel, ThreadPoolExecutor(50) as pool:
        block = caller.wire(caller.session.provider_schema.type, {})
        call(
            channel,
            "ConfigureProvider",
            pb.ConfigureProvider.Request(config=block),
            pb.ConfigureProvider.Response,
        )
        creations = [
            pool.submit(call, channel, "ApplyResourceChange", request, pb.ApplyResourceChange.Response)
            for _ in range(50)
        ]
        assert all(SlowThing.begun.acquire(timeout=SECONDS) for _ in creations)

        stopped = call(channel, "StopProvider", pb.StopProvider.Request(), pb.StopProvider.Response)
        schema = call(
            channel, "GetProviderSchema", pb.GetProviderSchema.Request(), pb.GetProviderSchema.Response
        )
        SlowThing.go_on.set()
        wait(creations, timeout=SECONDS)

    assert stopped.Error == ""
    assert "example_thing" in schema.resource_schemas
    states = [caller.read(type_, creation.result().new_state) for creation in creations]
    assert sorted(int(state["id"]) for state in states) == list(range(1, 51))


def test_a_provider_that_cannot_be_loaded_is_a_diagnostic(tmp_path: Path) -> None:
    with serving(BrokenProvider, tmp_path) as channel:
        response = call(
            channel, "GetProviderSchema", pb.GetProviderSchema.Request(), pb.GetProviderSchema.Response
        )

    (diagnostic,) = response.diagnostics
    assert diagnostic.summary == "The provider cannot be loaded"
    assert diagnostic.detail.startswith("ImportError: no module named driver")

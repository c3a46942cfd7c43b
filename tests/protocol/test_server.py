"""The server with calls in flight; a provider in this process, without TLS."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import grpc

from tests.protocol.example_provider import ExampleProvider, Thing
from tests.support.plugin import Caller, call
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.provider import Provider
from tfplugin.resource import CreateRequest, Resource, Result
from tfplugin.server import LazySession, make_server


class SlowThing(Thing):
    """Its creation takes until the test lets it go on."""

    begun = threading.Semaphore(0)
    go_on = threading.Event()

    def create(self, request: CreateRequest) -> Result:
        self.begun.release()
        assert self.go_on.wait(20)
        return super().create(request)


class SlowProvider(ExampleProvider):
    def resources(self) -> dict[str, type[Resource]]:
        return {"example_thing": SlowThing}


class BrokenProvider(ExampleProvider):
    def __init__(self) -> None:
        raise ImportError("no module named driver")


@contextmanager
def serving(provider: type[Provider], folder: Path) -> Iterator[grpc.Channel]:
    server = make_server(LazySession(provider), threading.Event())
    address = f"unix:{folder / 'socket'}"
    server.add_insecure_port(address)
    server.start()
    try:
        with grpc.insecure_channel(address) as channel:
            yield channel
    finally:
        server.stop(None)


def test_ten_creations_run_at_once_and_stopping_is_answered_meanwhile(tmp_path: Path) -> None:
    SlowThing.go_on.clear()
    caller = Caller(ExampleProvider())
    type_ = caller.type_of("example_thing")
    planned = caller.wire(type_, {"name": "a"})
    request = pb.ApplyResourceChange.Request(
        type_name="example_thing", prior_state=caller.wire(type_, None), planned_state=planned
    )
    with serving(SlowProvider, tmp_path) as channel, ThreadPoolExecutor(10) as pool:
        block = caller.wire(caller.session.provider_schema.type, {})
        call(
            channel,
            "ConfigureProvider",
            pb.ConfigureProvider.Request(config=block),
            pb.ConfigureProvider.Response,
        )
        creations = [
            pool.submit(call, channel, "ApplyResourceChange", request, pb.ApplyResourceChange.Response)
            for _ in range(10)
        ]
        assert all(SlowThing.begun.acquire(timeout=20) for _ in creations)

        stopped = call(channel, "StopProvider", pb.StopProvider.Request(), pb.StopProvider.Response)
        SlowThing.go_on.set()
        wait(creations, timeout=20)

    assert stopped.Error == ""
    states = [caller.read(type_, creation.result().new_state) for creation in creations]
    assert [state["id"] for state in states] == ["1"] * 10


def test_a_provider_that_cannot_be_loaded_is_a_diagnostic(tmp_path: Path) -> None:
    with serving(BrokenProvider, tmp_path) as channel:
        response = call(
            channel, "GetProviderSchema", pb.GetProviderSchema.Request(), pb.GetProviderSchema.Response
        )

    (diagnostic,) = response.diagnostics
    assert diagnostic.summary == "The provider cannot be loaded"
    assert diagnostic.detail.startswith("ImportError: no module named driver")

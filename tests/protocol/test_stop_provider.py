"""StopProvider: answered at once; calls in flight end by themselves (`test_server.py`, `test_interrupt.py`)."""

from tests.support.plugin import Caller
from tfplugin._generated import tfplugin6_pb2 as pb


def test_nothing_hinders_a_stop_and_later_calls_are_served(caller: Caller) -> None:
    assert caller.call("stop_provider", pb.StopProvider.Request()) == pb.StopProvider.Response()

    assert caller.call("get_provider_schema", pb.GetProviderSchema.Request()).resource_schemas

"""A provider's handlers in another process, called as `Caller` calls those in this one."""

from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf.message_factory import GetMessageClass

from krenalis_provider.provider import KrenalisProvider
from tests.support.plugin import Caller, call
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import infer


class RemoteCaller(Caller):
    """Our provider's handlers beyond `channel`."""

    def __init__(self, channel: grpc.Channel) -> None:
        super().__init__(KrenalisProvider())
        self._channel = channel

    def configure(self, parameters: Mapping[str, Mapping[str, str]]) -> None:
        """Configure it, with the parameters of platforms by their names in lower case."""
        type_ = KrenalisProvider().schema().type
        config = {name: infer(dict(given)) for name, given in parameters.items()}
        request = pb.ConfigureProvider.Request(config=self.wire(type_, config))
        assert list(self.call("configure_provider", request).diagnostics) == []

    def call(self, module: str, request: Any) -> Any:
        """The answer of one handler."""
        name = "".join(word.capitalize() for word in module.split("_"))
        method = pb.DESCRIPTOR.services_by_name["Provider"].methods_by_name[name]
        return call(self._channel, name, request, GetMessageClass(method.output_type))

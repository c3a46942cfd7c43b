"""The gRPC server: the Provider service, and the services of go-plugin beside it.

The handlers are made from the service's descriptor. The module for a call is imported when Terraform makes the call.

Source: docs/facts/terraform.md, "Services of go-plugin".
"""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from tfplugin._generated import go_plugin_pb2, health_pb2
from tfplugin._generated import tfplugin6_pb2 as pb

if TYPE_CHECKING:
    from tfplugin.logs import Log
    from tfplugin.provider import Provider
    from tfplugin.rpc.session import Session

_IMPLEMENTED: Final = frozenset(
    {
        "ApplyResourceChange",
        "CallFunction",
        "ConfigureProvider",
        "GetFunctions",
        "GetMetadata",
        "GetProviderSchema",
        "ImportResourceState",
        "PlanResourceChange",
        "ReadDataSource",
        "ReadResource",
        "StopProvider",
        "UpgradeResourceState",
        "ValidateDataResourceConfig",
        "ValidateProviderConfig",
        "ValidateResourceConfig",
    }
)
_MESSAGE_LIMIT: Final = 256 * 1024 * 1024
_WORKERS: Final = 256  # threads are made as calls come in; Terraform's -parallelism is the real limit
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", _MESSAGE_LIMIT),
    ("grpc.max_send_message_length", _MESSAGE_LIMIT),
    ("grpc.so_reuseport", 0),
)

_SERVICE: Final = pb.DESCRIPTOR.services_by_name["Provider"]
# of each method, the classes of its messages: they are made once, however many processes are forked
_MESSAGES: Final = {
    method.name: (GetMessageClass(method.input_type), GetMessageClass(method.output_type))
    for method in _SERVICE.methods
}

_Behaviour = Callable[[Any, grpc.ServicerContext], Any]


class LazySession:
    """Makes the session of the process at its first use, so that the handshake does not wait for it."""

    def __init__(self, load: Callable[[], "Provider"], log: Callable[[], "Log"]) -> None:
        """`load` imports and makes the provider; `log` gives the log of the process."""
        self.log = log
        self._load = load
        self._lock = threading.Lock()
        self._session: Session | None = None

    def __call__(self) -> "Session":
        """The session, always the same."""
        with self._lock:
            if self._session is None:
                log = self.log()
                session: Any = import_module("tfplugin.rpc.session")
                self._session = session.Session(self._load(), log)
            return self._session


def make_server(session: LazySession, shutdown: Callable[[], None]) -> grpc.Server:
    """A server without a port, not yet started; Terraform's request for the end calls `shutdown`."""
    server = grpc.server(ThreadPoolExecutor(_WORKERS, thread_name_prefix="rpc"), options=_OPTIONS)
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                _SERVICE.full_name, {method.name: _handler(session, method) for method in _SERVICE.methods}
            ),
            _controller(shutdown),
            _health(),
        )
    )
    return server


def _handler(session: LazySession, method: MethodDescriptor) -> "grpc.RpcMethodHandler[Any, Any]":
    request, response = _MESSAGES[method.name]
    behaviour = (
        _behaviour(session, method.name, response)
        if method.name in _IMPLEMENTED
        else _absent(method.name, response, streams=method.server_streaming)
    )
    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
    }[method.client_streaming, method.server_streaming]
    return make(behaviour, request.FromString, response.SerializeToString)


def _behaviour(session: LazySession, name: str, response: type[Any]) -> _Behaviour:
    module = "tfplugin.rpc." + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()

    def call(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            made = session()
        except Exception as error:  # noqa: BLE001 - without the provider there is no session to report it
            session.log().failure("The provider cannot be loaded", error, tf_rpc=name)
            return _unloadable(error, response, context)
        return made.answer(name, import_module(module).handle, request)

    return call


def _unloadable(reason: Exception, response: type[Any], context: grpc.ServicerContext) -> Any:
    text = f"{type(reason).__name__}: {reason}\n\nThis is a bug of the provider, or it is not installed completely."
    if "diagnostics" not in response.DESCRIPTOR.fields_by_name:
        context.abort(grpc.StatusCode.INTERNAL, text)
    error = pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary="The provider cannot be loaded", detail=text)
    return response(diagnostics=[error])


def _absent(name: str, response: type[Any], *, streams: bool) -> _Behaviour:
    def call(_: Any, __: grpc.ServicerContext) -> Any:
        return import_module("tfplugin.rpc.absent").answer(name, response)

    def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        yield call(request, context)

    return stream if streams else call


def _controller(shutdown: Callable[[], None]) -> "grpc.GenericRpcHandler[Any, Any]":
    """The service by which Terraform asks for the end. Without it, every process costs Terraform two seconds."""
    empty = go_plugin_pb2.Empty()

    def call(_: Any, __: grpc.ServicerContext) -> Any:
        shutdown()
        return empty

    handler = grpc.unary_unary_rpc_method_handler(call, type(empty).FromString, type(empty).SerializeToString)
    return grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": handler})


def _health() -> "grpc.GenericRpcHandler[Any, Any]":
    serving = health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)
    handler = grpc.unary_unary_rpc_method_handler(
        lambda _, __: serving, health_pb2.HealthCheckRequest.FromString, type(serving).SerializeToString
    )
    return grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": handler})

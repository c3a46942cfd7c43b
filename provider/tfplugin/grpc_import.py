"""Importing gRPC and protobuf without what no call of this process uses."""

from lightstart.late_imports import imported_late

_UNUSED = (
    # for gRPC's own asyncio half
    *("asyncio", "grpc.aio"),
    # for certificates, which the gRPC server does not see
    "pkgutil",
    # for messages that are not made in C, with text formats and all
    "google.protobuf.internal.python_message",
    # for well-known types that the protocol has, and we do not use
    "calendar",
)


def import_grpc() -> None:
    """Imports gRPC and the protocol's messages, with half of what they import; the rest when somebody uses it."""
    with imported_late(*_UNUSED):
        import grpc  # noqa: F401

        import tfplugin._generated.tfplugin6_pb2  # noqa: F401

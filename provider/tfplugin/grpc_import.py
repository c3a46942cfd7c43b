"""Importing gRPC without what its asyncio half needs, which no call of this process uses."""

import sys
from types import ModuleType


def import_grpc() -> None:
    """Imports gRPC without `grpc.aio`, which takes a tenth longer. A later import of `grpc.aio` works as usual."""
    if "grpc" not in sys.modules:
        sys.modules["grpc.aio"] = ModuleType("grpc.aio")
        import grpc

        del sys.modules["grpc.aio"]
        vars(grpc).pop("aio", None)

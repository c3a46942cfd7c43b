"""StopProvider: Terraform was interrupted, and waits for the calls in flight, which run to their end."""

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.rpc.session import Session


def handle(_: Session, __: pb.StopProvider.Request) -> pb.StopProvider.Response:
    """An answer at once; calls in flight are neither broken off nor lost."""
    return pb.StopProvider.Response()

"""StopProvider: Terraform was interrupted and waits for the calls in flight; they come to their own end."""

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.rpc.session import Session


def handle(_: Session, __: pb.StopProvider.Request) -> pb.StopProvider.Response:
    """Answers at once; what was begun is neither broken off nor lost."""
    return pb.StopProvider.Response()

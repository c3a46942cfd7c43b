"""StopProvider: Terraform was interrupted. Calls in flight may end early at a safe point; later calls work."""

import threading

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.rpc.session import Session


def handle(session: Session, _: pb.StopProvider.Request) -> pb.StopProvider.Response:
    """Answers at once; the calls in flight keep the event they began with."""
    stopping, session.stopping = session.stopping, threading.Event()
    stopping.set()
    return pb.StopProvider.Response()

"""A Krenalis server for tests: its REST API over HTTP, backed by real warehouses in PostgreSQL.

It answers as a real server was recorded to answer, mistakes included; `tests/support_tests/test_krenalis_replay.py` replays
the recording. It makes warehouses from `postgresql.sql`, never by the provider's own code, so that the two can disagree.
"""

from tests.support.krenalis_server.faults import Fault, Strike
from tests.support.krenalis_server.requests import Request
from tests.support.krenalis_server.server import CannotStart, KrenalisServer
from tests.support.krenalis_server.state import Operation, Workspace

__all__ = ["CannotStart", "Fault", "KrenalisServer", "Operation", "Request", "Strike", "Workspace"]

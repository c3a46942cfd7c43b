"""A Krenalis server that hangs at a request: the call ends in time, and applying again finishes it."""

import time

import pytest

from tests.faults.test_krenalis_cuts import DELETE, UPDATE, attempted
from tests.support.krenalis_server import KrenalisServer, Strike
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content
from tests.support.server_calls import ServerCalls

_SECONDS = 2.5
_LATE = 1.5

pytestmark = pytest.mark.parametrize("strike", [Strike.HANG, Strike.HANG_DONE])


@pytest.fixture
def calls(krenalis: KrenalisServer, database: Database) -> ServerCalls:
    return ServerCalls(krenalis, database)


@pytest.mark.parametrize("request_", UPDATE, ids=" ".join)
def test_an_update(
    calls: ServerCalls, krenalis: KrenalisServer, request_: tuple[str, str], strike: Strike
) -> None:
    first, wanted = calls.before_and_after()
    workspace_id = calls.create(first)
    krenalis.fail(*request_, strike, times=100)

    begun = time.monotonic()
    error = attempted(lambda: calls.update(workspace_id, first, wanted, _SECONDS))
    assert time.monotonic() - begun < _SECONDS + _LATE

    krenalis.heal()
    if error is None:  # what became of the last request is looked up where there is time
        assert (*request_, strike) == ("PUT", "/warehouse/mode", Strike.HANG_DONE)
    else:
        calls.anew()
        calls.update(workspace_id, first, wanted)
    assert calls.agrees(workspace_id, wanted)


@pytest.mark.parametrize("keeps_warehouse", [True, False])
@pytest.mark.parametrize("request_", DELETE, ids=" ".join)
def test_a_deletion(
    calls: ServerCalls,
    krenalis: KrenalisServer,
    database: Database,
    request_: tuple[str, str],
    strike: Strike,
    keeps_warehouse: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    workspace_id = calls.create(calls.definition())
    krenalis.fail(*request_, strike, times=100)

    begun = time.monotonic()
    error = attempted(lambda: calls.delete(workspace_id, keeps_warehouse=keeps_warehouse, seconds=_SECONDS))
    assert time.monotonic() - begun < _SECONDS + _LATE

    krenalis.heal()
    if error is not None:
        calls.anew()
        calls.delete(workspace_id, keeps_warehouse=keeps_warehouse)
    assert krenalis.workspaces == {}
    assert (content(database) == set()) is not keeps_warehouse

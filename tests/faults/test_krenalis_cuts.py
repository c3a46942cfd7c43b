"""Each request to a Krenalis server is cut off in turn: afterwards server and state agree, or applying again makes it so."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from krenalis_provider.model.errors import WorkspaceError
from krenalis_provider.workspaces.server import creation
from tests.support.krenalis_server import KrenalisServer, Strike
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, execute
from tests.support.server_calls import ServerCalls

CUTS = (
    Strike.CLOSE_UNREAD,
    Strike.CLOSE_READ,
    Strike.CLOSE_DONE,
    Strike.HALF_ANSWER,
    Strike.DIE,
    Strike.DIE_DONE,
)
ANSWERS = (429, 500, 502, 503, 504)
CREATE = (
    ("GET", "/workspaces"),
    ("POST", "/workspaces"),
    ("GET", "/workspaces/current"),
    ("PUT", "/identity-resolution/settings"),
)
UPDATE = (
    ("GET", "/workspaces/current"),
    ("GET", "/warehouse"),
    ("PUT", "/identity-resolution/settings"),
    ("GET", "/profiles/schema/latest-alter"),
    ("PUT", "/profiles/schema"),
    ("PUT", "/workspaces/current"),
    ("PUT", "/warehouse"),
    ("PUT", "/warehouse/mode"),
)
DELETE = (("GET", "/warehouse"), ("DELETE", "/workspaces/current"))

Struck = Callable[[str, str], None]


@pytest.fixture(
    params=[*CUTS, *ANSWERS], ids=lambda each: each.name if isinstance(each, Strike) else str(each)
)
def strike(request: pytest.FixtureRequest, krenalis: KrenalisServer) -> Struck:
    """Strikes the next request of a method and a path: by cutting it off, or by an answer without acting."""

    def act(method: str, path: str) -> None:
        if isinstance(request.param, Strike):
            krenalis.fail(method, path, request.param)
        else:
            headers = {"Retry-After": "1"} if request.param == 429 else {}
            krenalis.fail(method, path, Strike.ANSWER, status=request.param, headers=headers)

    return act


@pytest.fixture
def calls(krenalis: KrenalisServer, database: Database, monkeypatch: pytest.MonkeyPatch) -> ServerCalls:
    monkeypatch.setattr(creation, "LOOKING_SECONDS", 2)
    return ServerCalls(krenalis, database)


@contextmanager
def revived(server: KrenalisServer) -> Iterator[None]:
    """A server that is started again soon after it has died."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            if server.dead:
                time.sleep(0.2)
                server.restart()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def attempted(act: Callable[[], Any]) -> WorkspaceError | None:
    try:
        act()
    except WorkspaceError as error:
        return error
    return None


@pytest.mark.parametrize("request_", CREATE, ids=" ".join)
def test_a_creation(
    calls: ServerCalls,
    krenalis: KrenalisServer,
    database: Database,
    request_: tuple[str, str],
    strike: Struck,
) -> None:
    wanted = calls.definition(identifiers=["email"])
    made: list[str] = []
    strike(*request_)

    with revived(krenalis):
        error = attempted(lambda: made.append(calls.create(wanted)))

    if error is not None:
        # no state, so there must be nothing: neither a workspace nor what is left of one
        assert krenalis.workspaces == {}
        assert content(database) == set()
        calls.anew()
        made.append(calls.create(wanted))
    assert [*krenalis.workspaces] == made
    assert calls.agrees(made[0], wanted)


@pytest.mark.parametrize("request_", UPDATE, ids=" ".join)
def test_an_update(
    calls: ServerCalls,
    krenalis: KrenalisServer,
    database: Database,
    request_: tuple[str, str],
    strike: Struck,
) -> None:
    first, wanted = calls.before_and_after()
    workspace_id = calls.create(first)
    strike(*request_)

    with revived(krenalis):
        error = attempted(lambda: calls.update(workspace_id, first, wanted))

    if error is not None:
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
    strike: Struck,
    keeps_warehouse: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    workspace_id = calls.create(calls.definition())
    execute(database, "INSERT INTO krenalis_profiles_0 (_updated_at) VALUES (now())")
    strike(*request_)

    with revived(krenalis):
        error = attempted(lambda: calls.delete(workspace_id, keeps_warehouse=keeps_warehouse))

    if error is not None:
        calls.anew()
        calls.delete(workspace_id, keeps_warehouse=keeps_warehouse)
    assert krenalis.workspaces == {}
    assert (content(database) == set()) is not keeps_warehouse

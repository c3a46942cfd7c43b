"""What an endpoint is given, and the routes to endpoints."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.support.krenalis_server import access
from tests.support.krenalis_server.access import Scope
from tests.support.krenalis_server.answers import Answer, PlainText
from tests.support.krenalis_server.requests import Request
from tests.support.krenalis_server.state import State, Workspace

ORGANISATION = Scope(organisation=True)
WORKSPACE = Scope(workspace=True)
EITHER = Scope(organisation=True, workspace=True)


@dataclass(slots=True)
class Call:
    """A request that passed; `chosen` is the workspace that it names."""

    state: State
    request: Request
    chosen: Workspace | None

    @property
    def body(self) -> bytes:
        return self.request.body

    @property
    def workspace(self) -> Workspace:
        assert self.chosen is not None
        return self.chosen


@dataclass(frozen=True, slots=True)
class Endpoint:
    scope: Scope
    act: Callable[[Call], Answer]
    takes_body: bool = False


Routes = Mapping[str, Mapping[str, Endpoint]]
"""Endpoints by path and method."""


def answer(request: Request, state: State, routes: Routes) -> Answer:
    """Let a request pass and act. Raises `Refusal`, `PlainText` and `Panic`."""
    if request.path not in routes:
        raise PlainText(404, "404 page not found")
    if request.method not in routes[request.path]:
        allowed = set(routes[request.path]) | ({"HEAD"} if "GET" in routes[request.path] else set())
        raise PlainText(405, "Method Not Allowed", {"Allow": ", ".join(sorted(allowed))})
    endpoint = routes[request.path][request.method]
    access.check_origin(request)
    access.check_sync_token(request, state)
    access.check_body(request, wanted=endpoint.takes_body)
    restricted = access.authenticate(request, state)
    workspace = access.workspace_of(request, state, restricted, endpoint.scope)
    access.take_from_budget(state, workspace)
    found = endpoint.act(Call(state, request, workspace))
    return found._replace(headers={**found.headers, "Sync-Token": access.sync_token(state)})

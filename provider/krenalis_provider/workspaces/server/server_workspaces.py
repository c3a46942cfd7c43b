"""Workspaces that live in a Krenalis server; what asks the server is not there yet."""

from typing import Any, NoReturn

from krenalis_provider.api.server import Server
from krenalis_provider.model.definition import Definition
from krenalis_provider.model.errors import Problem, WorkspaceError
from krenalis_provider.model.profile_schema import Parsed, parse
from krenalis_provider.workspaces.direct import DirectWorkspaces
from krenalis_provider.workspaces.interface import Means, PlannedChange, Prior
from lightstart.records import Record, replace


class ServerWorkspaces(Record):
    """The workspaces of an organization; see `Workspaces`."""

    server: Server
    means: Means = Means()

    def problems(self, definition: Definition, *, creates: bool) -> tuple[Problem, ...]:  # noqa: ARG002 - see `Workspaces`
        return ()

    def plan_change(self, prior: Prior | None, wanted: Definition) -> PlannedChange:
        return replace(DirectWorkspaces().plan_change(prior, wanted), objects={}, record="")

    def same_schema(self, written: Parsed, found: Any) -> bool:
        return written.schema == parse(found).schema

    def _ask(self, *_arguments: Any, **_named: Any) -> NoReturn:
        raise WorkspaceError("Not supported yet", "provider endpoint: there is no server mode yet.")

    test = create = get = list = test_change = update = test_delete = delete = count = count_values = _ask

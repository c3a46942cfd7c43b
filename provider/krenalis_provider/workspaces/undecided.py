"""Workspaces while it is not known yet whether there is a server: a plan gives what both systems agree on."""

from typing import Any, NoReturn

from krenalis_provider.model.definition import Definition
from krenalis_provider.model.errors import Problem, WorkspaceError
from krenalis_provider.model.profile_schema import Parsed
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.workspaces.interface import PlannedChange, Prior, Workspaces
from lightstart.records import Record, replace


class UndecidedWorkspaces(Record):
    """One of two systems; see `Workspaces`. Nothing can be asked, so every call with a deadline raises `WorkspaceError`."""

    direct: Workspaces
    at_server: Workspaces

    def problems(self, definition: Definition, *, creates: bool) -> tuple[Problem, ...]:
        ours, theirs = (each.problems(definition, creates=creates) for each in (self.direct, self.at_server))
        return tuple(problem for problem in ours if problem in theirs)

    def plan_change(self, prior: Prior | None, wanted: Definition) -> PlannedChange:
        if prior is not None:
            # a workspace stays in its system, and a server's shows no objects of its warehouse
            is_direct = bool(prior.observed.objects)
            return (self.direct if is_direct else self.at_server).plan_change(prior, wanted)
        ours, theirs = (each.plan_change(None, wanted) for each in (self.direct, self.at_server))
        return replace(
            ours,
            profile_columns=ours.profile_columns
            if ours.profile_columns == theirs.profile_columns
            else UNKNOWN,
            objects=UNKNOWN,
            record="",
            problems=tuple(problem for problem in ours.problems if problem in theirs.problems),
        )

    def needs_database(self, platform: str, /) -> bool:
        return self.direct.needs_database(platform) and self.at_server.needs_database(platform)

    def same_schema(self, written: Parsed, found: Any) -> bool:
        return self.direct.same_schema(written, found)

    def _ask(self, *_arguments: Any, **_named: Any) -> NoReturn:
        """Any call of a system that has to be asked."""
        raise WorkspaceError(
            "Provider is not configured yet",
            "provider endpoint: it is not known yet, so neither is where the workspace lives. Make first what it comes "
            "from, by terraform apply -target=ADDRESS with the address of that resource.",
        )

    test = create = get = list = test_change = update = test_delete = delete = count = count_values = _ask

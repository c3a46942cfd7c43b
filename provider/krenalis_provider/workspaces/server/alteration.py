"""How a server is asked to make one profile schema of another, and what that does to the columns."""

from collections.abc import Mapping

from krenalis_provider.model.definition import Definition
from krenalis_provider.workspaces.direct import DirectWorkspaces
from krenalis_provider.workspaces.interface import PlannedChange, Prior
from lightstart.records import Record, field, replace


class Alteration(Record, kw_only=True):
    """A change of the profile schema and the primary sources at a server, which takes both in one request."""

    change: PlannedChange
    re_paths: Mapping[str, str | None] = field(default_factory=dict)
    """New path to old path of renamed properties; to None for one that is dropped and made anew, empty."""
    alters: bool = True
    """Whether the server has to be asked at all: the schema or the primary sources differ, or either is unknown."""
    primary_sources: Mapping[str, str] = field(default_factory=dict)
    """All primary sources, because those that are not sent are removed; empty while they are not known."""
    identifiers_during: tuple[str, ...] | None = None
    """The identifiers to set before the alteration; None to leave those that there are.

    Afterwards those of the definition are set. Source: docs/facts/krenalis.md, "An alteration of the profile schema".
    """


def plan(prior: Prior, wanted: Definition) -> Alteration:
    """Compute the alteration to a definition; never raises."""
    change = replace(DirectWorkspaces().plan_change(prior, wanted), objects={}, record="", migration=None)
    return Alteration(change=change)

"""The failures of a workspace, as data and as exceptions. No message ever holds a password."""

from collections.abc import Iterable
from enum import Enum

from krenalis_provider.model.attribute_path import AttributePath, ProviderPath
from lightstart.records import Record

NOWHERE = AttributePath()
"""The path of a failure for which no single value of the configuration is at fault."""


class Problem(Record):
    """One broken rule. The message says the mistake and the remedy, in one sentence or more."""

    path: AttributePath
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class Verdict(Enum):
    """The answers of the live check, besides that all is fine."""

    CONTRADICTED = "contradicted"
    """The warehouse answered, and it cannot hold the workspace."""
    ABSENT = "absent"
    """An object that the settings name is not there, or credentials or rights are missing."""
    COULD_NOT_TELL = "could not tell"
    """No answer: unreachable, too slow, too many connections."""
    NOTED = "noted"
    """No obstacle, and yet a plan should say it."""
    UNTRIED = "untried"
    """A rehearsal that was asked for could not be made: no obstacle, unless everything has to be found out."""


class Finding(Record):
    """One result of the live check. `summary` is a line of a few words; `detail` holds the remedy."""

    verdict: Verdict
    path: AttributePath
    summary: str
    detail: str
    workspace_id: str | None = None
    workspace_name: str | None = None
    """The workspace that is in the way, if one is."""

    @property
    def is_obstacle(self) -> bool:
        """Whether it stands against what is planned; otherwise a plan only says it."""
        return self.verdict not in (Verdict.NOTED, Verdict.UNTRIED)

    @property
    def may_be_made(self) -> bool:
        """Whether the same apply may make what is missing: an object or a right, and never a credential."""
        name = self.path[-1] if self.path else None
        is_credential = name == "password" or (isinstance(self.path, ProviderPath) and name != "role")
        return self.verdict is Verdict.ABSENT and not is_credential

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}" if self.path else self.detail


class WorkspaceError(Exception):
    """Base of the exceptions, never raised itself: a short summary, a detail with the remedy, and a path.

    The path is empty if no single value of the configuration is at fault.
    """

    def __init__(self, summary: str, detail: str, path: AttributePath = NOWHERE) -> None:
        super().__init__(f"{summary}: {detail}")
        self.summary = summary
        self.detail = detail
        self.path = path


class InvalidWorkspace(WorkspaceError):
    """The configuration breaks one or more rules that need no connection."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("Invalid workspace", "\n".join(map(str, self.problems)), self.problems[0].path)


class CheckFailed(WorkspaceError):
    """The warehouse cannot take the creation or the change; one or more findings say why."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0]
        super().__init__(first.summary, "\n".join(f.detail for f in self.findings), first.path)


class WorkspaceNotFound(WorkspaceError):
    """The warehouse answered, and holds another workspace or none."""


class WarehouseChanged(WorkspaceError):
    """The columns are no longer the columns from which the plan was made; nothing was changed."""


class WarehouseError(WorkspaceError):
    """The warehouse could not be reached or refused a statement."""

    def __init__(self, finding: Finding, *, code: str | None = None) -> None:
        """`code` is PostgreSQL's SQLSTATE or Snowflake's number of six digits, if there is one."""
        super().__init__(finding.summary, finding.detail, finding.path)
        self.finding = finding
        self.code = code


class ServerError(WorkspaceError):
    """The Krenalis server could not be reached or refused a request."""

    def __init__(self, finding: Finding) -> None:
        """The finding says what the request met."""
        super().__init__(finding.summary, finding.detail, finding.path)
        self.finding = finding

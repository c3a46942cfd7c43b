"""What can go wrong with a workspace, as exceptions and as data.

The tree::

    WorkspaceError              everything below; never raised itself
    ├── InvalidWorkspace        rules that need no connection: a tuple of `Problem`
    ├── CheckFailed             the live check of a creation: a tuple of `Finding`
    ├── WorkspaceNotFound       the warehouse answered and holds another workspace, or none
    ├── WarehouseChanged        the columns are no longer those that the plan was made on
    └── WarehouseError          the warehouse refused a statement or could not be reached

Paths are those of the API's document in the spelling of the configuration, such as
``warehouse.settings.port`` or ``profile_schema.properties[7].type.maxLength``.
No message ever holds a password.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule: where, and what is wrong together with the remedy, as one sentence or more."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class Verdict(Enum):
    """The three answers of the live check, when it is not "fine"."""

    CONTRADICTED = "contradicted"
    """The warehouse answered, and it cannot hold the workspace."""
    ABSENT = "absent"
    """Something the settings name is not there, or its credentials or rights are missing."""
    COULD_NOT_TELL = "could not tell"
    """No answer: unreachable, too slow, too many connections."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of the live check. `summary` is a line of a few words, `detail` says what to do."""

    verdict: Verdict
    path: str
    summary: str
    detail: str
    workspace_id: str | None = None
    """Of the workspace that stands in the way, if one does."""

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"


class WorkspaceError(Exception):
    """Base of the errors of this package: a summary of a few words, a detail with the remedy, and a path."""

    def __init__(self, summary: str, detail: str, path: str = "") -> None:
        """`path` is empty where no single value of the configuration is at fault."""
        super().__init__(f"{summary}: {detail}")
        self.summary = summary
        self.detail = detail
        self.path = path


class InvalidWorkspace(WorkspaceError):
    """The document breaks rules that need no connection."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """`problems` is not empty."""
        self.problems = tuple(problems)
        super().__init__("Invalid workspace", "\n".join(map(str, self.problems)), self.problems[0].path)


class CheckFailed(WorkspaceError):
    """The warehouse cannot take the workspace; the findings say why."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """`findings` is not empty."""
        self.findings = tuple(findings)
        first = self.findings[0]
        super().__init__(first.summary, "\n".join(f.detail for f in self.findings), first.path)


class WorkspaceNotFound(WorkspaceError):
    """The warehouse answered, and the workspace is not in it."""


class WarehouseChanged(WorkspaceError):
    """The columns of the warehouse are no longer those that the change was computed from; nothing was changed."""


class WarehouseError(WorkspaceError):
    """The warehouse could not be reached or refused a statement; `code` is its own error code, if it gave one."""

    def __init__(self, summary: str, detail: str, path: str = "", *, code: str | None = None) -> None:
        """`code` is an SQLSTATE for PostgreSQL, and an error number for Snowflake."""
        super().__init__(summary, detail, path)
        self.code = code

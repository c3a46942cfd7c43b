"""Messages for people: errors, which stop Terraform, and warnings.

A `Diagnostic` is a small immutable value; `Diagnostics` collects them during one call and drops repetitions.
"""

from collections.abc import Iterator
from enum import Enum

from lightstart.records import Record, replace
from tfplugin.cty import Path


class Severity(Enum):
    """How serious a diagnostic is."""

    ERROR = "error"
    WARNING = "warning"


class Diagnostic(Record):
    """One message. `summary` is one line, `detail` whole sentences; `path` is None if no attribute is at fault.

    Terraform shows the source line of `path` only if it finds the attribute in the configuration, so the detail names
    the attribute as well.
    """

    severity: Severity
    summary: str
    detail: str = ""
    path: Path | None = None

    def __post_init__(self) -> None:
        # an author's exception in place of its text, or a path as text, must not cost the answer to a call
        object.__setattr__(self, "summary", str(self.summary))
        object.__setattr__(self, "detail", str(self.detail))
        object.__setattr__(self, "path", self.path if isinstance(self.path, Path) else None)


class DiagnosticError(Exception):
    """Ends a call with an error diagnostic."""

    def __init__(self, summary: str, detail: str = "", path: Path | None = None) -> None:
        """Takes the arguments of `Diagnostic`."""
        super().__init__(summary)
        self.diagnostic = Diagnostic(Severity.ERROR, summary, detail, path)


class Diagnostics:
    """The diagnostics of one call, in order, each once."""

    def __init__(self) -> None:
        """Starts without diagnostics."""
        self._diagnostics: dict[Diagnostic, None] = {}
        self._subjects: tuple[str, ...] = ()

    def about(self, *subjects: str) -> None:
        """Names what the call is about, such as ``disk "a"``, in each summary that has none of the names yet.

        Where there are several, the first counts. Terraform drops what is told alike of several objects, and names none
        of which the configuration has no block. Source: docs/facts/terraform.md, "Messages".
        """
        self._subjects = tuple(dict.fromkeys(filter(None, subjects)))

    def error(self, summary: str, detail: str = "", path: Path | None = None) -> None:
        """Adds an error; the call goes on."""
        self.add(Diagnostic(Severity.ERROR, summary, detail, path))

    def warning(self, summary: str, detail: str = "", path: Path | None = None) -> None:
        """Adds a warning. Terraform folds warnings with the same summary into one."""
        self.add(Diagnostic(Severity.WARNING, summary, detail, path))

    def add(self, diagnostic: Diagnostic) -> None:
        """Adds a diagnostic that is already made."""
        self._diagnostics[diagnostic] = None

    @property
    def has_errors(self) -> bool:
        """Whether Terraform will stop because of these diagnostics."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self)

    def __iter__(self) -> Iterator[Diagnostic]:
        return map(self._named, self._diagnostics)

    def _named(self, diagnostic: Diagnostic) -> Diagnostic:
        summary = diagnostic.summary.casefold()
        if not self._subjects or any(subject.casefold() in summary for subject in self._subjects):
            return diagnostic
        return replace(diagnostic, summary=f"{diagnostic.summary} ({self._subjects[0]})")

"""Errors that a warehouse or its driver gave, on any platform: what happened, which setting is at fault, what to do."""

from dataclasses import dataclass

from krenalis_provider.workspaces.errors import Finding, Verdict, WarehouseError


class AnswerError(WarehouseError):
    """A `WarehouseError` that also knows which answer it is to the live check; each platform has its own kind."""

    def __init__(
        self,
        verdict: Verdict,
        setting: str,
        summary: str,
        detail: str,
        *,
        path: str = "",
        code: str | None = None,
    ) -> None:
        """`setting` is the one at fault, such as ``port``; `path` says it where it is none of the workspace's."""
        super().__init__(summary, detail, path or f"warehouse.settings.{setting}", code=code)
        self.verdict = verdict

    def finding(self) -> Finding:
        """The error as a result of the live check."""
        return Finding(self.verdict, self.path, self.summary, self.detail)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code of a warehouse means to us; `remedy` is a format string over the settings, and these in SQL."""

    verdict: Verdict
    setting: str
    summary: str
    remedy: str
    path: str = ""

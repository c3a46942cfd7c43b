"""Errors of Snowflake in the domain's words: what happened, where in the configuration, what to do about it.

Snowflake's own message is always kept, on one line.
"""

from snowflake.connector.errors import Error

from krenalis_provider.workspaces.errors import Finding, Verdict, WarehouseError


class SnowflakeError(WarehouseError):
    """A `WarehouseError` that also knows which answer it is to the live check."""

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
        """`setting` is the one at fault, such as ``role``; `path` says it where it is none of the workspace's."""
        super().__init__(summary, detail, path or f"warehouse.settings.{setting}", code=code)
        self.verdict = verdict

    def finding(self) -> Finding:
        """The error as a result of the live check."""
        return Finding(self.verdict, self.path, self.summary, self.detail)


def login_error(settings: object, error: Error) -> SnowflakeError:
    return SnowflakeError(Verdict.COULD_NOT_TELL, "account", "Snowflake could not be reached", str(error), code=f"{error.errno:06d}")


def missing_error(settings: object, setting: str) -> SnowflakeError:
    return SnowflakeError(Verdict.ABSENT, setting, f"{setting.capitalize()} does not exist", "does not exist or not authorized")


def statement_error(settings: object, error: Error, doing: str) -> SnowflakeError:
    return SnowflakeError(Verdict.CONTRADICTED, "schema", "Snowflake refused a statement", f"{doing} failed: {error}", code=f"{error.errno:06d}")


def identifier(*names: str) -> str:
    """A name, of one part or more, as it is written in SQL."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)

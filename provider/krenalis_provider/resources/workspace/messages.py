"""The domain's errors as diagnostics.

The protocol's path is the root attribute: for a deeper one Terraform shows a wrong line or none. The detail always
has the whole path.
"""

import textwrap
from collections.abc import Callable, Iterable
from typing import Final

from krenalis_provider.configuration import STRICT
from krenalis_provider.model.attribute_path import AttributePath, ProviderPath
from krenalis_provider.model.errors import (
    CheckFailed,
    Finding,
    InvalidWorkspace,
    Problem,
    Verdict,
    WorkspaceError,
)
from krenalis_provider.resources.workspace import remedies
from tfplugin.cty import Path
from tfplugin.diagnostics import Diagnostic, Diagnostics, Severity
from tfplugin.resource import Action

_PROFILE_SCHEMA: Final = "profile_schema"
# Terraform prints the configuration that a path leads to: a whole document here, and there perhaps a password
_UNPRINTED: Final = (_PROFILE_SCHEMA, "warehouse")
_SUMMARIES: Final = {
    "drop_columns": "Data would be lost",
    "identifiers": "Invalid identifiers",
    "name": "Invalid workspace name",
    "primary_sources": "Invalid primary sources",
    "renames": "Invalid renames",
    "ui_preferences": "Invalid UI preferences",
    "warehouse": "Invalid warehouse",
}


_NOT_FOUND_OUT: Final = (Verdict.COULD_NOT_TELL, Verdict.UNTRIED)

Taken = Callable[[Finding], str]
"""What to do about a workspace that is in the way of a creation."""


def report_problems(problems: Iterable[Problem], diagnostics: Diagnostics) -> None:
    """One error for each broken rule; those of the profile schema together in one."""
    schema_problems = []
    for problem in problems:
        root = problem.path.root
        if root == _PROFILE_SCHEMA:
            schema_problems.append(problem)
        else:
            diagnostics.error(_SUMMARIES.get(root, "Invalid workspace"), str(problem), _path(problem.path))
    if schema_problems:
        listed = "\n".join(textwrap.indent(str(problem), "  ") for problem in schema_problems)
        count = "1 error" if len(schema_problems) == 1 else f"{len(schema_problems)} errors"
        diagnostics.error("Invalid profile schema", f"The profile schema has {count}:\n\n{listed}")


def report_warnings(problems: Iterable[Problem], workspace: str, diagnostics: Diagnostics) -> None:
    """One warning for each limit that only some rows exceed."""
    for problem in problems:
        diagnostics.warning(f'Some profiles of workspace "{workspace}" may not fit', str(problem))


def report_findings(
    findings: Iterable[Finding],
    plan_check: str,
    action: Action,
    diagnostics: Diagnostics,
    taken: Taken,
    *,
    is_floor: bool = False,
) -> None:
    """What the live check of a plan found, as grave as `plan_check` ("strict", "error" or "warn") makes it.

    `is_floor` is whether the environment demands the strict one, so that no resource can have another one.
    """
    for finding in findings:
        severity = _severity(finding.verdict, plan_check, action)
        parts = [str(finding)]
        if plan_check == STRICT and finding.verdict in _NOT_FOUND_OUT:
            parts.append(remedies.strict(is_floor=is_floor))
        if severity is Severity.ERROR and (way := _way_out(finding, action, is_floor=is_floor)):
            parts.append(way)
        if finding.workspace_id:
            parts.append(taken(finding))
        if severity is Severity.ERROR and action is Action.REPLACE and finding.is_obstacle:
            parts.append(remedies.LOSE_NOTHING)
        diagnostics.add(Diagnostic(severity, finding.summary, "\n\n".join(parts), _path(finding.path)))


def _way_out(finding: Finding, action: Action, *, is_floor: bool) -> str:
    """What to do about an error; empty if the finding itself says all."""
    verdict = finding.verdict
    if verdict is Verdict.UNTRIED:
        return remedies.REHEARSED_LATER
    if action is Action.DESTROY:
        return remedies.FORGOTTEN
    if action is Action.UPDATE:
        # what cannot be reached, or not with this provider block, cannot be destroyed either
        is_out_of_reach = verdict is Verdict.COULD_NOT_TELL or isinstance(finding.path, ProviderPath)
        return "" if is_out_of_reach else remedies.DESTROYED_AS_IT_IS
    if finding.may_be_made:
        return remedies.MADE_FIRST if is_floor else remedies.MADE
    return ""


def report_error(error: WorkspaceError, diagnostics: Diagnostics, taken: Taken | None = None) -> None:
    """An error of an operation; it stops the operation whatever `plan_check` says. A creation gives `taken`."""
    match error:
        case InvalidWorkspace():
            report_problems(error.problems, diagnostics)
        case CheckFailed():
            for finding in error.findings:
                detail = str(finding)
                if taken and finding.workspace_id:
                    detail = f"{detail}\n\n{taken(finding)}"
                diagnostics.error(finding.summary, detail, _path(finding.path))
        case _:
            detail = f"{error.path}: {error.detail}" if error.path else error.detail
            diagnostics.error(error.summary, detail, _path(error.path))


def _severity(verdict: Verdict, plan_check: str, action: Action) -> Severity:
    """How grave a finding is. A replacement drops what there is before it finds out.

    Even with "warn", which is for what the same apply makes, a warehouse that answered that it cannot hold the
    workspace stops a replacement.
    """
    if verdict in (Verdict.NOTED, Verdict.UNTRIED):
        grave = plan_check == STRICT and verdict is Verdict.UNTRIED
    elif plan_check == STRICT:
        grave = True
    elif action is Action.REPLACE:
        grave = plan_check == "error" or verdict is Verdict.CONTRADICTED
    else:
        grave = plan_check == "error" and verdict is not Verdict.COULD_NOT_TELL
    return Severity.ERROR if grave else Severity.WARNING


def _path(path: AttributePath) -> Path | None:
    shown = path and not isinstance(path, ProviderPath) and path.root not in _UNPRINTED
    return Path.root(path.root) if shown else None

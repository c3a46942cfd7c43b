"""The domain's errors as diagnostics.

The protocol's path is the root attribute: for a deeper one Terraform shows a wrong line or none. The detail always
has the whole path.
"""

import textwrap
from collections.abc import Iterable
from typing import Final

from krenalis_provider.model.attribute_path import AttributePath, ProviderPath
from krenalis_provider.model.errors import (
    CheckFailed,
    Finding,
    InvalidWorkspace,
    Problem,
    Verdict,
    WorkspaceError,
)
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
_MAY_BE_MADE: Final = (
    'If the same apply makes what is missing, set plan_check = "warn" in this resource: '
    "then the plan warns, and applying checks again."
)
_MAY_BE_DESTROYED: Final = "To destroy the workspace as it is, use terraform destroy -refresh=false."
_MAY_BE_FORGOTTEN: Final = (
    "To leave the warehouse as it is and only forget the workspace, use a removed block with "
    "lifecycle { destroy = false }."
)
_MAY_BE_IMPORTED: Final = (
    "If it is this resource's own, made by an apply that was cut off before the state was written, take it over: "
    "terraform import krenalis_workspace.NAME '{}'"
)
_MAY_BE_TAINTED: Final = (
    "If it is this very resource, which was tainted: keep it with terraform untaint, "
    "replace it with terraform untaint and then terraform apply -replace, "
    "or destroy it with terraform destroy -refresh=false."
)


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
    workspace: str,
    plan_check: str,
    action: Action,
    diagnostics: Diagnostics,
    import_id: str,
) -> None:
    """What the live check of a plan found, as grave as `plan_check` ("error" or "warn") makes it."""
    for finding in findings:
        if not finding.is_obstacle:
            diagnostics.warning(
                f'{finding.summary} (workspace "{workspace}")', str(finding), _path(finding.path)
            )
            continue
        # a replacement drops what there is before it finds out
        told = finding.verdict is not Verdict.COULD_NOT_TELL or action is Action.REPLACE
        severity = Severity.ERROR if told and plan_check == "error" else Severity.WARNING
        detail = str(finding)
        if severity is Severity.ERROR and action is Action.DESTROY:
            detail = f"{detail}\n\n{_MAY_BE_FORGOTTEN}"
        elif severity is Severity.ERROR and action is Action.UPDATE:
            detail = f"{detail}\n\n{_MAY_BE_DESTROYED}"
        elif severity is Severity.ERROR and finding.verdict is Verdict.ABSENT:
            detail = f"{detail}\n\n{_MAY_BE_MADE}"
        if finding.workspace_id:
            detail = f"{detail}\n\n{_MAY_BE_IMPORTED.format(import_id)}\n\n{_MAY_BE_TAINTED}"
        diagnostics.add(
            Diagnostic(severity, f'{finding.summary} (workspace "{workspace}")', detail, _path(finding.path))
        )


def report_error(
    error: WorkspaceError, workspace: str, diagnostics: Diagnostics, import_id: str = ""
) -> None:
    """An error of an operation; it stops the operation whatever `plan_check` says. A creation gives `import_id`."""
    match error:
        case InvalidWorkspace():
            report_problems(error.problems, diagnostics)
        case CheckFailed():
            for finding in error.findings:
                detail = str(finding)
                if finding.workspace_id:
                    detail = f"{detail}\n\n{_MAY_BE_IMPORTED.format(import_id)}"
                diagnostics.error(f'{finding.summary} (workspace "{workspace}")', detail, _path(finding.path))
        case _:
            detail = f"{error.path}: {error.detail}" if error.path else error.detail
            diagnostics.error(f'{error.summary} (workspace "{workspace}")', detail, _path(error.path))


def _path(path: AttributePath) -> Path | None:
    shown = path and not isinstance(path, ProviderPath) and path.root not in _UNPRINTED
    return Path.root(path.root) if shown else None

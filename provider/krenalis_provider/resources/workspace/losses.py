"""The data that applying a plan loses: what of it is planned as a value, for policies, and warnings for people.

The value follows from state and configuration alone; what is counted is for warnings.
If counting fails, a warning has no number, and its detail gives the reason.
"""

from collections.abc import Sequence
from typing import Literal

from krenalis_provider.configuration import Configuration
from krenalis_provider.model.errors import WorkspaceError
from krenalis_provider.model.observed import ColumnCounts, Counts, Filled
from krenalis_provider.resources.workspace import (
    loss_sentences,
    plan_check,
    protection,
    remedies,
    systems,
    translation,
)
from krenalis_provider.resources.workspace.loss_sentences import Lost
from krenalis_provider.resources.workspace.plan_check import PlanCheck
from krenalis_provider.server_block import Mode
from krenalis_provider.workspaces.interface import PlannedChange
from tfplugin.cty import Value
from tfplugin.resource import ObjectValue, PlanRequest, ReadRequest

_NO_COUNTS = Counts(None, None, None)
_NO_VALUES = ColumnCounts(Filled(None), Filled(None))
_IN_SERVER = (
    "deletes the workspace with the id {} from the Krenalis server, with its connections and pipelines"
)
_GOES = {
    Mode.DIRECT: f"{loss_sentences.FORGETS} with the id {{}}",
    Mode.SERVER: _IN_SERVER,
    Mode.UNDECIDED: _IN_SERVER,
}


def planned(change: PlannedChange) -> list[Value]:
    """The lost columns, as the attribute `losses` has them."""
    return [
        {
            "property": str(loss.path),
            "column": loss.column,
            "kind": "dropped" if loss.becomes is None else "retyped",
            "becomes": loss.becomes,
        }
        for loss in change.losses
    ]


def warn_of_destruction(prior: ObjectValue, request: PlanRequest, configuration: Configuration) -> None:
    """Check the destruction of a workspace, and say what goes with it."""
    check = plan_check.check_destruction(prior, request, configuration)
    place = translation.place(prior)
    if translation.keeps_warehouse(prior):
        request.diagnostics.warning(
            loss_sentences.gone(str(prior["name"]), _gone(configuration)),
            f'Applying this plan {_GOES[configuration.mode].format(prior["id"])}; on_destroy is "abandon", so {place} keeps '
            "its tables with their data, and no workspace can be made there.",
        )
        return
    counts, reason = _rows(prior, check)
    server = f"{_GOES[configuration.mode].format(prior['id'])}, and " if configuration.server.endpoint else ""
    request.diagnostics.warning(
        loss_sentences.destroyed(str(prior["name"]), counts),
        f"Applying this plan {server}drops the tables of {place} (id {prior['id']}) with their data, for good.{reason}",
    )


def warn_of_replacement(
    prior: ObjectValue, planned: ObjectValue, request: PlanRequest, configuration: Configuration
) -> None:
    """Check the destruction of the workspace that is replaced, and say what a replacement loses."""
    check = plan_check.check_destruction(prior, request, configuration)
    changed = ", ".join(map(str, request.requires_replace))
    if translation.keeps_warehouse(prior):
        request.diagnostics.warning(
            loss_sentences.left(str(prior["name"])),
            f"{changed}: a change of it, or a value not known yet, makes a new, empty workspace, and "
            f'{_GOES[configuration.mode].format(prior["id"])}; on_destroy is "abandon", so {translation.place(prior)} keeps its '
            f"tables with their data.\n\n{remedies.LOSE_NOTHING}",
        )
        return
    counts, reason = _rows(prior, check)
    request.diagnostics.warning(
        loss_sentences.replaced(str(prior["name"]), counts),
        f"{changed}: a change of it, or a value not known yet, makes a new, empty workspace and drops the one at "
        f"{translation.place(prior)} with its data. {_order(prior, planned)}{reason}\n\n{remedies.LOSE_NOTHING}",
    )


def warn_of_order(planned: ObjectValue, request: PlanRequest) -> None:
    """Warn in the second half of a replacement, which alone knows of one on request, that the place is the same.

    Today's Terraform shows an error of that half, and no warning.
    """
    if protection.replaced_id(request, translation.known_place(planned)):
        request.diagnostics.warning(
            f'Workspace "{planned["name"]}" will be replaced in the same place',
            remedies.NOT_BEFORE_IN_ONE_PLACE,
        )


def warn_of_what_is_gone(request: ReadRequest, configuration: Configuration) -> None:
    """Warn of a workspace that somebody else has removed: what the next plan makes anew is empty."""
    state, server = request.state, configuration.server.endpoint
    if server:
        revoked = (
            systems.key_of(request.private) and ", or the API key, which is restricted to it, was revoked"
        )
        what = (
            f"{server} has no workspace with the id {state['id']} any more{revoked or ''}. Its warehouse was left as it was. If "
            "the configuration still has the workspace, the next apply makes a new one, empty, for which the schema has to be "
            "empty too."
        )
    else:
        what = (
            f"{translation.place(state)} has neither its record nor any of its tables: their data is gone. If the "
            f"configuration still has it, the next apply makes it anew, empty. {remedies.RESTORED_FIRST}"
        )
    request.diagnostics.warning(f'Workspace "{state["name"]}" is gone', what)


def warn_of_missing(
    prior: ObjectValue, kind: Literal["Tables", "Columns"], names: Sequence[str], request: PlanRequest
) -> None:
    """Warn of tables or columns that somebody else has dropped: a repair makes them, and not their data."""
    if names:
        attribute = "objects" if kind == "Tables" else "profile_columns"
        request.diagnostics.warning(
            f'{kind} of workspace "{prior["name"]}" are gone, with their data',
            f"{attribute}: {', '.join(names)}: missing in {translation.place(prior)}. Applying makes them anew, empty. "
            f"{remedies.RESTORED_FIRST}",
        )


def warn_of_columns(
    prior: ObjectValue, change: PlannedChange, check: PlanCheck | None, request: PlanRequest
) -> None:
    """Say of each column that loses its data, as `drop_columns` permits, how many profiles and identities have some."""
    if not change.losses:
        return
    counts, reason = _NO_VALUES, ""
    if check:
        try:
            columns = [loss.column for loss in change.losses]
            reference = translation.reference(prior)
            counts = check.workspaces.count_values(reference, columns, check.deadline)
            reason = loss_sentences.uncounted(*counts.reasons)
        except WorkspaceError as error:
            reason = loss_sentences.uncounted(error.detail)
    for loss in change.losses:
        request.diagnostics.warning(
            loss_sentences.column(str(prior["name"]), loss.column, counts, becomes=loss.becomes),
            f'profile_schema: property "{loss.path}" goes or changes its type, and drop_columns permits it. '
            f"Applying this plan removes the column's data for good.{reason}",
        )


def _gone(configuration: Configuration) -> Lost:
    return Lost.FORGOTTEN if configuration.mode is Mode.DIRECT else Lost.DELETED


def _order(prior: ObjectValue, planned: ObjectValue) -> str:
    """What Terraform does first in a replacement, of which it tells a provider nothing."""
    place = translation.known_place(planned)
    if place == translation.known_place(prior):
        return remedies.NOT_BEFORE_IN_ONE_PLACE
    unknown = "" if place else f" {remedies.UNKNOWN_PLACE}"
    return f"{remedies.BEFORE}{unknown}"


def _rows(prior: ObjectValue, check: PlanCheck | None) -> tuple[Counts, str]:
    """The rows of a workspace, and a sentence for the detail if they could not be counted."""
    if check is None:
        return _NO_COUNTS, ""
    try:
        counts = check.workspaces.count(translation.reference(prior), check.deadline)
    except WorkspaceError as error:
        return _NO_COUNTS, loss_sentences.uncounted(error.detail)
    return counts, loss_sentences.uncounted(*counts.reasons)

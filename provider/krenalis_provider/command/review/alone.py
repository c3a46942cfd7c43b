"""What a log alone tells, such as that of a plan that failed."""

from collections.abc import Iterator
from typing import Final

from krenalis_provider.command.review import lost
from krenalis_provider.command.review.log import Log
from krenalis_provider.command.review.messages import Kind, Said, losses_of
from krenalis_provider.command.review.model import Action, Loss, Review
from krenalis_provider.command.review.secrets import Secrets
from krenalis_provider.resources.workspace.loss_sentences import Lost

CUT_OFF: Final = "The log is cut off: there may be more warnings than it holds."
_NO_PLAN: Final = "No plan was given, so only the log's messages are shown."
_LOST: Final = {
    Lost.COLUMN: "column",
    Lost.DESTROYED: lost.ALL,
    Lost.REPLACED: lost.ALL,
    Lost.DELETED: lost.AT_SERVER,
    Lost.LEFT: lost.AT_SERVER,
}


def review(log: Log, secrets: Secrets) -> Review:
    """The review of a log, whose planned changes count as losses where no warning says what becomes of the data."""
    lossy = [each for each in log.warnings if each.loss and not each.is_kept]
    losses = [*(_loss(each) for each in lossy), *_untold(log, secrets)]
    if not log.is_whole and not losses:
        losses.append(Loss(what="data", uncounted="the log is cut off", is_certain=False))
    rest = (each for kind in Kind for each in log.warnings if each.kind is kind)
    return Review(
        terraform=log.terraform,
        has_plan=False,
        errors=log.errors,
        warnings=tuple(each.message for each in rest if each not in lossy),
        losses=tuple(losses),
        notices=(_NO_PLAN,) if log.is_whole else (_NO_PLAN, CUT_OFF),
    )


def _loss(said: Said) -> Loss:
    [((kind, column), counts)] = losses_of([said]).items()
    rows, uncounted = lost.in_words(counts)
    return Loss(
        what=_LOST[kind],
        column=column,
        workspace=said.workspace,
        rows=rows,
        uncounted=uncounted,
        stays=lost.STAYS if kind in (Lost.DELETED, Lost.LEFT) else "",
        is_certain=kind is not Lost.LEFT,
    )


def _untold(log: Log, secrets: Secrets) -> Iterator[Loss]:
    """The workspaces that go without a warning of their own, such as by ``-replace``.

    A warning without an address is that of a destruction, since the block is gone, and does for one of them.
    """
    told = {(each.address, each.loss.lost) for each in log.warnings if each.loss}
    destroyed, replaced = (
        sorted(
            address
            for address, action in log.changes
            if action == wanted and not any((address, kind) in told for kind in lost.KINDS[of])
        )
        for wanted, of in (("delete", Action.DESTROY), ("replace", Action.REPLACE))
    )
    nameless = sum(not each.address for each in log.warnings if each.loss)
    for address in (*destroyed[nameless:], *replaced):
        yield Loss(
            what=lost.ALL, workspace=secrets.without(address), uncounted=lost.NO_WARNING, is_certain=False
        )

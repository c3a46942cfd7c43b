"""What data a change loses, and how many rows, as far as the log tells.

An unknown loss counts as one: the job that reads the exit code must not pass it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from krenalis_provider.command.review import messages
from krenalis_provider.command.review.files import elements, members, text_of
from krenalis_provider.command.review.messages import Log, Told
from krenalis_provider.command.review.model import Loss, Message, System
from krenalis_provider.command.review.secrets import Secrets
from krenalis_provider.command.review.values import Side
from krenalis_provider.resources.workspace import loss_sentences
from krenalis_provider.resources.workspace.loss_sentences import LossSentence, Lost
from krenalis_provider.resources.workspace.schema import ABANDON

ALL: Final = "the workspace with all its profiles, identities and events"
AT_SERVER: Final = "the workspace with its connections and pipelines in the Krenalis server"


def of_workspace(before: Side, system: System, told: Told, log: Log | None) -> Iterator[Loss]:
    """What is lost of a workspace that is destroyed or replaced.

    A warehouse that is abandoned keeps its data, and in direct mode nothing is lost then. A server loses the workspace.
    """
    if before.member("on_destroy").value != ABANDON:
        kinds = {sentence.lost for sentence, _ in told.losses}
        kind = Lost.DESTROYED if Lost.DESTROYED in kinds else Lost.REPLACED
        rows, uncounted = _rows(kind, "", told.losses, log)
        also = ", and its connections and pipelines in the Krenalis server" if system is System.SERVER else ""
        yield Loss(what=f"{ALL}{also}", rows=rows, uncounted=uncounted)
    elif system is not System.DIRECT:
        is_certain = system is System.SERVER
        yield Loss(what=AT_SERVER, rows="the warehouse stays, with its tables", is_certain=is_certain)


def of_columns(after: Side, told: Told, log: Log | None, address: str, secrets: Secrets) -> Iterator[Loss]:
    """What is lost of the columns of the workspace at an address, as its configuration permits."""
    losses = after.member("losses")
    if losses.is_unknown:
        why = "what becomes of the columns is not known before applying"
        yield Loss(what="columns", uncounted=why, is_certain=False)
    shared = messages.shared_losses(address, log) if log else ()
    own = {sentence.column for sentence, _ in told.losses}
    for lost in map(members, elements(losses.value)):
        column = secrets.without(text_of(lost.get("column")))
        rows, uncounted = _rows(Lost.COLUMN, column, told.losses if column in own else shared, log)
        what = "the data of column" if lost.get("becomes") else "column"
        yield Loss(what=what, column=column, rows=rows, uncounted=uncounted)


def _rows(
    kind: Lost, column: str, told: Sequence[tuple[LossSentence, Message]], log: Log | None
) -> tuple[str, str]:
    """The rows of a loss in words, and why they are not, or not all, counted."""
    if log is None:
        return "", "no log was given"
    found = {
        (sentence.rows, sentence.among, loss_sentences.read_reason(message.detail))
        for sentence, message in told
        if sentence.lost is kind and sentence.column == column
    }
    if len(found) != 1:
        return "", "the log tells different numbers" if found else "Terraform shows no warning of it"
    rows, among, reason = found.pop()
    return rows, reason or (f"among {among}" if among else "")

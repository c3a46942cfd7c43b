"""What data a change loses, and how many rows, as far as the log tells.

An unknown loss counts as one: the job that reads the exit code must not pass it.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from krenalis_provider.command.review.files import elements, members, text_of
from krenalis_provider.command.review.log import Told
from krenalis_provider.command.review.messages import Count
from krenalis_provider.command.review.model import Action, Column, Loss, System
from krenalis_provider.command.review.secrets import Secrets
from krenalis_provider.command.review.values import Side
from krenalis_provider.resources.workspace.loss_sentences import Lost
from krenalis_provider.resources.workspace.schema import ABANDON

ALL: Final = "the workspace with all its profiles, identities and events"
AT_SERVER: Final = "the workspace with its connections and pipelines in the Krenalis server"
STAYS: Final = "the warehouse stays, with its tables"
NO_WARNING: Final = "Terraform shows no warning of it"
KINDS: Final[Mapping[Action, Collection[Lost]]] = {
    Action.DESTROY: (Lost.DESTROYED, Lost.FORGOTTEN, Lost.DELETED),
    Action.REPLACE: (Lost.REPLACED, Lost.LEFT),
    Action.UPDATE: (Lost.COLUMN,),
}
"""What warnings may tell of each change that loses data. A replaced and a deposed object have one address."""


def of_workspace(before: Side, action: Action, system: System, told: Told) -> Iterator[Loss]:
    """What is lost of a workspace that is destroyed or replaced.

    A warehouse that is abandoned keeps its data, and in direct mode nothing is lost then. A server loses the workspace.
    """
    if before.member("on_destroy").value != ABANDON:
        kind = Lost.DESTROYED if action is Action.DESTROY else Lost.REPLACED
        rows, uncounted = _rows(kind, "", told)
        also = ", and its connections and pipelines in the Krenalis server" if system is System.SERVER else ""
        yield Loss(what=f"{ALL}{also}", rows=rows, uncounted=uncounted)
    elif system is not System.DIRECT:
        yield Loss(what=AT_SERVER, stays=STAYS, is_certain=system is System.SERVER)


def of_columns(after: Side, columns: Collection[Column], told: Told, secrets: Secrets) -> Iterator[Loss]:
    """What is lost of the columns of a workspace, as its configuration permits; `columns` are all that it has or had."""
    losses = after.member("losses")
    if losses.is_unknown:
        why = "what becomes of the columns is not known before applying"
        yield Loss(what="columns", uncounted=why, is_certain=False)
        return
    permitted = [*map(members, elements(losses.value))]
    for lost in permitted:
        column = secrets.without(text_of(lost.get("column")))
        rows, uncounted = _rows(Lost.COLUMN, column, told)
        what = "the data of column" if lost.get("becomes") else "column"
        yield Loss(what=what, column=column, rows=rows, uncounted=uncounted)
    told_of = {lost.get("column") for lost in permitted}
    for each in columns:
        if each.change.loses_data and each.before not in told_of:
            why = "the plan does not say that its data is lost"
            yield Loss(what="column", column=secrets.without(each.before), uncounted=why, is_certain=False)


def in_words(counts: Collection[Count]) -> tuple[str, str]:
    """The rows of a loss, and why they are not, or not all, counted."""
    if len(counts) != 1:
        return "", "the log tells different numbers" if counts else NO_WARNING
    [count] = counts
    return count.rows, count.reason or (f"among {count.among}" if count.among else "")


def _rows(kind: Lost, column: str, told: Told) -> tuple[str, str]:
    if not told.is_logged:
        return "", "no log was given"
    return in_words(told.losses.get((kind, column)) or told.shared.get((kind, column), ()))

"""What a review comes to: the first thing that a reader sees."""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from krenalis_provider.command.review import words
from krenalis_provider.command.review.model import Action, Review, WorkspaceReview
from krenalis_provider.model.wording import counted


class Gravity(Enum):
    """What a review comes to."""

    FAILED = "failed"
    LOST = "lost"
    MAY_BE_LOST = "may be lost"
    GONE = "gone already"
    SAFE = "safe"


class Verdict(NamedTuple):
    """The first thing that a reader sees."""

    gravity: Gravity
    title: str
    sentence: str


def verdict_of(review: Review) -> Verdict:
    """What a review comes to."""
    if review.has_failed:
        errors = counted(len(review.errors), "error") if review.errors else "Its log has the errors"
        return Verdict(
            Gravity.FAILED, "Terraform could not make this plan", f"{errors}. Nothing can be applied."
        )
    if review.loses_data:
        of = ""
        if review.has_plan:
            losing, all_ = len(review.losing), len(review.workspaces) + review.unchanged
            of = f" of {losing} of {counted(all_, 'workspace')}" if all_ > 1 else ""
        if review.is_certain:
            return Verdict(
                Gravity.LOST, "Data would be lost", f"Applying this plan removes data{of}, for good."
            )
        return Verdict(
            Gravity.MAY_BE_LOST,
            "Data may be lost",
            f"Applying this plan may remove data{of}: what decides it is not known yet.",
        )
    if not review.has_plan:
        return Verdict(
            Gravity.SAFE, "The log tells of no loss", "Only the plan itself proves that there is none."
        )
    if review.gone:
        return _of_what_is_gone(review)
    sentence = "Applying this plan removes no column and no workspace."
    if all(each.action in (Action.NOTHING, Action.FORGET) for each in review.workspaces):
        sentence = "This plan changes no workspace."
    return Verdict(Gravity.SAFE, "No data would be lost", sentence)


def _of_what_is_gone(review: Review) -> Verdict:
    with_data = [each for each in review.gone if each.has_gone_data]
    at_server = len(review.gone) - len(with_data)
    sentences = [*(_of_gone_data(with_data) if with_data else ())]
    if at_server == 1:
        sentences.append(words.GONE_FROM_SERVER)
    elif at_server:
        sentences.append(
            f"{at_server} workspaces are gone from their server; their warehouses are left as they were, with their data, and "
            "no new workspaces can be made there until they are cleared."
        )
    title = (
        "Data is gone already"
        if with_data
        else f"{'A workspace is' if at_server == 1 else 'Workspaces are'} gone already"
    )
    return Verdict(Gravity.GONE, title, " ".join(sentences))


def _of_gone_data(gone: Sequence[WorkspaceReview]) -> Iterator[str]:
    whole = {each.is_gone for each in gone}
    parts = "Tables or columns" if whole == {False} else "Workspaces, tables or columns"
    what = "Workspaces" if whole == {True} else parts
    yield f"{what} were removed outside Terraform, and this plan loses nothing more."
    stays = {each.action is Action.NOTHING for each in gone}
    if stays == {True}:
        yield "Restore a backup if you have one: this plan makes nothing of it again."
    elif stays == {False}:
        yield "Restore a backup before applying if you have one: applying makes them empty."
    else:
        yield "Restore a backup before applying if you have one: applying makes some of them, empty, and nothing of the others."

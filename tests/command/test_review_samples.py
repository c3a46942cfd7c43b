"""Whole reviews as people read them, kept in files (see `tests.support.golden`)."""

from pathlib import Path

import pytest

from krenalis_provider.command.review.markdown import comment
from krenalis_provider.command.review.reading import review
from tests.support.golden import same_text
from tests.support.review_plans import (
    DROPS_TIER,
    EMAIL,
    EMAIL_COLUMN,
    TIER,
    TIER_COLUMN,
    TIER_IS_LOST,
    change,
    document,
    log,
    plan,
    values,
    warning,
)

FOLDER = Path(__file__).with_name("reviews")
ALONG = warning('Objects go with columns (workspace "Customers")', 'with column "tier": index cdp.by_tier.')
PLANS = {
    "create": (plan(change(["create"], None, values(id=None), unknown={"id": True})), ()),
    "safe_change": (
        plan(
            change(
                ["update"],
                values(),
                values(
                    name="Clients",
                    profile_schema=document(EMAIL, TIER),
                    profile_columns=EMAIL_COLUMN | TIER_COLUMN,
                    migration=['ADD COLUMN "tier" character varying'],
                ),
            )
        ),
        (),
    ),
    "loss_of_data": (plan(DROPS_TIER), (TIER_IS_LOST, ALONG)),
}


@pytest.mark.parametrize("name", PLANS)
def test_a_review_reads_as_it_did(name: str) -> None:
    of, told = PLANS[name]
    same_text(FOLDER / f"{name}.md", comment(review(of, log(*told, of=of))))

"""Counting on Snowflake: rows and values that policies hide are not taken for rows and values that are not there."""

from collections.abc import Mapping
from typing import Any

import pytest

from krenalis_provider.model.observed import Filled, RowCount
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.snowflake.counting import count, count_values
from krenalis_provider.warehouses.snowflake.dialect import NAMES
from krenalis_provider.warehouses.snowflake.session import Session
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings
from krenalis_provider.warehouses.snowflake.sql import Statement

SEEN = Snapshot(
    names=NAMES,
    objects=dict.fromkeys(("KRENALIS_PROFILES_0", "KRENALIS_IDENTITIES"), "table"),
    profiles="KRENALIS_PROFILES_0",
    columns={"EMAIL": "VARCHAR", "NAME": "VARCHAR"},
)


class Answers(Session):
    """A session whose every question is answered from what is given."""

    database, schema = "CDP", "PUBLIC"
    settings = SnowflakeSettings(
        account="org-account",
        username="user",
        role="TERRAFORM",
        database="CDP",
        schema="PUBLIC",
        warehouse="COMPUTE",
    )

    def __init__(self, counted: tuple[int, ...], stored: Mapping[str, int | None], **masked: str) -> None:
        self._counted = counted
        self._stored = stored
        self._masked = masked

    def ask(self, _statement: Statement) -> list[tuple[Any, ...]]:
        return [self._counted]

    def shown(self, statement: Statement) -> list[Mapping[str, Any]]:
        if statement.query.startswith("SHOW TABLES"):
            return [{"name": name, "rows": number} for name, number in self._stored.items()]
        return [{"name": name, "policy name": self._masked.get(name)} for name in SEEN.columns]


@pytest.mark.parametrize("stored", [3, 2, None])
def test_a_count_of_all_rows_is_exact(stored: int | None) -> None:
    counts = count(Answers((3, 4), {"KRENALIS_PROFILES_0": stored}), SEEN)
    assert (counts.profiles, counts.identities, counts.reasons) == (RowCount(3), RowCount(4), ())


def test_a_count_of_a_part_of_the_rows_is_none() -> None:
    answers = Answers((0, 4), {"KRENALIS_PROFILES_0": 10, "KRENALIS_IDENTITIES": 4})
    counts = count(answers, SEEN)
    assert (counts.profiles, counts.identities) == (RowCount(10, exact=False), RowCount(4))
    (reason,) = counts.reasons
    assert 'table "KRENALIS_PROFILES_0" has more rows than role "TERRAFORM" sees' in reason

    answers = Answers((0, 0), {"KRENALIS_PROFILES_0": 10})
    values = count_values(answers, SEEN, ["EMAIL"])
    assert values.profiles == Filled(RowCount(10, exact=False))
    assert values.identities == Filled(RowCount(0), {"EMAIL": 0})
    assert counts.reasons == (reason,)


def test_the_values_of_a_masked_column_are_not_counted() -> None:
    answers = Answers((10, 7), {"KRENALIS_PROFILES_0": 10}, EMAIL="HIDE_EMAILS")
    counts = count_values(answers, SEEN, ["EMAIL", "NAME", "GONE"])
    assert counts.profiles == counts.identities == Filled(RowCount(10), {"NAME": 7, "GONE": 0})
    assert (
        'the masking policy HIDE_EMAILS may hide the values of column "EMAIL" of table "KRENALIS_PROFILES_0"'
        in counts.reasons[0]
    )

"""What a warning says of lost data is what a review reads from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.model.observed import ColumnCounts, Counts, Filled, RowCount
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.resources.workspace import loss_sentences
from krenalis_provider.resources.workspace.loss_sentences import Lost

ROWS = st.one_of(st.none(), st.just(UNKNOWN), st.builds(RowCount, st.integers(0, 10**12), st.booleans()))
NAMES = st.one_of(
    st.text(min_size=1, max_size=100),
    st.sampled_from(
        ['"', 'a" loses column "b": 1 of 1 profile has a value', 'x" will be destroyed', "two\nlines"]
    ),
)


@st.composite
def filled(draw: st.DrawFn) -> Filled:
    rows = draw(ROWS)
    number = draw(st.none() | st.integers(0, 10**9))
    return Filled(rows, {} if number is None else {"email": number})


@given(name=NAMES, counts=st.builds(ColumnCounts, filled(), filled()), becomes=st.none() | st.just("date"))
def test_the_loss_of_a_column_is_read_as_it_was_written(
    name: str, counts: ColumnCounts, becomes: str | None
) -> None:
    summary = loss_sentences.column(name, "email", counts, becomes=becomes)

    found = loss_sentences.read(summary)

    assert found is not None
    assert (found.lost, found.workspace, found.column) == (Lost.COLUMN, name, "email")
    said = summary.removeprefix(f'Workspace "{name}" loses {"the data of " if becomes else ""}column "email"')
    assert said == (f": {found.rows}" if found.rows else f" of {found.among}" if found.among else "")
    for table in counts:
        if isinstance(table, Filled) and isinstance(table.rows, RowCount) and table.values.get("email"):
            assert f"{table.values['email']:,} of " in found.rows


@given(name=NAMES, counts=st.builds(Counts, ROWS, ROWS, ROWS))
def test_a_workspace_that_goes_is_read_as_it_was_written(name: str, counts: Counts) -> None:
    for write, lost, words in (
        (loss_sentences.destroyed, Lost.DESTROYED, " with "),
        (loss_sentences.replaced, Lost.REPLACED, " and loses "),
    ):
        summary = write(name, counts)
        found = loss_sentences.read(summary)
        assert found is not None
        assert (found.lost, found.workspace) == (lost, name)
        assert summary == f'Workspace "{name}" will be {lost.value}{words + found.rows if found.rows else ""}'
        assert bool(found.rows) == any(each is not None for each in counts[:3])


@given(name=NAMES)
def test_a_workspace_whose_warehouse_stays_is_read_as_it_was_written(name: str) -> None:
    for lost in (Lost.FORGOTTEN, Lost.DELETED):
        found = loss_sentences.read(loss_sentences.gone(name, lost))
        assert found == loss_sentences.LossSentence(lost, name)
    assert loss_sentences.read(loss_sentences.left(name)) == loss_sentences.LossSentence(Lost.LEFT, name)


@pytest.mark.parametrize("summary", [
    "", "Objects go with columns", 'Workspace "A" is protected', 'workspace "A" loses column "b"',
    'Workspace "A" loses column "b": ', 'Workspace "A" will be destroyed with ',
])  # fmt: skip
def test_any_other_summary_is_none_of_them(summary: str) -> None:
    assert loss_sentences.read(summary) is None


def test_the_reason_for_a_missing_number_is_read_from_the_detail() -> None:
    detail = f"For good.{loss_sentences.uncounted('A lock.', 'Too slow.')}\n\nTo lose nothing, wait."
    assert loss_sentences.read_reason(detail) == "A lock. Too slow."
    assert loss_sentences.read_reason("For good.") == ""

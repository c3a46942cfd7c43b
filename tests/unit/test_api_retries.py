import pytest

from krenalis_provider.api.answers import Answer
from krenalis_provider.api.errors import NoAnswer
from krenalis_provider.api.retries import Retries


def error(*, sent: bool, may_pass: bool = True) -> NoAnswer:
    return NoAnswer("GET /v1/x", "ended", sent=sent, may_pass=may_pass)


def tries(retries: Retries, error: NoAnswer) -> int:
    return sum(retries.after(error) is not None for _ in range(9))


@pytest.mark.parametrize(("reads", "repeatable", "sent", "again"), [
    (True, True, False, 3), (True, True, True, 1), (False, True, False, 3), (False, True, True, 0),
    (False, False, False, 0), (False, False, True, 0),
])  # fmt: skip
def test_what_a_server_may_have_done_is_not_sent_again(
    again: int, *, reads: bool, repeatable: bool, sent: bool
) -> None:
    assert tries(Retries(reads=reads, repeatable=repeatable), error(sent=sent)) == again


def test_what_will_not_pass_is_not_tried_again() -> None:
    assert tries(Retries(reads=True, repeatable=True), error(sent=False, may_pass=False)) == 0


@pytest.mark.parametrize(("said", "waits"), [
    ("3", [3, 3, 3]), ("0", [0.25, 0.5, 1]), ("", [0.25, 0.5, 1]), ("Wed, 21 Oct 2026 07:28:00 GMT", [0.25, 0.5, 1]),
    ("9" * 400, [0.25, 0.5, 1]), ("-1", [0.25, 0.5, 1]),
])  # fmt: skip
def test_the_rate_limit_says_how_long_to_wait(said: str, waits: list[float]) -> None:
    retries = Retries(reads=False, repeatable=False)
    found = [retries.after_limit(Answer(429, {"retry-after": said}, b"")) for _ in waits]

    assert [f - w for f, w in zip(found, waits, strict=True)] == [pytest.approx(0.125, abs=0.125)] * 3


def test_the_waits_do_not_grow_without_end() -> None:
    retries = Retries(reads=True, repeatable=True)

    assert max(retries.after_limit(Answer(429, {}, b"")) for _ in range(2000)) < 6

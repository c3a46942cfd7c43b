"""Files that are no plan or no log: the message says what to do."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from krenalis_provider.command.review.files import Unreadable, members, read_log, read_plan
from krenalis_provider.command.review.html import page
from krenalis_provider.command.review.markdown import comment
from krenalis_provider.command.review.reading import review
from tests.support.review_plans import DROPS_TIER, TIER_IS_LOST, change, log, plan, run

LOG = "\n".join(map(json.dumps, log()))
STATE = {"version": 4, "lineage": "x", "serial": 1}
TIME = "2026-01-31T12:00:00Z"
SHOWN_STATE = {"format_version": "1.0", "values": {}}


@pytest.mark.parametrize(("content", "said"), [
    (b"PK\x03\x04\x14\x00", "only Terraform reads"),
    ("\ufeff{}".encode("utf-16-le"), "UTF-16"),
    ('{"format_version": "1.2"}'.encode("utf-16-le"), "UTF-16"),
    (b"", "is empty"),
    (b" \n", "is empty"),
    (b"Terraform will perform the following actions", "not JSON"),
    (b"[" * 100_000, "not JSON"),
    (b'{"format_version": 1' + b"9" * 5000 + b"}", "not JSON"),
    (b'{"format_version": 1e' + b"9" * 50 + b"}", "not JSON"),
    (b'{"format_version": NaN}', "not JSON"),
    (b'{"a": "\xff"}', "not text in UTF-8"),
    (b"[]", "has no format_version"),
    (b"null", "has no format_version"),
    (json.dumps(STATE).encode(), "it is a state"),
    (json.dumps(SHOWN_STATE).encode(), "it is a state"),
    (LOG.encode(), "give it as --log"),
    (LOG.splitlines()[0].encode(), "give it as --log"),
    (b'{"format_version": "2.0", "resource_changes": []}', "use a newer version of the provider"),
    (b'{"format_version": {"a": 1}, "resource_changes": []}', "format version"),
])  # fmt: skip
def test_what_is_no_plan_is_refused_with_the_remedy(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "given"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        read_plan(str(path))
    assert said in str(refused.value)


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is empty"),
    (b"Plan: 1 to add", "is no log"),
    (json.dumps(plan()).encode(), "give it as --plan"),
    ("\ufeff{}".encode("utf-16-le"), "UTF-16"),
])  # fmt: skip
def test_what_is_no_log_is_refused_with_the_remedy(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "given"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        read_log(str(path))
    assert said in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read: No such file"):
        read_plan(str(tmp_path / "none"))


def test_the_mark_of_utf_8_that_powershell_writes_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "given"
    path.write_text(json.dumps(plan(DROPS_TIER)), "utf-8-sig")
    assert members(read_plan(str(path)))["format_version"] == "1.2"


def test_a_refused_file_ends_with_1_and_a_message(tmp_path: Path) -> None:
    found = run(tmp_path, "no plan")
    assert (found.code, found.stdout) == (1, "")
    assert found.stderr.startswith(f"error: {tmp_path / 'plan.json'} is no plan")
    assert "terraform show -json plan.tfplan > plan.json" in found.stderr
    assert "Traceback" not in found.stderr


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Any:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        yield from nodes(member, (*path, key))


def broken(whole: Any, path: tuple[Any, ...], other: Any) -> Any:
    """A copy with something else at a path."""
    copied = json.loads(json.dumps(whole))
    inner = copied
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = other
    return copied


OTHERS: list[Any] = [None, "text", 7, [], {}, [[]], {"a": None}, True, "0001-01-01T00:00:00Z"]


@pytest.mark.parametrize("other", OTHERS)
def test_a_plan_of_any_shape_is_reviewed_or_refused(other: Any) -> None:
    deferred = change(["delete"], None, None)
    whole = plan(DROPS_TIER, timestamp=TIME, deferred_changes=[{"resource_change": deferred}])
    told = [{**each, "@timestamp": TIME} for each in log(TIER_IS_LOST, of=whole, terraform="1.15.5")]
    for path in list(nodes(whole)):
        if not path or "profile_schema" in path[:-1] or "objects" in path[:-1]:
            continue
        other_plan = broken(whole, path, other)
        with suppress(Unreadable):  # most are not the plan of the log
            review(other_plan, told)
        try:
            found = review(other_plan, [told[0], told[-1]])
        except Unreadable:
            continue
        assert comment(found)
        assert page(found)


@pytest.mark.parametrize("other", OTHERS)
def test_a_log_of_any_shape_is_reviewed_or_refused(other: Any) -> None:
    whole = plan(DROPS_TIER, timestamp=TIME)
    told = [{**each, "@timestamp": TIME} for each in log(TIER_IS_LOST, of=whole, terraform="1.15.5")]
    for path in list(nodes(told)):
        for given in (None, whole) if len(path) > 1 else ():
            try:
                found = review(given, broken(told, path, other))
            except Unreadable:
                continue
            assert comment(found)
            assert page(found)

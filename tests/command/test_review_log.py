"""What a review takes from a log: which warning is about which workspace, and whether the log is that of the plan."""

import copy
from collections.abc import Mapping
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from krenalis_provider.command.review.files import Unreadable
from krenalis_provider.command.review.markdown import comment
from krenalis_provider.command.review.model import Review
from krenalis_provider.command.review.reading import review
from tests.support.review_plans import (
    ADDRESS,
    DROPS_TIER,
    TIER_IS_LOST,
    change,
    log,
    plan,
    run,
    values,
    warning,
)

DELETED = change(["delete"], values(), None)
REPLACED = change(["delete", "create"], values(), values())
FAILED = warning("It failed", "Nothing was planned.", severity="error")
NOON = "2026-01-31T12:00:00Z"
COUNTED = "5 profiles, 6 identities and 7 events"
DESTROYED = f'Workspace "Customers" will be destroyed with {COUNTED}'
FORGOTTEN = 'Workspace "Customers" will be forgotten, and its warehouse stays'
LEFT = 'Workspace "Customers" will be replaced by an empty one, and its warehouse stays'
FORGETS = "name: a change of it makes a new workspace, and lets Terraform forget the workspace with the id 42"


def reviewed(
    *changes: Mapping[str, Any], told: tuple[Any, ...] = (), terraform: str = "1.11.4", **more: Any
) -> Review:
    """The review of a plan and of its log with the messages `told`."""
    of = plan(*changes, **more)
    return review(of, log(*told, of=of, terraform=terraform))


def alone(*changes: Mapping[str, Any], told: tuple[Any, ...] = ()) -> Review:
    """The review of the log of a plan, without the plan."""
    return review(None, log(*told, of=plan(*changes)))


def at(key: str, of: Mapping[str, Any]) -> dict[str, Any]:
    """A change of another instance."""
    return {**copy.deepcopy(dict(of)), "address": f'{ADDRESS}["{key}"]'}


def rows(of: Review) -> list[str]:
    return [loss.rows for each in of.workspaces for loss in each.losses]


def timed(time: str, *told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Messages that were all written at a time of one day."""
    return [{**each, "@timestamp": f"2026-01-31T{time}.123456+01:00"} for each in told]


@pytest.mark.parametrize("of", [DELETED, REPLACED])
def test_a_log_alone_hides_no_destruction_without_a_warning(tmp_path: Path, of: Any) -> None:
    found = run(tmp_path, None, log(of=plan(of)))
    assert found.code == 2
    assert found.stdout.startswith("## ⚠️ Krenalis: Data may be lost\n")
    assert f"workspace `{ADDRESS}`: perhaps the workspace with all" in found.stdout
    assert "Terraform shows no warning of it" in found.stdout


def test_a_log_alone_tells_of_a_replacement_also_where_it_warns_of_a_column() -> None:
    found = alone(REPLACED, told=(TIER_IS_LOST,))
    assert [each.is_certain for each in found.losses] == [True, False]


def test_a_log_alone_counts_each_destruction_once() -> None:
    told = (warning(DESTROYED, address=""), warning(DESTROYED, address=f'{ADDRESS}["c"]'))
    found = alone(at("a", DELETED), at("b", DELETED), at("c", DELETED), told=told)
    assert [(each.rows, each.is_certain) for each in found.losses] == [
        (COUNTED, True),
        (COUNTED, True),
        ("", False),
    ]


@pytest.mark.parametrize(("of", "summary", "detail", "address", "lost"), [
    (DELETED, FORGOTTEN, "", ADDRESS, 0),
    (DELETED, FORGOTTEN, "", "", 0),
    (REPLACED, LEFT, FORGETS, ADDRESS, 0),
    (REPLACED, LEFT, "deletes the workspace with the id 42", ADDRESS, 1),
])  # fmt: skip
def test_a_log_alone_loses_nothing_of_what_terraform_only_forgets(
    of: Any, summary: str, detail: str, address: str, lost: int
) -> None:
    found = alone(of, told=(warning(summary, detail, address=address),))
    assert (len(found.losses), len(found.warnings)) == (lost, 1 - lost)
    assert all(each.stays for each in found.losses)


def test_a_log_alone_that_is_cut_off_is_never_safe(tmp_path: Path) -> None:
    cut = [each for each in log() if each["type"] != "change_summary"]
    found = run(tmp_path, None, cut)
    assert found.code == 2
    assert found.stdout.startswith("## ⚠️ Krenalis: Data may be lost\n")
    assert "rows not counted (the log is cut off)" in found.stdout


@pytest.mark.parametrize("address", [
    "module.krenalis_workspaces.null_resource.x", 'aws_s3_bucket.b["krenalis_workspace"]',
])  # fmt: skip
def test_resources_of_others_with_our_name_in_their_address_do_not_count(address: str) -> None:
    other = {
        "address": address,
        "mode": "managed",
        "type": "null_resource",
        "change": {"actions": ["create"], "before": None, "after": {}},
    }
    assert reviewed(DROPS_TIER, other, told=(TIER_IS_LOST,)).others == 1
    assert alone({**other, "change": {"actions": ["delete"]}}).losses == ()


def test_a_log_of_another_plan_is_refused() -> None:
    with pytest.raises(Unreadable, match="not the log of this plan"):
        review(plan(DROPS_TIER), log(of=plan(change(["create"], None, values()))))


@pytest.mark.parametrize("told", [
    [FAILED],
    timed("13:05:00", *log(FAILED, of=plan(DROPS_TIER))),
])  # fmt: skip
def test_an_old_plan_with_the_log_of_a_failed_one_is_refused_and_the_errors_are_shown(
    tmp_path: Path, told: list[Any]
) -> None:
    found = run(tmp_path, plan(DROPS_TIER, timestamp=NOON), told)
    assert found.code == 1
    assert "The plan is not the plan of this log" in found.stderr
    for text in (found.stdout, found.page):
        assert "The plan is not the plan of this log" in text
        assert "It failed" in text
        assert "tier" not in text


@pytest.mark.parametrize("time", ["13:05:00", "12:55:00"])
def test_a_log_of_another_time_is_refused(time: str) -> None:
    of = plan(DROPS_TIER, timestamp=NOON)
    with pytest.raises(Unreadable, match="its time"):
        review(of, timed(time, *log(TIER_IS_LOST, of=of)))


def test_a_plan_and_a_log_of_one_time_or_of_none_belong_together() -> None:
    for noted in (NOON, "", "noon", "2026-01-31T12:00:00", 7):
        of = plan(DROPS_TIER, timestamp=noted)
        assert review(of, timed("13:00:00", *log(TIER_IS_LOST, of=of))).loses_data


def test_a_part_of_a_plan_that_failed_is_shown_with_its_errors() -> None:
    found = review(plan(DROPS_TIER, errored=True), [FAILED])
    assert (found.is_refused, len(found.workspaces)) == (False, 1)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_time_that_there_is_are_times(time: str) -> None:
    of = plan(DROPS_TIER, timestamp=NOON)
    with pytest.raises(Unreadable, match="its time"):
        review(of, [{**each, "@timestamp": time} for each in log(of=of)])
    of = plan(DROPS_TIER, timestamp=time)
    with pytest.raises(Unreadable, match="its time"):
        review(of, timed("13:00:00", *log(of=of)))
    assert review(of, [{**each, "@timestamp": time} for each in log(of=of)]).planned_at


def test_a_log_of_diagnostics_alone_may_begin_after_the_plan() -> None:
    of = plan(DROPS_TIER, timestamp=NOON)
    assert rows(review(of, timed("13:05:00", TIER_IS_LOST))) == ["3 of 5 profiles have a value"]


def test_a_plan_that_is_newer_than_a_failed_log_is_not_the_one_to_remove() -> None:
    of = plan(DROPS_TIER, timestamp=NOON)
    with pytest.raises(Unreadable, match="the log is not the log of this plan"):
        review(of, timed("12:55:00", *log(FAILED, of=of)))
    with pytest.raises(Unreadable, match="the log is not the log of this plan"):
        review(of, timed("12:55:00", *log()[:1], FAILED))


def test_of_two_logs_in_one_file_the_last_one_counts() -> None:
    of = plan(DROPS_TIER, timestamp=NOON)
    older = warning('Workspace "Customers" loses column "tier": 1 of 5 profiles have a value')
    before = timed("12:00:00", *log(older, FAILED, of=plan(DELETED)))
    found = review(of, [*before, *timed("13:00:00", *log(TIER_IS_LOST, of=of))])
    assert rows(found) == ["3 of 5 profiles have a value"]
    assert found.errors == ()


def test_a_replaced_and_a_deposed_object_of_one_address_have_their_own_numbers() -> None:
    deposed = {**change(["delete"], values(id="7"), None), "deposed": "byebye"}
    told = (
        warning(DESTROYED, "Applying this plan drops the tables of x (id 7) with their data, for good."),
        warning('Workspace "Customers" will be replaced and loses 1 profile'),
    )
    for order in (told, told[::-1]):
        found = reviewed(REPLACED, deposed, told=order)
        assert {(each.deposed, each.losses[0].rows) for each in found.workspaces} == {
            (False, "1 profile"),
            (True, COUNTED),
        }


def test_two_destroyed_workspaces_of_one_name_are_told_apart_by_their_ids() -> None:
    told = tuple(
        warning(
            f'Workspace "Customers" will be destroyed with {id_} profiles', f"Drops x (id {id_}).", address=""
        )
        for id_ in (42, 43)
    )
    other = at("b", change(["delete"], values(id="43"), None))
    assert rows(reviewed(DELETED, other, told=told)) == ["42 profiles", "43 profiles"]
    assert rows(reviewed(DELETED, other, told=told[:1])) == ["42 profiles", ""]


@pytest.mark.parametrize(("name", "said"), [("Customers", "3 of 5 profiles have a value"), ("Others", "")])
def test_a_warning_that_was_printed_once_counts_for_instances_of_its_name_alone(name: str, said: str) -> None:
    other = at("b", DROPS_TIER)
    for side in ("before", "after"):
        other["change"][side]["name"] = name
    busy = warning('Warehouse is busy (workspace "Customers")', address=f'{ADDRESS}["a"]')
    told = {**TIER_IS_LOST, "diagnostic": {**TIER_IS_LOST["diagnostic"], "address": f'{ADDRESS}["a"]'}}
    found = reviewed(at("a", DROPS_TIER), other, told=(told, busy), terraform="1.15.5")
    assert rows(found) == ["3 of 5 profiles have a value", said]
    assert [len(each.unchecked) for each in found.workspaces] == [1, 1 if said else 0]


def test_a_warning_that_was_printed_once_is_none_of_a_workspace_that_does_not_change() -> None:
    busy = warning('Warehouse is busy (workspace "Customers")', address=f'{ADDRESS}["a"]')
    same = at("b", change(["no-op"], values(), values()))
    found = reviewed(at("a", DROPS_TIER), same, told=(busy,), terraform="1.15.5")
    assert (len(found.workspaces), found.unchanged) == (1, 1)


@pytest.mark.parametrize("subject", [
    'workspace "A (schema "x")"', 'schema "x" of database "y"', 'schema "x"', 'database "y"',
])  # fmt: skip
def test_a_summary_is_understood_whatever_it_is_about(subject: str) -> None:
    [found] = reviewed(DROPS_TIER, told=(warning(f"Warehouse not checked ({subject})"),)).workspaces
    assert [each.headline for each in found.unchecked] == ["Warehouse not checked"]


def test_a_long_summary_takes_no_time() -> None:
    began = process_time()
    alone(told=(warning(' (workspace "' * 10_000),))
    assert process_time() - began < 1


def test_a_sensitive_name_is_not_shown_and_its_warnings_are_found() -> None:
    name = "correct horse battery"
    of = change(["delete"], values(name=name), None)
    of["change"]["before_sensitive"] = {**of["change"]["before_sensitive"], "name": True}
    for spelled in (name, "(redacted)"):  # the provider takes out what it knows as a password
        told = warning(f'Workspace "{spelled}" will be destroyed with {COUNTED}', address="")
        found = reviewed(of, told=(told,))
        assert rows(found) == [COUNTED]
        assert found.workspaces[0].name == "(sensitive)"
        assert found.warnings == ()


def test_a_loss_is_left_out_of_the_other_warnings_only_where_it_is_shown() -> None:
    told = warning(DESTROYED, address="")
    replaced = at("b", REPLACED)
    assert [each.headline for each in reviewed(replaced, told=(told,)).warnings] == [DESTROYED]
    assert reviewed(DELETED, replaced, told=(told,)).warnings == ()


def test_a_workspace_without_a_name_has_none_of_the_warnings_without_one() -> None:
    created = change(["create"], None, values(name=None))
    found = reviewed(created, told=(warning("Something of Terraform's own", address=""),))
    assert [each.headline for each in found.warnings] == ["Something of Terraform's own"]


@pytest.mark.parametrize(
    "secret", ["column", "will be", "workspace", "Not all rows", "Warehouse not checked"]
)
def test_a_secret_that_is_one_of_our_words_hides_no_warning(secret: str) -> None:
    more: dict[str, Any] = {
        "variables": {"v": {"value": secret}},
        "configuration": {"root_module": {"variables": {"v": {"sensitive": True}}}},
    }
    told = (
        warning(
            'Workspace "Customers" loses column "tier" of about 9 profiles',
            "Not all rows could be counted: A lock.",
        ),
        warning('Warehouse not checked (workspace "Customers")'),
    )
    found = reviewed(DROPS_TIER, told=told, **more)
    [of] = found.workspaces
    assert [each.uncounted for each in of.losses] == ["A lock."]
    assert len(of.unchecked) == 1
    destroyed = reviewed(DELETED, told=(warning(DESTROYED, address=""),), **more)
    assert rows(destroyed) == [COUNTED]
    assert secret not in "".join(each.headline for each in of.unchecked)


def test_the_review_of_a_log_alone_says_why_rows_were_not_counted() -> None:
    told = warning(
        'Workspace "Customers" loses column "tier"', "Gone. Not all rows could be counted: A lock."
    )
    assert "rows not counted (A lock)" in comment(alone(DROPS_TIER, told=(told,)))

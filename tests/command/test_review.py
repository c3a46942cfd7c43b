"""What a review says of a plan, and how it ends."""

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from krenalis_provider.command.review import diagram, messages, words
from krenalis_provider.command.review.blocks import Blocks
from krenalis_provider.command.review.files import Unreadable
from krenalis_provider.command.review.html import page
from krenalis_provider.command.review.markdown import LONGEST, comment
from krenalis_provider.command.review.model import Action, Change, Review, System
from krenalis_provider.command.review.reading import review
from krenalis_provider.warehouses.krenalis_objects import OBJECTS
from tests.support.review_plans import (
    ADDRESS,
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
    run,
    values,
    warning,
)
from tests.support.summaries import HOLE, made_by

WITH_TIER = {"profile_schema": document(EMAIL, TIER), "profile_columns": EMAIL_COLUMN | TIER_COLUMN}
ADDS_TIER = change(
    ["update"], values(), values(**WITH_TIER, migration=['ADD COLUMN "tier" character varying'])
)
OUR_PROVIDER = {"name": "krenalis", "full_name": "registry.terraform.io/krenalis/krenalis"}
AT_SERVER = {"objects": {}, "on_destroy": "abandon"}
DESTROYED = warning('Workspace "Customers" will be destroyed with 5 profiles, 6 identities and 7 events')


def reviewed(
    *changes: Mapping[str, Any], told: tuple[Any, ...] = (), terraform: str = "1.11.4", **more: Any
) -> Review:
    """The review of a plan and of its log with the messages `told`."""
    of = plan(*changes, **more)
    return review(of, log(*told, of=of, terraform=terraform))


def rows(of: Review) -> list[str]:
    return [loss.rows for each in of.workspaces for loss in each.losses]


@pytest.mark.parametrize(("changes", "code"), [
    ([], 0),
    ([change(["create"], None, values())], 0),
    ([ADDS_TIER], 0),
    ([DROPS_TIER], 2),
    ([change(["update"], values(), values(), unknown={"losses": True})], 2),
    ([change(["delete"], values(), None)], 2),
    ([change(["delete", "create"], values(), values())], 2),
    ([change(["create", "delete"], values(), values())], 2),
    ([change(["delete"], values(on_destroy=None), None)], 2),
    ([change(["delete"], values(on_destroy="abandon"), None)], 0),
    ([change(["delete", "create"], values(on_destroy="abandon"), values())], 0),
    ([change(["delete"], values(**AT_SERVER), None)], 2),
    ([change(["delete"], values(on_destroy="abandon", objects=None), None)], 2),
    ([change(["forget"], values(), None)], 0),
    ([change(["create", "forget"], values(), values())], 0),
    ([change(["delete"], values(), None, deposed="byebye")], 2),
    # what the last change has lost is in the state until a refresh
    ([change(["no-op"], values(losses=[{"column": "old"}]), values(losses=[{"column": "old"}]))], 0),
    ([ADDS_TIER, {**DROPS_TIER, "address": 'module.eu["x"].krenalis_workspace.b[0]'}], 2),
])  # fmt: skip
def test_the_exit_code_tells_whether_data_would_be_lost(
    tmp_path: Path, changes: list[Any], code: int
) -> None:
    found = run(tmp_path, plan(*changes))

    assert (found.code, found.stderr) == (code, "")
    title = {0: "No data would be lost", 2: "Data (would|may) be lost"}[code]
    assert re.search(title, found.stdout.partition("\n")[0])
    assert re.search(f"<h1>{title}</h1>", found.page)


def test_the_rows_of_a_lost_column_come_from_the_log() -> None:
    found = reviewed(DROPS_TIER, told=(TIER_IS_LOST,))
    assert rows(found) == ["3 of 5 profiles have a value"]
    assert "`tier`: 3 of 5 profiles have a value" in comment(found)


def test_without_a_log_rows_are_not_counted_and_the_review_says_so() -> None:
    text = comment(review(plan(DROPS_TIER), None))
    assert "column `tier`: rows not counted (no log was given)" in text
    assert "--log plan.jsonl" in text


@pytest.mark.parametrize(("summary", "detail", "said"), [
    ('Workspace "Customers" loses column "tier"', "Gone. Not all rows could be counted: A lock.", "rows not counted (A lock)"),
    ('Workspace "Customers" loses column "tier" of about 9 profiles', "", "rows not counted (among about 9 profiles)"),
])  # fmt: skip
def test_why_rows_were_not_counted_is_said(summary: str, detail: str, said: str) -> None:
    assert said in comment(reviewed(DROPS_TIER, told=(warning(summary, detail),)))


def test_each_workspace_has_its_own_numbers() -> None:
    keys = [f'krenalis_workspace.customers["{key}"]' for key in ("a", "b")]
    told = [
        warning(
            f'Workspace "Customers" loses column "tier": {number} of 5 profiles have a value', address=key
        )
        for number, key in enumerate(keys, 2)
    ]
    found = reviewed(*({**DROPS_TIER, "address": key} for key in keys), told=tuple(told))
    assert rows(found) == ["2 of 5 profiles have a value", "3 of 5 profiles have a value"]


@pytest.mark.parametrize(("terraform", "second"), [
    ("1.15.5", "3 of 5 profiles have a value"), ("1.11.4", ""),
])  # fmt: skip
def test_a_warning_that_terraform_printed_once_counts_for_each_instance_that_lacks_one(
    terraform: str, second: str
) -> None:
    keys = [f'module.m["a.b"].krenalis_workspace.customers["{key}"]' for key in ("a", "b")]
    told = {**TIER_IS_LOST, "diagnostic": {**TIER_IS_LOST["diagnostic"], "address": keys[0]}}
    found = reviewed(*({**DROPS_TIER, "address": key} for key in keys), told=(told,), terraform=terraform)
    assert rows(found) == ["3 of 5 profiles have a value", second]


def test_a_module_in_a_local_folder_is_one_block_for_all_of_its_calls() -> None:
    local = {"source": "./workspace", "module": {}}
    within = {"source": "../workspace", "module": {}}
    copied = {"source": "git::https://example.com/modules.git//workspace", "module": {}}
    calls = {
        "a": local,
        "b": local,
        "region": {"source": "./region", "module": {"module_calls": {"w": within}}},
        "copied": copied,
        "again": copied,
    }
    blocks = Blocks({"configuration": {"root_module": {"module_calls": calls}}})
    resource = "krenalis_workspace.this"
    one = blocks.of(f'module.a["x.y"].{resource}[0]')
    assert one == ("workspace", resource)
    assert blocks.of(f"module.b.{resource}") == one
    assert blocks.of(f"module.region[0].module.w.{resource}") == one
    others = {
        blocks.of(f"{module}{resource}")
        for module in ("", "module.copied.", "module.again.", "module.unknown.")
    }
    assert len(others | {one}) == 5
    for nonsense in ("", "module", "module.a", "module.a.module"):
        assert blocks.of(nonsense) != one


@pytest.mark.parametrize("source", [
    "git::https://example.com/modules.git//deploy?ref=v1",
    "git::https://example.com/modules.git//deploy",
    "example/modules/cloud//deploy",
])  # fmt: skip
def test_a_folder_beside_that_of_a_copied_module_is_one_of_its_copy(source: str) -> None:
    beside = {"source": "../workspace", "module": {}}
    copied = {"source": source, "module": {"module_calls": {"w": beside, "v": beside}}}
    blocks = Blocks({"configuration": {"root_module": {"module_calls": {"a": copied, "b": copied}}}})
    one, other = (blocks.of(f"module.{name}.module.w.krenalis_workspace.this") for name in "ab")
    assert one == ("module.a/workspace", "krenalis_workspace.this")
    assert other == ("module.b/workspace", "krenalis_workspace.this")
    assert blocks.of("module.a.module.v.krenalis_workspace.this") == one
    assert blocks.of("module.a.x.y") == ("module.a/deploy", "x.y")


@pytest.mark.parametrize("source", ["https://example.com/vpc.zip", "git::https://example.com/m.git?ref=v1"])
def test_the_address_of_a_package_is_no_folder_in_it(source: str) -> None:
    calls = {"a": {"source": source, "module": {}}}
    assert (
        Blocks({"configuration": {"root_module": {"module_calls": calls}}}).of("module.a.x.y")[0]
        == "module.a"
    )


def test_a_warning_that_was_printed_once_counts_for_other_calls_of_the_module_too() -> None:
    call = {"source": "./workspace", "module": {}}
    keys = [f"module.{name}.krenalis_workspace.customers" for name in ("a", "b", "c")]
    told = {**TIER_IS_LOST, "diagnostic": {**TIER_IS_LOST["diagnostic"], "address": keys[0]}}
    calls = {"a": call, "b": call, "c": {**call, "source": "./other"}}
    found = reviewed(
        *({**DROPS_TIER, "address": key} for key in keys),
        told=(told,),
        terraform="1.15.5",
        configuration={"root_module": {"module_calls": calls}},
    )
    assert rows(found) == ["3 of 5 profiles have a value", "3 of 5 profiles have a value", ""]


def test_a_number_of_another_instance_counts_for_a_column_without_one_of_its_own() -> None:
    keys = [f'{ADDRESS}["{key}"]' for key in ("a", "b")]
    lost = {"property": "email", "column": "email", "kind": "dropped", "becomes": None}
    two = copy.deepcopy(DROPS_TIER)
    two["change"]["after"]["losses"].append(lost)

    def told(column: str, number: int, key: str) -> Any:
        return warning(
            f'Workspace "Customers" loses column "{column}": {number} of 5 profiles have a value', address=key
        )

    found = reviewed(
        *({**two, "address": key} for key in keys),
        told=(told("tier", 2, keys[0]), told("tier", 3, keys[1]), told("email", 5, keys[0])),
        terraform="1.15.5",
    )
    counted = [[loss.rows.partition(" ")[0] for loss in each.losses] for each in found.workspaces]
    assert counted == [["2", "5"], ["3", "5"]]


def test_the_rows_of_a_destroyed_workspace_are_not_told_of_another_one_of_its_name() -> None:
    told = warning(DESTROYED["diagnostic"]["summary"], address="")
    replaced = change(["delete", "create"], values(), values(), address=f'{ADDRESS}["b"]')
    found = reviewed(change(["delete"], values(), None), replaced, told=(told,))
    assert rows(found) == ["5 profiles, 6 identities and 7 events", ""]


def test_two_provider_blocks_that_say_the_same_are_told_of_once() -> None:
    block = {**OUR_PROVIDER, "expressions": {"plan_check": {"constant_value": "off"}}}
    blocks = {"krenalis": block, "krenalis.second": {**block, "alias": "second"}}
    found = reviewed(ADDS_TIER, configuration={"provider_config": blocks, "root_module": {}})
    assert len(found.notices) == 1


def test_a_destroyed_workspace_without_an_address_in_the_log_is_told_by_its_name() -> None:
    told = warning(DESTROYED["diagnostic"]["summary"], address="")
    found = reviewed(change(["delete"], values(), None), told=(told,))
    assert rows(found) == ["5 profiles, 6 identities and 7 events"]
    assert found.warnings == ()


def test_a_renamed_and_a_retyped_column_are_told_apart_from_dropped_and_added_ones() -> None:
    contact = {**EMAIL, "name": "contact", "type": {"kind": "string", "maxLength": 200}}
    after = values(
        profile_schema=document(contact),
        renames={"contact": "email"},
        profile_columns={"contact": "character varying(200)"},
        migration=[
            'RENAME COLUMN "email" TO "contact"',
            'ALTER COLUMN "contact" TYPE character varying(200)',
        ],
    )
    [found] = reviewed(change(["update"], values(), after)).workspaces
    assert found.columns is not None
    [column] = found.columns
    assert (column.before, column.after) == ("email", "contact")
    assert (column.before_type, column.after_type) == ("character varying(100)", "character varying(200)")
    assert any("RENAME COLUMN" in statement for statement in found.sql.statements)


def test_a_column_made_anew_is_a_loss_and_no_change_of_type() -> None:
    after = values(
        profile_schema=document({**EMAIL, "type": {"kind": "date"}}),
        drop_columns=["email"],
        profile_columns={"email": "date"},
        migration=['DROP COLUMN "email", ADD COLUMN "email" pg_catalog.date'],
        losses=[{"property": "email", "column": "email", "kind": "retyped", "becomes": "date"}],
    )
    [found] = reviewed(change(["update"], values(), after)).workspaces
    assert [each.change for each in found.columns or ()] == [Change.EMPTIED]
    assert [each.what for each in found.losses] == ["the data of column"]


def test_columns_that_are_not_known_are_no_change_of_none() -> None:
    after = {**values(), "profile_columns": None, "losses": None, "migration": None}
    unknown = {"profile_columns": True, "losses": True, "migration": True, "profile_schema": True}
    [found] = reviewed(change(["update"], values(), after, unknown=unknown)).workspaces
    assert found.columns is None
    assert [each.is_certain for each in found.losses] == [False]
    assert "not known before applying" in found.sql.note
    assert "Not known before applying: profile" in found.unchecked[0].headline


def test_in_server_mode_the_server_runs_the_sql() -> None:
    before, after = ({**ADDS_TIER["change"][side], **AT_SERVER} for side in ("before", "after"))
    [found] = reviewed(change(["update"], before, after)).workspaces
    assert found.system is System.SERVER
    assert found.sql.statements == ()
    assert "server makes the statements itself" in found.sql.note
    assert [each.change for each in found.changed_columns] == [Change.ADDED]
    text = comment(reviewed(change(["delete"], before, None)))
    assert "connections and pipelines" in text


def test_a_number_with_a_fraction_is_shown_as_it_is(tmp_path: Path) -> None:
    before, after = values(), values()
    more = {"password_wo_version": 1.5, "listed": [1.50, {"in": 2.25}], "whole": 2.0}
    after["warehouse"] = {**after["warehouse"], "settings": {**after["warehouse"]["settings"], **more}}
    found = run(tmp_path, plan(change(["update"], before, after)))
    assert found.code == 0
    assert "| `warehouse.settings.password_wo_version` | – | `1.5` |" in found.stdout
    assert """| `warehouse.settings.listed` | – | `[1.5, {"in": 2.25}]` |""" in found.stdout
    assert "| `warehouse.settings.whole` | – | `2` |" in found.stdout


def test_moves_imports_orders_and_repairs_are_told() -> None:
    moved = change(["no-op"], values(), values(), previous_address="krenalis_workspace.old")
    imported = change(
        ["no-op"],
        values(),
        values(),
        address="krenalis_workspace.i",
        importing={"id": "postgresql://krenalis@127.0.0.1/cdp/i"},
    )
    replaced = change(
        ["create", "delete"],
        values(),
        values(),
        address="krenalis_workspace.r",
        action_reason="replace_because_cannot_update",
    )
    lacking = {name: kind for name, kind in OBJECTS.items() if name != "events"}
    repaired = change(["update"], values(objects=lacking), values(), address="krenalis_workspace.t")
    text = comment(reviewed(moved, imported, replaced, repaired))
    assert "Moved from `krenalis_workspace.old`" in text
    assert (
        "Imported by the id <code>postgresql&#58;" in text
        or "`postgresql://krenalis@127.0.0.1/cdp/i`" in text
    )
    assert "the new workspace is made first (create_before_destroy)" in text
    assert "made again: `view events`" in text


def test_what_was_changed_outside_terraform_is_shown_also_where_nothing_is_planned() -> None:
    drifted = values(name="By hand", profile_columns=EMAIL_COLUMN | {"own": "integer"})
    drift = change(["update"], values(), drifted)
    found = reviewed(change(["no-op"], drifted, drifted), resource_drift=[drift])
    [shown] = found.workspaces
    assert {each.path for each in shown.drift} == {"name", "profile_columns.own"}
    refresh_only = reviewed(resource_drift=[drift])
    assert refresh_only.workspaces[0].drift == shown.drift
    gone = reviewed(resource_drift=[change(["delete"], values(), None)])
    assert gone.workspaces[0].is_gone
    assert "there no more" in comment(gone)
    assert not gone.loses_data


def test_other_resources_are_counted_and_data_sources_are_not() -> None:
    other = {
        "address": "aws_s3_bucket.b",
        "mode": "managed",
        "type": "aws_s3_bucket",
        "change": {"actions": ["update"], "before": {}, "after": {}},
    }
    read = {**other, "mode": "data", "type": "krenalis_workspace", "change": {"actions": ["read"]}}
    same = {**other, "change": {"actions": ["no-op"]}}
    quiet = change(["no-op"], values(), values())
    found = reviewed(other, other, read, same, quiet)
    assert (found.others, found.unchanged, found.workspaces) == (2, 1, ())
    assert "2 other resources change; see Terraform's own plan." in comment(found)


def test_a_dropped_column_that_the_plan_lists_under_no_loss_may_be_one() -> None:
    listed = copy.deepcopy(DROPS_TIER)
    listed["change"]["after"]["losses"] = []
    found = reviewed(listed)
    [loss] = found.workspaces[0].losses
    assert (loss.column, loss.is_certain) == ("tier", False)
    text = comment(found)
    assert text.startswith("## ⚠️ Krenalis: Data may be lost\n")
    assert "perhaps column `tier`: rows not counted (the plan does not say that its data is lost)" in text


def test_a_workspace_that_goes_from_a_server_is_no_number_of_rows() -> None:
    text = comment(reviewed(change(["delete"], values(**AT_SERVER), None)))
    said = "the workspace with its connections and pipelines in the Krenalis server"
    assert f"**{said}**" in text
    assert f"- {said}: the warehouse stays, with its tables" in text
    assert "all of it" not in text


def test_a_plan_that_failed_ends_with_1_also_without_its_log(tmp_path: Path) -> None:
    found = run(tmp_path, plan(DROPS_TIER, errored=True))
    assert found.code == 1
    assert found.stdout.startswith("## ❌ Krenalis: Terraform could not make this plan\n")
    assert "Its log has the errors. Nothing can be applied." in found.stdout
    assert "<h1>Terraform could not make this plan</h1>" in found.page


def test_an_import_by_an_identity_has_no_id_to_show() -> None:
    imported = change(["no-op"], values(), values(), importing={"identity": {"id": "42"}})
    assert "- Imported.\n" in comment(reviewed(imported))


def test_workspaces_of_which_terraform_defers_a_change_are_named() -> None:
    deferred = [
        {"reason": "deferred_prereq", "resource_change": change(["delete"], values(), None)},
        {"resource_change": {**DROPS_TIER, "type": "other", "address": "other.x"}},
        {},
    ]
    found = reviewed(ADDS_TIER, deferred_changes=deferred)
    assert [(each.headline, each.detail) for each in found.warnings] == [
        ("Deferred to a later plan", f"{ADDRESS}: delete")
    ]
    assert "The plan is not complete" in found.notices[0]


def test_a_provider_from_a_mirror_is_the_same() -> None:
    mirrored = {**DROPS_TIER, "provider_name": "mirror.example.com/krenalis/krenalis"}
    assert reviewed(mirrored).loses_data


def test_a_plan_that_is_not_complete_or_failed_says_so() -> None:
    assert "The plan is not complete" in reviewed(ADDS_TIER, complete=False).notices[0]
    assert "cannot be applied" in reviewed(ADDS_TIER, errored=True).notices[0]


@pytest.mark.parametrize(("block", "said"), [
    ({"expressions": {"plan_check": {"constant_value": "off"}}}, 1),
    ({"name": "k", "expressions": {"plan_check": {"constant_value": "off"}}}, 1),
    ({"expressions": {"plan_check": {"references": ["var.c"]}}}, 1),
    ({"expressions": {"plan_check": {"references": ["var.c"]}}, "module_address": "module.m"}, 0),
    ({"expressions": {"plan_check": {"references": ["local.c", "var.d"]}}}, 0),
    ({"full_name": "example.com/a/other", "expressions": {"plan_check": {"constant_value": "off"}}}, 0),
])  # fmt: skip
def test_a_provider_block_that_looks_less_is_named(block: Any, said: int) -> None:
    blocks = {"krenalis": {**OUR_PROVIDER, **block}}
    found = reviewed(
        ADDS_TIER,
        configuration={"provider_config": blocks, "root_module": {}},
        variables={"c": {"value": "off"}, "d": {"value": "strict"}},
    )
    notice = 'A provider block says plan_check = "off": nobody has looked into its warehouses.'
    assert found.notices == (notice,) * said


def test_what_goes_along_and_what_was_not_checked_stand_apart_from_other_warnings() -> None:
    told = (
        warning('Objects go with columns (workspace "Customers")', "index cdp.by_tier"),
        warning('Not rehearsed (workspace "Customers")', "a lock"),
        warning('Tables of workspace "Customers" will be rewritten', "slow"),
        warning('Workspace "Customers" could not be refreshed', "no answer", address=""),
        warning("Provider development overrides are in effect", address=""),
        warning("Something of Terraform's own", address=""),
    )
    found = reviewed(DROPS_TIER, told=told)
    [of] = found.workspaces
    assert [each.detail for each in of.along] == ["index cdp.by_tier"]
    assert [each.detail for each in of.unchecked] == ["a lock", "no answer"]
    assert [each.detail for each in of.warnings] == ["slow"]
    assert [each.headline for each in found.warnings] == ["Something of Terraform's own"]


def test_each_summary_that_is_sorted_is_one_of_the_providers() -> None:
    made = {each.summary for each in made_by()}
    assert not {*messages.GO_ALONG, *messages.UNCHECKED} - made
    assert f'Workspace "{HOLE}" could not be refreshed' in made


def test_a_failed_plan_is_reviewed_by_its_log_alone(tmp_path: Path) -> None:
    error = warning("Data would be lost", 'drop_columns: property "tier" goes.\nList it.', severity="error")
    error["diagnostic"]["range"] = {"filename": "main.tf", "start": {"line": 12}}
    found = run(tmp_path, None, log(error))
    assert found.code == 1
    assert found.stdout.startswith("## ❌ Krenalis: Terraform could not make this plan\n")
    assert "**Data would be lost** `krenalis_workspace.customers` (`main.tf:12`)" in found.stdout
    assert "<p>List it.</p>" in found.page


def test_a_failed_plan_says_nothing_of_workspaces_that_do_not_change() -> None:
    quiet = change(["no-op"], values(), values())
    error = warning("It failed", severity="error")
    assert "does not change" in comment(reviewed(quiet))
    assert "does not change" not in comment(reviewed(quiet, told=(error,)))


def test_a_log_alone_tells_of_losses_too(tmp_path: Path) -> None:
    found = run(tmp_path, None, log(TIER_IS_LOST))
    assert found.code == 2
    assert "`tier`: 3 of 5 profiles have a value" in found.stdout
    assert run(tmp_path, None, log()).code == 0


def test_the_warehouse_and_the_time_of_the_plan_are_stated(tmp_path: Path) -> None:
    found = run(tmp_path, plan(DROPS_TIER, timestamp="2026-01-31T12:00:00Z"))
    assert "Warehouse: `PostgreSQL`, `127.0.0.1`, `cdp`, `customers`." in found.stdout
    assert "<code>127.0.0.1</code>" in found.page
    for text in (found.stdout, found.page):
        assert "Planned 2026-01-31 12:00 UTC" in text


def test_columns_are_lost_in_one_order() -> None:
    lost = ("tier", "email")
    losses = [{"property": name, "column": name, "kind": "dropped", "becomes": None} for name in lost]
    before = values(profile_columns=EMAIL_COLUMN | TIER_COLUMN)
    [found] = reviewed(change(["update"], before, values(profile_columns={}, losses=losses))).workspaces
    assert [each.name for each in words.changed_in_order(found)] == [*lost]


def test_the_sql_of_a_change_says_that_a_view_appends_columns() -> None:
    note = "an apply appends new columns to the view"
    assert note in comment(reviewed(ADDS_TIER))
    assert note in page(reviewed(ADDS_TIER))
    for other in (DROPS_TIER, change(["create"], None, values())):
        assert note not in comment(reviewed(other))
    assert "For a warehouse that is as the state says." in comment(reviewed(DROPS_TIER))


def test_the_sql_of_a_repair_is_said_to_be_missing() -> None:
    lacking = {name: kind for name, kind in OBJECTS.items() if name != "events"}
    repair = "Applying makes again what is missing; these statements are not shown."
    [only] = reviewed(change(["update"], values(objects=lacking), values())).workspaces
    assert (only.sql.statements, only.sql.note) == ((), repair)
    adds = copy.deepcopy(ADDS_TIER)
    adds["change"]["before"]["objects"] = lacking
    [also] = reviewed(adds).workspaces
    assert also.sql.statements
    assert also.sql.note.endswith(repair)
    assert repair not in comment(reviewed(ADDS_TIER))


@pytest.mark.parametrize("objects", [dict(OBJECTS), {}, None])
def test_the_columns_of_a_warehouse_that_is_left_stay(objects: Any) -> None:
    left = values(on_destroy="abandon", objects=objects)
    found = reviewed(change(["delete"], left, None))
    assert found.workspaces[0].changed_columns == ()
    assert found.workspaces[0].columns
    assert "The warehouse stays as it is" in comment(found)
    assert reviewed(change(["delete"], values(), None)).workspaces[0].changed_columns


def test_the_tables_of_a_replacement_that_leaves_the_old_ones_are_new() -> None:
    found = reviewed(change(["delete", "create"], values(on_destroy="abandon"), values()))
    before, after = diagram.diagrams(found.workspaces[0])
    assert {card.change for card in before.cards} == {Change.KEPT}
    assert {card.change for card in after.cards} == {Change.ADDED}
    assert {row.change for card in after.cards for row in card.rows} == {Change.ADDED}


def test_the_drawing_has_the_columns_in_the_order_of_the_table() -> None:
    lost = ("zeta", "tier", "email")
    losses = [{"property": name, "column": name, "kind": "dropped", "becomes": None} for name in lost]
    columns = EMAIL_COLUMN | TIER_COLUMN | {"stays": "text", "zeta": "text"}
    of = change(
        ["update"], values(profile_columns=columns), values(profile_columns={"stays": "text"}, losses=losses)
    )
    [found] = reviewed(of).workspaces
    drawn = diagram.diagrams(found)[0]
    assert [row.name for card in drawn.cards for row in card.rows] == [*lost]
    assert [each.name for each in words.changed_in_order(found)] == [*lost]


def test_the_title_of_losses_says_whether_they_are_certain() -> None:
    may = reviewed(change(["update"], values(), values(), unknown={"losses": True}))
    for found, title in ((may, "Data that may be lost"), (reviewed(DROPS_TIER), "Data that is lost")):
        assert f"#### {title}" in comment(found)
        assert f"<h3>{title}</h3>" in page(found)


def test_a_replacement_names_both_warehouses_if_they_differ() -> None:
    other = values()
    other["warehouse"] = {
        **other["warehouse"],
        "settings": {**other["warehouse"]["settings"], "schema": "eu"},
    }
    text = comment(reviewed(change(["delete", "create"], values(), other)))
    parts = "`PostgreSQL`, `127.0.0.1`, `cdp`"
    assert f"Warehouse: {parts}, `customers`; afterwards: {parts}, `eu`." in text
    assert "afterwards" not in comment(reviewed(change(["delete", "create"], values(), values())))


def test_a_short_review_still_says_how_a_workspace_is_replaced() -> None:
    name = "x" * 110
    many = [
        change(["delete", "create"], values(name=name), values(name=name), address=f"{ADDRESS}[{place}]")
        for place in range(100)
    ]
    told = [
        warning(f"{name}{number}", name * 20, address=each["address"]) for each in many for number in range(5)
    ]
    text = comment(reviewed(*many, told=tuple(told)))
    assert "Some details are left out" in text
    assert text.count("Warehouse: ") == text.count("Replaced by a new, empty workspace") > 0


def test_lines_of_others_in_a_log_do_not_count(tmp_path: Path) -> None:
    of = plan(DROPS_TIER)
    written = "\n".join(
        [
            "[command]/usr/bin/terraform",
            "{no json",
            *map(__import__("json").dumps, log(TIER_IS_LOST, of=of)),
            "::debug::",
        ]
    )
    found = run(tmp_path, of, written)
    assert found.code == 2
    assert "3 of 5 profiles" in found.stdout


def test_a_log_that_is_cut_off_says_so() -> None:
    of = plan(DROPS_TIER)
    cut = [each for each in log(of=of) if each["type"] != "change_summary"][:1]
    assert "cut off" in review(of, cut).notices[0]


def test_an_action_of_the_future_is_no_safe_one() -> None:
    with pytest.raises(Unreadable, match='the action "vanish"'):
        review(plan(change(["vanish"], values(), None)), None)


@pytest.mark.parametrize("number", [60, 1_500])
def test_a_long_review_fits_into_a_comment_and_begins_with_the_losses(number: int) -> None:
    names = [f"a_rather_long_name_of_a_property_{place}" for place in range(number)]
    columns = dict.fromkeys(names, "character varying(100)")
    losses = [{"property": name, "column": name, "kind": "dropped", "becomes": None} for name in names]
    lossy = change(["update"], values(profile_columns=columns), values(profile_columns={}, losses=losses))
    text = comment(
        reviewed(*({**copy.deepcopy(lossy), "address": f"{ADDRESS}[{index}]"} for index in range(30)))
    )
    assert len(text.encode()) <= LONGEST
    assert "Data would be lost" in text.partition("\n")[0]
    assert f"{number} columns" in text


@pytest.mark.parametrize("letter", ["x", "\U000e0fff"])
def test_the_hugest_review_fits_into_a_comment(letter: str) -> None:
    name = letter * 200
    columns = {f"{name}{number}": name for number in range(70)}
    whole = values(name=name, profile_columns=columns, objects=dict.fromkeys(columns, "table"))
    settings = dict.fromkeys(("host", "database", "schema"), name)
    whole["warehouse"] = {"platform": name, "mode": "Normal", "settings": settings}
    empty = {**whole, "profile_columns": {}, "objects": {"krenalis_profiles_0": "table"}}
    losses = [{"property": each, "column": each, "kind": "dropped", "becomes": None} for each in columns]
    changes = [
        change(
            ["update"],
            empty if number % 2 else whole,
            {**whole, "losses": losses},
            address=f"{ADDRESS}[{number}]",
            previous_address=name,
        )
        for number in range(8)
    ]
    drifts = [change(["update"], whole, empty, address=each["address"]) for each in changes]
    of = plan(*changes, resource_drift=drifts, terraform_version=name * 20)
    told = log(*(warning(name, name, severity="error", address=name) for _ in range(40)), of=of)
    for found in (review(of, None), review(of, told)):
        assert len(comment(found).encode()) <= LONGEST


@pytest.mark.parametrize("number", [1, 3])
def test_of_many_columns_that_are_gone_a_comment_names_some_and_the_page_all(number: int) -> None:
    columns = {f"a_rather_long_name_of_a_property_{place}": "text" for place in range(1_500)}
    changes = [
        change(
            ["update"],
            values(profile_columns={}),
            values(profile_columns=columns),
            address=f"{ADDRESS}[{place}]",
        )
        for place in range(number)
    ]
    drifts = [
        change(
            ["update"], values(profile_columns=columns), values(profile_columns={}), address=each["address"]
        )
        for each in changes
    ]
    found = reviewed(*changes, resource_drift=drifts)
    text = comment(found)
    assert len(text.encode()) <= LONGEST
    assert "`column a_rather_long_name_of_a_property_9`, and 1,490 more" in text
    assert "property_10`, " not in text
    [gone] = re.findall("<li>Gone already, with its data: .*?</li>", page(found), re.DOTALL)[:1]
    assert "property_1499</code>." in gone


@pytest.mark.parametrize("letter", ["x", "<", "💥", "`"])
def test_long_texts_of_anybody_do_not_burst_a_comment(letter: str) -> None:
    text = letter * 5_000
    many = [{**DROPS_TIER, "address": f'{ADDRESS}["{text}{number}"]'} for number in range(40)]
    for each in many:
        each["change"] = {**each["change"], "after": {**each["change"]["after"], "name": text}}
    of = plan(*many, terraform_version=text)
    told = [
        warning(f"{text}{number}", f"{text}\n" * 20, address="", severity="error") for number in range(40)
    ]
    told += [
        warning(f"{text}{number}", text, address=each["address"]) for number in range(40) for each in many[:3]
    ]
    assert len(comment(review(of, log(*told, of=of))).encode()) <= LONGEST
    assert len(comment(review(None, log(*told))).encode()) <= LONGEST


def test_the_actions_of_terraform_are_told_apart() -> None:
    found = {
        tuple(actions): reviewed(change(actions, values(), values())).workspaces[0].action
        for actions in (["update"], ["delete", "create"], ["create", "delete"], ["create", "forget"])
    }
    assert list(found.values()) == [Action.UPDATE, Action.REPLACE, Action.REPLACE, Action.FORGET_AND_CREATE]


def test_a_wrong_command_line_is_told_apart_from_a_loss(tmp_path: Path) -> None:
    assert run(tmp_path).code == 64
    same = run(tmp_path, plan(), None, "--log", str(tmp_path / "plan.json"))
    assert (same.code, same.stdout) == (64, "")


def test_html_to_stdout_stands_alone(tmp_path: Path) -> None:
    found = run(tmp_path, plan(DROPS_TIER), None, "--html", "-")
    assert found.code == 2
    assert found.stdout.startswith("<!DOCTYPE html>")
    assert found.stdout.count("Data would be lost") >= 2

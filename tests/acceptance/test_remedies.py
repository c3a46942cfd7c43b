"""Every way out that a message prints goes to its end, in each situation in which it is printed.

Others are in `test_workspace_twins.py` and `test_workspace_replacement.py`, beside what they are about.
"""

import json
import re
import sys

import pytest

from tests.support.terraform import Result, Terraform
from tests.support.terraform_checks import ExpectAction
from tests.support.warehouse import Warehouse, once_and_at_a_server
from tests.support.workspaces import ADDRESS

pytestmark = [pytest.mark.slow, once_and_at_a_server]

APPLY = ("apply", "-input=false", "-auto-approve")
UNPROTECTED = "deletion_protection = false"
NEW_FIRST = "lifecycle {\n    create_before_destroy = true\n  }"
TAKEN = "Warehouse already holds a workspace"
RENAMED = "krenalis_workspace.renamed"


@pytest.fixture
def made(terraform: Terraform, warehouse: Warehouse) -> Terraform:
    """A Terraform that has made a workspace, which may go."""
    return making(terraform, warehouse, UNPROTECTED)


@pytest.fixture
def protected(terraform: Terraform, warehouse: Warehouse) -> Terraform:
    """The same, of a workspace that may not go."""
    return making(terraform, warehouse, "")


def making(terraform: Terraform, warehouse: Warehouse, extra: str) -> Terraform:
    terraform.environment[warehouse.password_variable] = warehouse.password
    terraform.write(text(warehouse, extra))
    terraform.run(*APPLY)  # that a plan is empty after it is what other tests are about
    return terraform


def text(warehouse: Warehouse, extra: str = UNPROTECTED, **settings: object) -> str:
    return warehouse.configuration(settings, without=["password"], extra=extra)


def without_the_block(configuration: str) -> str:
    return configuration[: configuration.index('resource "krenalis_workspace"')]


def renamed(configuration: str) -> str:
    return configuration.replace('"customers"', '"renamed"', 1)


def follow(terraform: Terraform, failed: Result, command: str, address: str = ADDRESS) -> None:
    """Run a command as the message prints it, for the address of the resource."""
    found = re.search(rf"terraform ({command} krenalis_workspace\.NAME(?: '[^']+')?)", failed.errors)
    assert found, f"{command} is not advised: {failed.errors}"
    words = found[1].replace("krenalis_workspace.NAME", address).replace("'", "").split(" ")
    terraform.run(*words)


def block(failed: Result, kind: str) -> str:
    """The block of this kind, as it can be copied from what Terraform prints for people, for the address of the resource."""
    found = re.search(rf"^    {kind} \{{\n(?:      .*\n)+    \}}$", failed.stderr, re.MULTILINE)
    assert found, f"no block {kind} can be copied: {failed.stderr}"
    names = {
        "krenalis_workspace.OLD": ADDRESS,
        "krenalis_workspace.NEW": RENAMED,
        "krenalis_workspace.NAME": ADDRESS,
    }
    text = f"\n{found[0]}\n"
    for name, address in names.items():
        text = text.replace(name, address)
    return text


def depose(terraform: Terraform) -> None:
    """Leave the object as a replacement with create_before_destroy does that was cut off, or had an older provider."""
    path = terraform.folder / "terraform.tfstate"
    state = json.loads(path.read_text())
    state["resources"][0]["instances"][0]["deposed"] = "0badf00d"
    state["serial"] += 1
    path.write_text(json.dumps(state))


class TestAWorkspaceInTheWay:
    """Of a planned creation."""

    def test_one_of_a_cut_off_creation_is_imported(self, made: Terraform) -> None:
        made.run("state", "rm", ADDRESS)

        follow(made, made.plan(expect_error=TAKEN), "import")

        made.apply(checks=[ExpectAction(ADDRESS, "update")])  # the protection

    def test_one_of_a_cut_off_creation_is_imported_when_its_plan_is_applied_again(
        self, terraform: Terraform, warehouse: Warehouse
    ) -> None:
        terraform.environment[warehouse.password_variable] = warehouse.password
        terraform.write(text(warehouse))
        plan = terraform.folder / "saved.plan"
        terraform.plan(out=plan)
        terraform.apply(plan=plan)
        (terraform.folder / "terraform.tfstate").unlink()

        follow(terraform, terraform.apply(plan=plan, expect_error=TAKEN), "import")

        terraform.apply()

    def test_one_of_a_renamed_block_is_moved(self, made: Terraform, warehouse: Warehouse) -> None:
        made.write(renamed(text(warehouse)))
        failed = made.plan(expect_error=TAKEN)

        made.write(renamed(text(warehouse)) + block(failed, "moved"))
        made.apply(checks=[ExpectAction(RENAMED, "no-op")])

    def test_the_likeliest_way_comes_first_and_none_destroys_what_is_there(self, made: Terraform) -> None:
        made.run("state", "rm", ADDRESS)

        errors = made.plan(expect_error=TAKEN).errors

        ways = ["renamed or moved", "cut off before the state", "tainted", "deposed", "a schema of its own"]
        places = [errors.index(way) for way in ways]
        assert places == sorted(places)
        assert "remove that workspace" not in errors

    def test_one_of_a_block_that_went_into_a_module_is_moved(
        self, made: Terraform, warehouse: Warehouse
    ) -> None:
        child = made.folder / "child"
        root = without_the_block(text(warehouse)) + 'module "child" {\n  source = "./child"\n}\n'
        made.write(root, files={"child/main.tf": text(warehouse)})
        assert child.is_dir()
        made.init()
        failed = made.plan(expect_error=TAKEN)

        target = f"module.child.{ADDRESS}"
        made.write(root + block(failed, "moved").replace(RENAMED, target))
        made.apply(checks=[ExpectAction(target, "no-op")])

    def test_one_that_was_tainted_is_kept(self, made: Terraform) -> None:
        made.run("taint", ADDRESS)
        failed = made.plan(expect_error=TAKEN)
        assert "terraform import" not in failed.errors.split("left as deposed")[0]

        follow(made, failed, "untaint")

        assert not made.plan().has_changes

    def test_one_that_was_tainted_is_replaced(self, made: Terraform, warehouse: Warehouse) -> None:
        before = warehouse.record()
        made.run("taint", ADDRESS)
        failed = made.plan(expect_error=r"terraform apply -replace=krenalis_workspace\.NAME")

        follow(made, failed, "untaint")
        made.apply(f"-replace={ADDRESS}")

        assert warehouse.record()[0] != before[0]

    def test_one_that_was_tainted_is_destroyed(self, made: Terraform, warehouse: Warehouse) -> None:
        made.run("taint", ADDRESS)
        made.plan(expect_error="Or destroy it with terraform destroy -refresh=false")

        made.destroy("-refresh=false")

        assert warehouse.relations() == {}

    def test_one_that_is_deposed_is_taken_back(self, made: Terraform, warehouse: Warehouse) -> None:
        before = warehouse.record()
        depose(made)
        failed = made.plan(expect_error=TAKEN)

        follow(made, failed, "state rm")
        after = failed.errors[failed.errors.index("left as deposed") :]
        found = re.search(r"terraform import krenalis_workspace\.NAME '([^']+)'", after)
        assert found
        made.import_(ADDRESS, found[1])

        made.apply()
        assert warehouse.record() == before


class TestAChangeThatIsRefused:
    def test_the_workspace_is_destroyed_as_it_is(self, made: Terraform, warehouse: Warehouse) -> None:
        warehouse.execute("DROP VIEW profiles")
        warehouse.allow_only_reading()
        made.plan(expect_error="destroy the workspace as it is: terraform destroy -refresh=false")

        made.destroy("-refresh=false")

        assert warehouse.relations() == {}


class TestACreationInPlaceOfWhatIsGone:
    def test_the_one_that_is_gone_is_forgotten_though_it_was_protected(
        self, protected: Terraform, warehouse: Warehouse
    ) -> None:
        warehouse.empty()
        warehouse.execute("CREATE TABLE somebodys (a integer)")
        failed = protected.plan(expect_error="which is gone, so this plan makes it anew")

        follow(protected, failed, "state rm")

        assert protected.state_list() == []


class TestADestructionThatIsRefused:
    def test_the_workspace_is_forgotten(self, made: Terraform, warehouse: Warehouse) -> None:
        warehouse.execute("CREATE VIEW report AS SELECT * FROM profiles")
        failed = made.plan("-destroy", expect_error="put this block in place of the resource block")

        made.write(without_the_block(text(warehouse)) + block(failed, "removed"))
        made.apply()

        assert made.state_list() == []
        assert warehouse.record()

    def test_a_deposed_object_is_forgotten_and_the_new_one_kept(
        self, made: Terraform, warehouse: Warehouse
    ) -> None:
        warehouse.make_schema("second")
        extra = f"{UNPROTECTED}\n  {NEW_FIRST}"
        made.write(text(warehouse, extra, schema="second"))
        plan = made.folder / "saved.plan"
        made.plan(out=plan)
        warehouse.execute("CREATE VIEW report AS SELECT * FROM profiles")
        made.apply(plan=plan, expect_error="report")
        failed = made.plan(expect_error="If Terraform calls it deposed")

        follow(made, failed, "state rm")
        host = f"127.0.0.1:{warehouse.port}"
        settings = warehouse.settings()
        made.import_(ADDRESS, f"postgresql://{settings['username']}@{host}/{settings['database']}/second")

        made.apply()
        assert warehouse.record()


class TestProtection:
    def test_it_is_taken_away_and_the_workspace_destroyed(
        self, protected: Terraform, warehouse: Warehouse
    ) -> None:
        protected.plan("-destroy", expect_error="set deletion_protection = false, apply, and then destroy")

        protected.write(text(warehouse))
        protected.run(*APPLY)
        protected.destroy()

        assert warehouse.relations() == {}

    def test_keeping_comes_before_destroying(self, protected: Terraform) -> None:
        errors = protected.plan("-destroy", expect_error="is protected").errors

        assert errors.index("to keep it") < errors.index("to destroy it")

    def test_the_block_is_restored(self, protected: Terraform, warehouse: Warehouse) -> None:
        protected.write(without_the_block(text(warehouse)))
        protected.plan(expect_error="to keep it, restore the resource block")

        protected.write(text(warehouse, ""))
        assert not protected.plan().has_changes

    def test_a_renamed_block_is_moved(self, protected: Terraform, warehouse: Warehouse) -> None:
        protected.write(renamed(text(warehouse, "")))
        failed = protected.plan(expect_error="is protected.*if that was renamed or moved, add this block")

        protected.write(renamed(text(warehouse, "")) + block(failed, "moved"))
        protected.apply(checks=[ExpectAction(RENAMED, "no-op")])

    def test_the_workspace_is_forgotten(self, protected: Terraform, warehouse: Warehouse) -> None:
        protected.write(without_the_block(text(warehouse)))
        failed = protected.plan(expect_error="put this block in place of the resource block")

        protected.write(without_the_block(text(warehouse)) + block(failed, "removed"))
        protected.apply()

        assert protected.state_list() == []
        assert warehouse.record()

    def test_a_change_that_replaces_is_undone_and_made_later(
        self, protected: Terraform, warehouse: Warehouse
    ) -> None:
        warehouse.make_place("second")
        protected.write(text(warehouse, **warehouse.place("second")))
        protected.plan(
            expect_error="undo the change, set deletion_protection = false, apply, and then change it"
        )

        protected.write(text(warehouse))
        protected.run(*APPLY)
        protected.write(text(warehouse, **warehouse.place("second")))
        protected.apply(checks=[ExpectAction(ADDRESS, "replace")])

        assert warehouse.relations() == {}

    def test_the_new_one_stands_beside_the_old_one(self, protected: Terraform, warehouse: Warehouse) -> None:
        warehouse.make_place("second")
        protected.write(text(warehouse, "", **warehouse.place("second")))
        protected.plan(expect_error="to have both, undo the change, and describe the new workspace")

        new = text(warehouse, "", **warehouse.place("second"))
        block = renamed(new[new.index('resource "krenalis_workspace"') :])
        protected.write(text(warehouse, "") + block)
        protected.apply()

        assert len(protected.state_list()) == 2

    def test_a_replacement_on_request_is_made_later(self, protected: Terraform, warehouse: Warehouse) -> None:
        before = warehouse.record()
        protected.plan(
            f"-replace={ADDRESS}",
            expect_error="set deletion_protection = false, apply, and then replace it.*plan without -replace",
        )
        assert not protected.plan().has_changes

        protected.write(text(warehouse))
        protected.run(*APPLY)
        protected.apply(f"-replace={ADDRESS}")

        assert warehouse.record()[0] != before[0]

    @pytest.mark.parametrize("ends", [False, True], ids=["kept", "destroyed"])
    def test_a_tainted_one_is_untainted(
        self, protected: Terraform, warehouse: Warehouse, *, ends: bool
    ) -> None:
        protected.write(text(warehouse, 'plan_check = "off"'))
        protected.run(*APPLY)
        protected.run("taint", ADDRESS)
        failed = protected.apply(expect_error="is protected")

        follow(protected, failed, "untaint")

        assert not protected.plan().has_changes
        if ends:
            protected.write(text(warehouse))
            protected.run(*APPLY)
            protected.destroy()
            assert warehouse.relations() == {}

    def test_a_deposed_one_is_forgotten(self, protected: Terraform, warehouse: Warehouse) -> None:
        """A tainted one that is replaced by a new one elsewhere, which Terraform makes first."""
        warehouse.make_schema("second")
        before = warehouse.record()
        protected.run("taint", ADDRESS)
        protected.write(text(warehouse, NEW_FIRST, schema="second"))
        protected.apply(expect_error="is protected")
        failed = protected.plan(expect_error="if Terraform calls it deposed")

        follow(protected, failed, "state rm")
        settings = warehouse.settings()
        host = f"127.0.0.1:{warehouse.port}"
        protected.import_(
            ADDRESS, f"postgresql://{settings['username']}@{host}/{settings['database']}/second"
        )

        protected.apply()
        assert warehouse.record() == before


class TestWhatTheSameApplyMakes:
    def test_it_is_a_warning_if_that_is_said(self, terraform: Terraform, warehouse: Warehouse) -> None:
        terraform.write(text(warehouse, schema="later"))
        terraform.environment[warehouse.password_variable] = warehouse.password
        terraform.plan(expect_error='set plan_check = "warn" in this resource')

        extra = f'{UNPROTECTED}\n  plan_check = "warn"\n  depends_on = [terraform_data.schema]'
        terraform.write(text(warehouse, extra, schema="later") + making_a_schema(terraform, warehouse))
        terraform.apply()

        assert ADDRESS in terraform.state_list()

    def test_it_is_made_first_where_the_environment_demands_a_strict_check(
        self, terraform: Terraform, warehouse: Warehouse
    ) -> None:
        extra = f"{UNPROTECTED}\n  depends_on = [terraform_data.schema]"
        terraform.write(text(warehouse, extra, schema="later") + making_a_schema(terraform, warehouse))
        terraform.environment |= {
            warehouse.password_variable: warehouse.password,
            "KRENALIS_PLAN_CHECK": "strict",
        }
        failed = terraform.plan(expect_error="make that first, by terraform apply -target=ADDRESS")
        assert 'plan_check = "warn"' not in failed.text

        terraform.run(*APPLY, "-target=terraform_data.schema")
        terraform.apply()

        assert ADDRESS in terraform.state_list()


def making_a_schema(terraform: Terraform, warehouse: Warehouse) -> str:
    """A resource that makes the schema "later" in the database of the warehouse."""
    settings = warehouse.settings()
    script = terraform.folder / "make_schema.py"
    script.write_text(
        "import psycopg\n"
        f"with psycopg.connect({_administrator(warehouse)!r}, autocommit=True) as connection:\n"
        f"    connection.execute('CREATE SCHEMA later AUTHORIZATION {settings['username']}')\n"
    )
    return (
        'resource "terraform_data" "schema" {\n  provisioner "local-exec" {\n'
        f'    command = "{sys.executable} {script}"\n  }}\n}}\n'
    )


def _administrator(warehouse: Warehouse) -> str:
    server = warehouse.database.server  # type: ignore[attr-defined]  # PostgreSQL's
    name = warehouse.database.name  # type: ignore[attr-defined]
    return (
        f"host={server.host} port={server.port} user={server.user} password={server.password} dbname={name}"
    )

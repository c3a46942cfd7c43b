"""The examples: each is valid and in Terraform's own layout, and their ``terraform test`` files pass."""

import json
import shutil
from pathlib import Path

import pytest
from psycopg import sql

from tests.support.krenalis_server import KrenalisServer
from tests.support.postgresql import Database
from tests.support.terraform import Terraform
from tests.support.workspaces import PROFILE_SCHEMA

EXAMPLES = PROFILE_SCHEMA.parents[1]
FOLDERS = sorted({str(file.parent.relative_to(EXAMPLES)) for file in EXAMPLES.rglob("*.tf")})


def copy(example: str, terraform: Terraform) -> None:
    shutil.copytree(EXAMPLES / example, terraform.folder, dirs_exist_ok=True)


@pytest.mark.parametrize("example", FOLDERS)
def test_it_is_valid_and_formatted(any_terraform: Terraform, example: str) -> None:
    copy(example, any_terraform)

    any_terraform.run("fmt", "-check", "-diff", "-recursive")
    any_terraform.validate()


def schemas(database: Database, *names: str) -> None:
    with database.connect() as connection:
        for name in names:
            schema, role = sql.Identifier(name), sql.Identifier(database.role)
            connection.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(schema, role))


@pytest.mark.slow
@pytest.mark.parametrize("example", sorted(str(p.parents[1].name) for p in EXAMPLES.rglob("*.tftest.hcl")))
def test_its_own_tests_pass(terraform: Terraform, database: Database, example: str) -> None:
    copy(example, terraform)
    schemas(database, "blue", "green")
    known = [name for name in database.settings() if f'variable "{name}"' in _text(terraform.folder)]
    terraform.environment |= {f"TF_VAR_{name}": str(database.settings()[name]) for name in known}

    result = terraform.run("test")

    assert "0 failed" in result.text


@pytest.mark.parametrize("example", ["environments", "quickstart"])
def test_the_password_is_in_neither_plan_nor_state(
    terraform: Terraform, database: Database, example: str
) -> None:
    copy(example, terraform)
    schemas(database, "blue")
    known = [name for name in database.settings() if f'variable "{name}"' in _text(terraform.folder)]
    terraform.environment |= {f"TF_VAR_{name}": str(database.settings()[name]) for name in known}
    environments = {"blue": {"schema": "blue", "protected": False}}
    (terraform.folder / "some.auto.tfvars.json").write_text(
        json.dumps({"environments": environments} if example == "environments" else {})
    )

    plan = terraform.plan()
    terraform.run("apply", "-input=false", "-auto-approve")

    password = str(database.settings()["password"])
    state = (terraform.folder / "terraform.tfstate").read_text()
    assert password not in json.dumps(plan.plan) + state
    terraform.destroy()


def test_a_server_makes_the_example_and_neither_key_nor_password_is_kept(
    any_terraform: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    copy("server", any_terraform)
    inputs = {**database.settings(), "endpoint": krenalis.endpoint, "api_key": krenalis.key}
    any_terraform.environment |= {f"TF_VAR_{name}": str(value) for name, value in inputs.items()}

    plan = any_terraform.plan()
    any_terraform.run("apply", "-input=false", "-auto-approve")

    assert krenalis.workspace().identifiers == ["customer_id", "email"]
    assert not any_terraform.plan().has_changes
    kept = json.dumps(plan.plan) + (any_terraform.folder / "terraform.tfstate").read_text()
    assert str(database.settings()["password"]) not in kept
    assert krenalis.key not in kept


def _text(folder: Path) -> str:
    return "\n".join(file.read_text() for file in folder.glob("*.tf"))

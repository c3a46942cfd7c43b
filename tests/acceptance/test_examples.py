"""The examples: each is valid, is applied, planned again without changes and destroyed, and its ``terraform test`` files pass.

Terraform installs the provider from a mirror here, as users' does, so that modules and ``init`` work.
"""

import json
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from tests.support.krenalis_server import KrenalisServer
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content
from tests.support.snowflake import SnowflakeDatabase
from tests.support.snowflake_warehouse import objects_of
from tests.support.terraform import Terraform
from tests.support.terraform_process import Executable, executables
from tests.support.workspaces import ADDRESS, PROFILE_SCHEMA

EXAMPLES = PROFILE_SCHEMA.parents[1]
FOLDERS = sorted({str(file.parent.relative_to(EXAMPLES)) for file in EXAMPLES.rglob("*.tf")})
WITH_TESTS = sorted({str(file.parents[1].relative_to(EXAMPLES)) for file in EXAMPLES.rglob("*.tftest.hcl")})

SNIPPETS = {
    "data-sources/krenalis_workspace",
    "data-sources/krenalis_workspaces",
    "functions/profile_columns",
    "provider",
    "resources/krenalis_workspace",
}
"""What the reference shows beside its texts."""
SCHEMAS = {
    "environments": ["customers_staging", "customers", "blue", "green"],
    "module": ["shop", "newsletter"],
    "quickstart": [],
    "split-schema": [],
}
"""The examples on PostgreSQL in direct mode, and the schemas that they take beside that of the database."""
SYSTEMS = {"server", "snowflake"}
PIPELINE = {"ci"}
"""Which `test_example_pipeline.py` runs."""
MODULES = {"module/modules/workspace"}


def mirrored(executable: Executable, folder: Path) -> Terraform:
    return Terraform(executable, folder, override=False)


@pytest.fixture
def terraform(terraform_executable: Executable, tmp_path: Path) -> Iterator[Terraform]:
    with mirrored(terraform_executable, tmp_path / "configuration") as terraform:
        yield terraform


@pytest.fixture
def any_terraform(tmp_path: Path) -> Iterator[Terraform]:
    with mirrored(executables()[0], tmp_path / "configuration") as terraform:
        yield terraform


def copy(example: str, terraform: Terraform) -> None:
    shutil.copytree(EXAMPLES / example, terraform.folder, dirs_exist_ok=True)
    terraform.init("-backend=false") if example in PIPELINE else terraform.init()


def give(terraform: Terraform, inputs: Mapping[str, Any]) -> None:
    """Set the variables that the configuration declares, as far as they are among the inputs."""
    text = "\n".join(file.read_text() for file in terraform.folder.glob("*.tf"))
    for name, value in inputs.items():
        if f'variable "{name}"' in text:
            terraform.environment[f"TF_VAR_{name}"] = value if isinstance(value, str) else json.dumps(value)


def schemas(database: Database, *names: str) -> None:
    with database.connect() as connection:
        for name in names:
            schema, role = sql.Identifier(name), sql.Identifier(database.role)
            connection.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(schema, role))


def inputs_of(database: Database) -> dict[str, Any]:
    """By name of the variables that examples have."""
    settings = database.settings()
    return {**settings, "server": {name: settings[name] for name in ("host", "port", "username", "database")}}


def make(terraform: Terraform) -> None:
    """Apply the configuration without a warning; then nothing is left to change."""
    applied = terraform.run("apply", "-input=false", "-auto-approve")
    assert "Warning" not in applied.text
    assert not terraform.plan().has_changes


def unprotect(terraform: Terraform) -> None:
    """Apply that the one workspace may go."""
    _, name = ADDRESS.split(".")
    block = f'resource "krenalis_workspace" "{name}" {{\n  deletion_protection = false\n}}\n'
    (terraform.folder / "unprotected_override.tf").write_text(block)
    terraform.run("apply", "-input=false", "-auto-approve")


def test_there_is_a_test_that_applies_each() -> None:
    assert set(FOLDERS) == SNIPPETS | set(SCHEMAS) | SYSTEMS | MODULES | PIPELINE


@pytest.mark.parametrize("example", FOLDERS)
def test_it_is_valid_and_formatted(any_terraform: Terraform, example: str) -> None:
    copy(example, any_terraform)

    any_terraform.run("fmt", "-check", "-diff", "-recursive")
    any_terraform.validate()


@pytest.mark.parametrize("example", FOLDERS)
def test_it_says_which_versions_it_needs_and_what_each_variable_and_output_is(example: str) -> None:
    text = "\n".join(file.read_text() for file in sorted((EXAMPLES / example).glob("*.tf")))

    assert re.search(r'required_version += ">= 1\.11"', text)
    assert re.search(r'version += "~> 0\.1"', text)
    if example not in SNIPPETS:
        assert (EXAMPLES / example / "README.md").exists()
        for kind, name, body in re.findall(
            r'^(variable|output) "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL
        ):
            assert re.search(r'^  description += ".+\."$', body, re.MULTILINE), f"{kind} {name}"


@pytest.mark.slow
@pytest.mark.parametrize("example", WITH_TESTS)
def test_its_own_tests_pass(terraform: Terraform, database: Database, example: str) -> None:
    copy(example, terraform)
    schemas(database, *SCHEMAS.get(example, ()))
    give(terraform, inputs_of(database))

    result = terraform.run("test")

    assert "0 failed" in result.text


@pytest.mark.parametrize("example", SCHEMAS)
def test_on_postgresql_it_is_made_and_destroyed_and_the_password_is_kept_nowhere(
    terraform: Terraform, database: Database, example: str
) -> None:
    copy(example, terraform)
    schemas(database, *SCHEMAS[example])
    give(terraform, inputs_of(database))

    plan = terraform.plan()
    make(terraform)

    kept = json.dumps(plan.plan) + (terraform.folder / "terraform.tfstate").read_text()
    assert str(database.settings()["password"]) not in kept
    unprotected(example, terraform)
    terraform.destroy()
    for schema in [database.schema, *SCHEMAS[example]]:
        assert content(replace(database, schema=schema)) == set()


def unprotected(example: str, terraform: Terraform) -> None:
    """Say in the values of variables what the README says before a destruction."""
    values = terraform.folder / "terraform.tfvars"
    if values.exists():
        lines = values.read_text()
        free = lines.replace('schema = "customers" }', 'schema = "customers", protected = false }')
        free = re.sub(r'( +name += "Shop"\n)', r"\1    protected = false\n", free)
        assert free != lines
        values.write_text(free)
        terraform.run("apply", "-input=false", "-auto-approve")


def test_a_server_makes_the_example_and_neither_key_nor_password_is_kept(
    terraform: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    copy("server", terraform)
    give(terraform, {**database.settings(), "endpoint": krenalis.endpoint, "api_key": krenalis.key})

    plan = terraform.plan()
    make(terraform)

    assert krenalis.workspace().identifiers == ["customer_id", "email"]
    kept = json.dumps(plan.plan) + (terraform.folder / "terraform.tfstate").read_text()
    assert str(database.settings()["password"]) not in kept
    assert krenalis.key not in kept
    unprotect(terraform)
    terraform.destroy()
    assert krenalis.workspaces == {}


def test_the_example_on_snowflake_is_made_and_destroyed(
    terraform: Terraform, snowflake_database: SnowflakeDatabase
) -> None:
    copy("snowflake", terraform)
    settings = snowflake_database.settings()
    give(terraform, settings)
    terraform.environment["SNOWFLAKE_PASSWORD"] = settings["password"]
    double = json.dumps(snowflake_database.parameters())
    (terraform.folder / "double_override.tf").write_text(
        f'provider "krenalis" {{\n  snowflake = {double}\n}}\n'
    )

    make(terraform)

    assert terraform.output()["profile_columns"]["EMAIL"] == "VARCHAR(254)"
    unprotect(terraform)
    terraform.destroy()
    assert objects_of(snowflake_database) == {}


def test_the_snippets_of_the_reference_make_a_workspace_import_it_and_find_it(
    terraform: Terraform, database: Database
) -> None:
    terraform.environment["PGPASSWORD"] = database.password
    snippet("resources/krenalis_workspace/resource.tf", terraform, database)
    terraform.init()
    make(terraform)
    made = terraform.show()["values"]["root_module"]["resources"]

    terraform.run("state", "rm", ADDRESS)
    snippet("resources/krenalis_workspace/import-by-string-id.tf", terraform, database)
    make(terraform)
    assert terraform.show()["values"]["root_module"]["resources"] == made

    (terraform.folder / "import-by-string-id.tf").unlink()
    terraform.run("state", "rm", ADDRESS)
    *_, command = snippet("resources/krenalis_workspace/import.sh", terraform, database).splitlines()
    _, _, address, identifier = shlex.split(command)
    terraform.import_(address, identifier)
    unprotect(terraform)

    (terraform.folder / "import.sh").unlink()
    found: dict[str, Any] = {}
    for kind in ("krenalis_workspace", "krenalis_workspaces"):
        with mirrored(terraform.executable, terraform.folder / kind) as reader:
            reader.environment["PGPASSWORD"] = database.password
            snippet(f"data-sources/{kind}/data-source.tf", reader, database)
            reader.init()
            make(reader)
            found |= reader.output()
    (workspace,) = terraform.show()["values"]["root_module"]["resources"]
    assert found["customer_columns"] == workspace["values"]["profile_columns"]
    assert found["schemas"] == {workspace["values"]["id"]: database.schema}
    terraform.destroy()
    assert content(database) == set()


def test_the_snippet_of_the_provider_block_connects(terraform: Terraform, database: Database) -> None:
    snippet("resources/krenalis_workspace/resource.tf", terraform, database, without_terraform=True)
    # the throw-away server speaks no TLS
    snippet("provider/provider.tf", terraform, database, {'"require"': '"disable"'})
    give(terraform, {"password": database.password})
    terraform.init()

    make(terraform)
    unprotect(terraform)
    terraform.destroy()


def snippet(
    name: str,
    terraform: Terraform,
    database: Database,
    changes: Mapping[str, str] | None = None,
    *,
    without_terraform: bool = False,
) -> str:
    """Copy a snippet to the folder, with the test's warehouse in the place of the one that it names."""
    text = (EXAMPLES / name).read_text()
    settings = database.settings()
    place = "postgresql://{username}@{host}:{port}/{database}/{schema}".format(**settings)
    for old, new in {
        "postgresql://krenalis@db.internal:5432/cdp/customers": place,
        '"db.internal"': json.dumps(settings["host"]),
        "= 5432": f"= {settings['port']}",
        '"cdp"': json.dumps(settings["database"]),
        'schema   = "customers"': f'schema = "{settings["schema"]}"',
        **(changes or {}),
    }.items():
        text = text.replace(old, new)
    text = re.sub(r'username = "\w+"', f'username = "{settings["username"]}"', text)
    if without_terraform:
        text = re.sub(r"^terraform \{\n.*?^\}\n", "", text, flags=re.MULTILINE | re.DOTALL)
    (terraform.folder / Path(name).name).write_text(text)
    return text


def test_the_snippet_of_the_function_says_what_it_gives(terraform: Terraform) -> None:
    copy("functions/profile_columns", terraform)
    terraform.run("apply", "-input=false", "-auto-approve")

    comments = re.findall(r"^# (\{.*\})\n", (terraform.folder / "function.tf").read_text(), re.MULTILINE)
    given = [
        "{ " + ", ".join(f'{column} = "{type_}"' for column, type_ in columns.items()) + " }"
        for columns in terraform.output().values()
    ]
    assert given == comments

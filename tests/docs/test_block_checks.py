"""The checks of blocks find what is wrong, and complete what a block leaves out."""

import re
from pathlib import Path

import pytest

from tests.docs.blocks import Block, blocks_of
from tests.docs.shell_blocks import Commands
from tests.docs.sql_blocks import SqlBlocks
from tests.docs.terraform_batch import Batch
from tests.docs.terraform_blocks import example_of, whole
from tests.docs.test_code_blocks import is_proven, shown_files
from tests.support.postgresql import Server


def block(text: str, line: int = 1, page: str = "page.md", heading: str = "") -> Block:
    return Block(page, line, heading, "", text)


def test_the_blocks_of_a_page_are_found_with_their_heading_and_language() -> None:
    page = "# One\n\n```sh\nmake\n```\n\n## Two\n\n- item\n\n  ```terraform\n  locals {}\n  ```\n\n~~~\nplain\n~~~\n\n    indented\n"

    found = list(blocks_of("page.md", page))

    assert [(each.place, each.heading, each.language, each.text) for each in found] == [
        ("page.md:3", "One", "sh", "make\n"),
        ("page.md:11", "Two", "terraform", "locals {}\n"),
        ("page.md:15", "Two", "", "plain\n"),
        ("page.md:19", "Two", "", "indented\n"),
    ]


def test_what_a_workspace_needs_stands_for_an_ellipsis_where_it_is_not_said() -> None:
    text = whole("""resource "krenalis_workspace" "a" {
  # …
  warehouse = {
    platform = "Snowflake"
    settings = {
      # …
      schema = "mine" # {
    }
  }
  renames = { a = "b" }
}
""")

    names = sorted(re.findall(r"(\w+) = ", text))
    wanted = [
        "database",
        "host",
        "name",
        "platform",
        "port",
        "profile_schema",
        "schema",
        "settings",
        "username",
        "warehouse",
    ]
    assert names == sorted([*wanted, "a", "krenalis", "renames", "source"])


def test_variables_and_workspaces_that_are_named_and_not_there_are_declared() -> None:
    text = whole(
        'output "a" {\n  value = [var.b, krenalis_workspace.c.id, data.krenalis_workspace.d.id]\n}\n'
    )

    assert 'variable "b" {}' in text
    assert 'resource "krenalis_workspace" "c" {' in text
    assert '"d"' not in text


def test_a_block_that_shows_a_file_of_an_example_is_known() -> None:
    shown = Path(__file__).parents[2] / "examples/quickstart/main.tf"

    assert example_of(shown.read_text()) == Path("examples/quickstart/main.tf")
    assert example_of("locals {}\n") is None


def test_configurations_that_terraform_refuses_are_named(tmp_path: Path) -> None:
    wrong = [
        block('renames = { contact = "email" }\nrenamed = {}\n', 1),
        block('resource "krenalis_workspace" "a" {\n  # …\n  mode = "Normal"\n}\n', 2),
        block('provider "krenalis" {\n  postgresql = { ssl_mode = "require" }\n}\n', 3),
        block('resource "krenalis_workspace" "a" {\n  name = "Customers"\n}\n', 4),
        block('resource "krenalis_workspace" "a" {\n  # …\n  identifiers = ["none"]\n}\n', 5),
        block("import {\n  to = krenalis_workspace.a\n}\n", 6),
        block('run "a" {\n  command = play\n}\n', 7),
        block("provider_installation {\n  dev_overrides {\n", 8),
    ]  # fmt: skip
    right = [
        block('drop_columns = ["phone_number"]\n', 11),
        block('provider "krenalis" {\n  endpoint = var.url\n  api_key  = var.key\n}\n', 12),
        block('import {\n  to = krenalis_workspace.a\n  id = "8sYbWqhTkRfG"\n}\n', 13),
        block('run "a" {\n  command = plan\n}\n', 14),
        block("provider_installation {\n  direct {}\n}\n", 15),
        block("moved {\n  from = krenalis_workspace.a\n  to   = krenalis_workspace.b\n}\n", 16),
    ]

    found = list(Batch(tmp_path, [*wrong, *right]).invalid())

    assert {int(line.split(":")[1]) for line in found} == {each.line for each in wrong}, "\n".join(found)


def test_configurations_in_another_layout_are_named(tmp_path: Path) -> None:
    found = list(
        Batch(tmp_path, [block("a = 1\nbcd = 2\n", 1), block("a   = 1\nbcd = 2\n", 2)]).unformatted()
    )

    assert [line.split(" ")[0] for line in found] == ["page.md:1:"]


@pytest.mark.parametrize("command", [
    "terraform frobnicate", "terraform plan -frobnicate", "terraform state frobnicate a", "terraform plan && make none", "make none",
    "make test NONE=1", "terraform-provider-krenalis frobnicate", "A=b frobnicate",
    "terraform-provider-krenalis ddl profile-schema.json --platform PostgreSQL --schema pg_mine", "python3 none.py", "jq --none", "cat a | none",
    "echo 'a", "python3 -c 1",
])  # fmt: skip
def test_commands_that_there_are_not_are_named(command: str) -> None:
    (problem,) = Commands().problems(block(f"{command}\n"))

    assert problem.startswith("page.md:1: ")


@pytest.mark.parametrize("command", [
    "terraform plan -out=plan.tfplan -detailed-exitcode", "terraform apply plan.tfplan", "terraform state rm krenalis_workspace.a",
    "terraform show -json plan.tfplan > plan.json", "make test ARGS=tests/unit  # some", "terraform-provider-krenalis --version",
    'export A="$(cat key.p8)" B=c', "A='b c' terraform apply \\\n  -refresh=false", "terraform -version", "# nothing", "make PYTHON=/a",
    "terraform apply -refresh-only", "~/krenalis/bin/terraform-provider-krenalis -debug", "python3 -m venv a",
])  # fmt: skip
def test_commands_that_there_are_pass(command: str) -> None:
    assert list(Commands().problems(block(f"{command}\n"))) == []


def test_commands_behind_a_prompt_are_checked_too() -> None:
    text = "  $ terraform plan |\n      frobnicate\n  output\n  $ make test\n"

    (problem,) = Commands().shown(block(text))

    assert "frobnicate" in problem


def test_statements_that_cannot_be_executed_are_named(postgresql: Server) -> None:
    with SqlBlocks(postgresql) as sql:
        (first,) = sql.problems(block("CREATE ROLE a;\nGRANT USAGE ON SCHEMA none TO a;\n", 1))
        (second,) = sql.problems(block("CREATE TABEL a ();\n", 2, "docs/guides/snowflake.md"))
        (third,) = sql.problems(block("CREATE ROLE a FROM b;\n", 3, heading="On Snowflake"))
        assert not list(
            sql.problems(block("CREATE ROLE a;\nCREATE DATABASE b;\n\\connect b\nCREATE SCHEMA c;\n", 4))
        )
        assert not list(sql.problems(block("CALL resolve_identities();\nSELECT email FROM profiles;\n", 5)))
        assert not list(sql.problems(block("CREATE ROLE a;\n", 6, "docs/guides/snowflake.md")))

    assert [line.partition(" ")[0] for line in (first, second, third)] == [
        "page.md:1:",
        "docs/guides/snowflake.md:2:",
        "page.md:3:",
    ]
    with postgresql.connect() as connection:
        assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'a'").fetchall() == []


def test_a_file_that_no_test_speaks_of_proves_nothing(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]

    assert shown_files((root / "examples/policies/losses.jq").read_text()) == [
        root / "examples/policies/losses.jq"
    ]
    assert shown_files("what no file has") == []
    assert is_proven(root / "examples/policies/losses.jq")
    assert not is_proven((tmp_path / "never").with_suffix(".txt"))

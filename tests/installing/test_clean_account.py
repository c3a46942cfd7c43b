"""People who have Terraform and the archive, and no Python: `init`, `plan`, `apply`, `destroy`."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from krenalis_provider.bundle import cli_configuration
from tests.support.installed import ADDRESS, MIRROR, Account, install, only_archive, tree, unzip
from tests.support.postgresql import Database, Server
from tests.support.terraform_process import Executable, folded
from tests.support.workspaces import profile_schema

MODULE = """
terraform {
  required_providers {
    krenalis = { source = "krenalis/krenalis" }
  }
}
variable "name" { type = string }
variable "settings" { type = any }
resource "krenalis_workspace" "this" {
  name                = var.name
  profile_schema      = jsondecode(file("${path.module}/profile-schema.json"))
  deletion_protection = false
  warehouse           = { platform = "PostgreSQL", settings = var.settings }
  ui_preferences      = { user_profile = { first_name = "first_name", last_name = "last_name", extra = "email" } }
}
output "id" { value = krenalis_workspace.this.id }
"""
MAIN = """
terraform {
  required_providers {
    krenalis = {
      source  = "krenalis/krenalis"
      version = "~> 0.1.0"
    }
  }
  backend "pg" {}
}
variable "warehouses" { type = any }
module "workspace" {
  source   = "./modules/workspace"
  for_each = var.warehouses
  name     = each.key
  settings = each.value
}
output "ids" { value = { for name, each in module.workspace : name => each.id } }
"""
INPUT = "-input=false"
APPROVED = (INPUT, "-auto-approve")


@pytest.fixture
def databases(postgresql: Server) -> Iterator[list[Database]]:
    """Two for workspaces, one for the state."""
    made = [postgresql.database() for _ in range(3)]
    yield made
    for database in made:
        database.drop()


@pytest.fixture
def account(terraform_executable: Executable) -> Iterator[Account]:
    with Account.new(terraform_executable) as account:
        yield account


@pytest.fixture
def colleague(terraform_executable: Executable) -> Iterator[Account]:
    with Account.new(terraform_executable) as account:
        yield account


def put_into_mirror(account: Account, archive: Path, mirror: Path) -> None:
    """As a person does it who has downloaded the archive."""
    place = mirror / ADDRESS
    place.mkdir(parents=True)
    shutil.copy(archive, place)
    account.write({".terraformrc": cli_configuration.block(mirror)})


def write_project(account: Account, folder: Path, *databases: Database) -> None:
    name = folder.relative_to(account.home)
    values = {f"Workspace {number}": each.settings() for number, each in enumerate(databases)}
    account.write(
        {
            f"{name}/main.tf": MAIN,
            f"{name}/terraform.tfvars.json": json.dumps({"warehouses": values}),
            f"{name}/modules/workspace/main.tf": MODULE,
            f"{name}/modules/workspace/profile-schema.json": json.dumps(profile_schema()),
        }
    )


def backend(database: Database) -> str:
    server = database.server
    return (
        f"-backend-config=conn_str=postgres://{server.user}:{server.password}@{server.host}:{server.port}"
        f"/{database.name}?sslmode=disable"
    )


def test_a_module_a_backend_and_a_lock_file_go_from_one_account_to_another(
    account: Account, colleague: Account, archive: Path, databases: list[Database]
) -> None:
    *warehouses, states = databases
    project, other = account.home / "project", colleague.home / "elsewhere" / "ä b"
    put_into_mirror(account, archive, account.home / "mirror")
    put_into_mirror(colleague, archive, colleague.home / "another mirror")
    write_project(account, project, *warehouses)
    account.run_terraform(project, "init", INPUT, backend(states))
    account.run_terraform(project, "plan", INPUT)
    applied = account.run_terraform(project, "apply", *APPROVED)
    write_project(colleague, other, *warehouses)
    lock = (project / ".terraform.lock.hcl").read_text()
    colleague.write({str(other.relative_to(colleague.home) / ".terraform.lock.hcl"): lock})

    colleague.run_terraform(other, "init", INPUT, "-lockfile=readonly", backend(states))
    planned = colleague.run_terraform(other, "plan", INPUT, "-detailed-exitcode")
    destroyed = colleague.run_terraform(other, "destroy", *APPROVED)

    assert "2 added" in applied
    assert "No changes" in planned
    assert "2 destroyed" in destroyed
    assert (other / ".terraform.lock.hcl").read_text() == lock


def test_the_subcommand_of_an_unpacked_archive_is_enough(
    account: Account, archive: Path, databases: list[Database]
) -> None:
    *warehouses, states = databases
    project = account.home / "project"
    unzip(archive, account.home)
    account.write({".ssh/id_rsa": "a secret"})
    write_project(account, project, *warehouses)

    launcher = account.home / "terraform-provider-krenalis_v0.1.0"
    account.run("/bin/sh", "-c", '"$0" install >&- 2>&-', launcher)
    account.run_terraform(project, "init", INPUT, backend(states))
    account.run_terraform(project, "plan", INPUT)
    account.run_terraform(project, "apply", *APPROVED)
    account.run_terraform(project, "destroy", *APPROVED)

    assert only_archive(account.home).read_bytes() == archive.read_bytes()


def put_empty_archive(account: Account, mirror: Path, source: str, version: str) -> None:
    """Enough for `init`, which starts no provider."""
    place, name = mirror / "registry.terraform.io" / source, f"terraform-provider-{source.rpartition('/')[2]}"
    place.mkdir(parents=True)
    with ZipFile(place / f"{name}_{version}_{account.terraform.platform}.zip", "w") as made:
        made.writestr(f"{name}_v{version}", "")
    account.own(account.home)


def init_without_network(account: Account, *, expect: int, **variables: str) -> str:
    """What `init` prints in the project; it fails if it asks a server."""
    nowhere = "http://127.0.0.1:9"
    folder = account.home / "project"
    return folded(
        account.run_terraform(folder, "init", INPUT, expect=expect, HTTPS_PROXY=nowhere, **variables)
    )


@pytest.mark.parametrize("variables", [(), ("TF_CLI_CONFIG_FILE",), ("TERRAFORM_CONFIG",)])
def test_without_a_block_terraform_finds_it_beside_those_of_others_and_asks_nobody(
    variables: tuple[str, ...], account: Account
) -> None:
    put_empty_archive(account, account.home / MIRROR, "krenalis/krenalis", "0.1.0")
    put_empty_archive(account, account.home / ".local/share/terraform/plugins", "acme/toy", "1.0.0")
    both = 'krenalis = { source = "krenalis/krenalis" }\ntoy = { source = "acme/toy" }'
    account.write(
        {
            "settings": 'credentials "a.example" {\n  token = "x"\n}\n',
            "project/main.tf": f"terraform {{\nrequired_providers {{\n{both}\n}}\n}}\n",
        }
    )

    settings = dict.fromkeys(variables, str(account.home / "settings"))
    printed = init_without_network(account, expect=0, **settings)

    assert "Installed krenalis/krenalis v0.1.0" in printed
    assert "Installed acme/toy v1.0.0" in printed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "provider_installation {\n  direct {\n  }\n}\n",
            "provider_installation {{\n  direct {{\n{exclusion}  }}\n{method}}}\n",
        ),
        (
            '{"provider_installation": {"direct": [{}]}}',
            '{{"provider_installation": {{"direct": [{{{exclusion}}}], {method}}}}}',
        ),
    ],
    ids=["HCL", "JSON"],
)
def test_what_is_printed_for_a_block_makes_terraform_look_there_and_ask_nobody(
    before: str, after: str, account: Account
) -> None:
    mirror = account.home / MIRROR
    put_empty_archive(account, mirror, "krenalis/krenalis", "0.1.0")
    account.write(
        {
            ".terraformrc": before,
            "project/main.tf": 'terraform {\nrequired_providers {\nkrenalis = { source = "krenalis/krenalis" }\n}\n}\n',
        }
    )
    as_json = before.startswith("{")
    refused = init_without_network(account, expect=1)

    method = cli_configuration.method(mirror, as_json=as_json)
    exclusion = cli_configuration.exclusion(as_json=as_json)
    account.write({".terraformrc": after.format(method=method, exclusion=exclusion)})

    assert "could not connect to registry.terraform.io" in refused
    assert "Installed krenalis/krenalis v0.1.0" in init_without_network(account, expect=0)


def test_the_subcommand_of_an_environment_is_enough(
    account: Account, archive: Path, databases: list[Database]
) -> None:
    *warehouses, states = databases
    project = account.home / "project"
    install(account.home)
    write_project(account, project, *warehouses)

    account.run_terraform(project, "init", INPUT, backend(states))
    account.run_terraform(project, "apply", *APPROVED)
    account.run_terraform(project, "destroy", *APPROVED)

    assert only_archive(account.home).read_bytes() == archive.read_bytes()


def test_twenty_commands_in_a_home_that_cannot_be_written_leave_the_package_as_it_was(
    account: Account, archive: Path, database: Database
) -> None:
    project = account.home / "project"
    put_into_mirror(account, archive, account.home / "mirror")
    write_project(account, project, database)
    account.write(
        {"project/main.tf": MAIN.replace('backend "pg" {}', 'backend "local" { path = "/tmp/none" }')}
    )
    account.run_terraform(project, "init", INPUT)
    package = project / ".terraform" / "providers"
    before = tree(package)
    writable = [path for path in (account.home, *account.home.rglob("*")) if path.is_dir()]
    for path in writable:
        path.chmod(0o555)

    try:
        for _ in range(10):
            account.run_terraform(project, "validate")
            account.run_terraform(project, "plan", INPUT, "-lock=false")
        account.run_terraform(project, "version")
    finally:
        for path in writable:
            path.chmod(0o755)

    assert before
    assert tree(package) == before
    account.run_terraform(project, "init", INPUT, "-lockfile=readonly")


def test_after_another_build_of_the_version_the_lock_file_has_to_forget_the_provider(
    account: Account, archive: Path, database: Database
) -> None:
    project = account.home / "project"
    put_into_mirror(account, archive, account.home / "mirror")
    write_project(account, project, database)
    account.write({"project/main.tf": MAIN.replace('backend "pg" {}', "")})
    account.run_terraform(project, "init", INPUT)
    with ZipFile(account.home / "mirror" / ADDRESS / archive.name, "a") as other:
        other.writestr("more", "")
    installed = project / ".terraform" / "providers" / ADDRESS

    account.run_terraform(project, "init", INPUT)
    assert [*installed.rglob("more")] == []
    shutil.rmtree(project / ".terraform")
    for words in ((), ("-upgrade",)):
        assert "checksums" in account.run_terraform(project, "init", INPUT, *words, expect=1)
    lock = project / ".terraform.lock.hcl"
    lock.write_text(re.sub(r"^provider .*?^}\n", "", lock.read_text(), flags=re.MULTILINE | re.DOTALL))
    account.run_terraform(project, "init", INPUT)
    assert [*installed.rglob("more")] != []


def test_later_processes_of_a_command_start_warm(account: Account, archive: Path, database: Database) -> None:
    project = account.home / "project"
    put_into_mirror(account, archive, account.home / "mirror")
    write_project(account, project, database)
    account.write({"project/main.tf": MAIN.replace('backend "pg" {}', "")})
    account.run_terraform(project, "init", INPUT)

    log = account.run_terraform(project, "plan", INPUT, TF_LOG="DEBUG")

    ways = [
        line.partition("way=")[2].split()[0]
        for line in log.splitlines()
        if "Started: " in line and "way=" in line
    ]
    assert ways == ["first", "later", "later"]


def test_it_is_another_user_who_knows_no_python(account: Account) -> None:
    if account.user is None:
        pytest.skip("the tests cannot become another user, or this Terraform is Python's")
    assert account.user != os.geteuid()
    account.run("/bin/sh", "-c", "command -v python3 python || exit 7", expect=7, PATH="/nowhere")

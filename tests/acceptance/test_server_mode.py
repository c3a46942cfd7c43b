"""Server mode through Terraform: the workspace lives in a Krenalis server, here that of the tests."""

import json

import pytest

from tests.support.krenalis_server import KrenalisServer
from tests.support.postgresql import Database
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction
from tests.support.workspaces import ADDRESS, configuration

DOCUMENT = {
    "kind": "object",
    "properties": [
        {"name": "email", "type": {"kind": "string", "maxLength": 120}, "readOptional": True},
        {"name": "age", "type": {"kind": "int", "bitSize": 16}, "readOptional": True},
    ],
}
WRITTEN = """
variable "password" {
  type      = string
  ephemeral = true
}
"""
LATER = """
resource "terraform_data" "server" {
  input = { endpoint = "%s", key = "%s" }
}
"""


def written(
    database: Database,
    *,
    version: int = 1,
    extra: str = "",
    provider: str = "",
    more: str = WRITTEN,
    **changes: str,
) -> str:
    """A workspace whose password is write-only."""
    settings = {name: value for name, value in database.settings().items() if name != "password"}
    settings |= {"password_wo": "var.password", "password_wo_version": version} | changes
    unprotected = f"deletion_protection = false\n  {extra}"
    profile = {"extra": "email"}
    return more + configuration(
        settings, document=DOCUMENT, user_profile=profile, provider=provider, extra=unprotected
    )


def tables(database: Database) -> int:
    """How many the schema of the settings has."""
    count = "SELECT count(*) FROM pg_tables WHERE schemaname = %s"
    with database.connect() as connection:
        found = connection.execute(count, [database.settings()["schema"]]).fetchone()
    return int(found[0]) if found else 0


@pytest.fixture
def ready(any_terraform: Terraform, krenalis: KrenalisServer, database: Database) -> Terraform:
    """A configuration of a workspace in the server, with the server in the environment."""
    any_terraform.environment |= {
        "KRENALIS_ENDPOINT": krenalis.endpoint,
        "KRENALIS_API_KEY": krenalis.key,
        "TF_VAR_password": str(database.settings()["password"]),
    }
    any_terraform.write(written(database))
    return any_terraform


def test_a_workspace_is_made_read_changed_and_deleted_and_no_secret_is_seen(
    ready: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    log = ready.log()
    ready.validate()
    ready.apply(checks=[ExpectAction(ADDRESS, "create")])
    values = ready.show()["values"]["root_module"]["resources"][0]["values"]
    assert values["id"] == krenalis.workspace().id
    assert values["on_destroy"] == "abandon"
    assert values["objects"] == {}
    assert values["profile_columns"] == {"email": "character varying(120)", "age": "smallint"}
    ready.write(written(database).replace('"Customers"', '"Clients"'))
    ready.apply(checks=[ExpectAction(ADDRESS, "update")])
    assert krenalis.workspace().name == "Clients"

    state = (ready.folder / "terraform.tfstate").read_text()
    assert ready.destroy().exit_code == 0
    assert krenalis.workspaces == {}
    for secret in (krenalis.key, ready.environment["TF_VAR_password"]):
        assert secret not in state
        assert secret not in log.read_text()


def test_a_new_version_gives_the_server_another_password(
    ready: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    ready.apply()
    assert not ready.plan().has_changes
    before = len(krenalis.sent("PUT", "/warehouse"))

    ready.write(written(database, version=2))
    ready.apply(checks=[ExpectAction(ADDRESS, "update")])

    assert len(krenalis.sent("PUT", "/warehouse")) in (before, before + 1)  # it may see that it is the same


def test_an_import_by_id_brings_in_the_warehouse_without_its_password(
    ready: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    ready.apply()
    ready.run("state", "rm", ADDRESS)

    ready.import_(ADDRESS, krenalis.workspace().id)

    values = ready.show()["values"]["root_module"]["resources"][0]["values"]
    assert values["warehouse"]["settings"]["host"] == database.settings()["host"]
    assert values["warehouse"]["settings"]["password"] is None
    # the document is in the server's spelling, and then in that of the configuration
    krenalis.requests.clear()
    ready.apply(checks=[ExpectAction(ADDRESS, "update")])
    assert krenalis.sent("PUT", "/profiles/schema") == []


def test_another_form_of_id_is_explained(ready: Terraform) -> None:
    ready.import_(
        ADDRESS,
        "postgresql://u:tiger@h:5432/d/s",
        expect_error="expected the id that the Krenalis server gave",
    )


def test_data_sources_read_what_the_server_has(
    ready: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    more = (
        WRITTEN
        + """
data "krenalis_workspace" "one" {
  id = krenalis_workspace.customers.id
}
data "krenalis_workspaces" "all" {
  depends_on = [krenalis_workspace.customers]
}
output "names" {
  value = [data.krenalis_workspace.one.name, data.krenalis_workspaces.all.workspaces[0].name]
}
"""
    )
    ready.write(written(database, more=more))
    ready.apply()

    assert json.loads(ready.run("output", "-json", "names").stdout) == ["Customers", "Customers"]


@pytest.mark.parametrize("unknown", ["endpoint", "key"])
def test_a_server_that_the_same_apply_makes_is_waited_for(
    ready: Terraform, krenalis: KrenalisServer, database: Database, unknown: str
) -> None:
    del ready.environment["KRENALIS_ENDPOINT"], ready.environment["KRENALIS_API_KEY"]
    endpoint = "terraform_data.server.output.endpoint" if unknown == "endpoint" else f'"{krenalis.endpoint}"'
    provider = f"endpoint = {endpoint}\n  api_key = terraform_data.server.output.key"
    ready.write(
        written(database, provider=provider, more=WRITTEN + LATER % (krenalis.endpoint, krenalis.key))
    )

    ready.apply()

    assert [each.name for each in krenalis.workspaces.values()] == ["Customers"]
    values = ready.show()["values"]["root_module"]["resources"]
    assert next(each for each in values if each["address"] == ADDRESS)["values"]["on_destroy"] == "abandon"


def test_a_workspace_of_direct_mode_is_explained_to_the_server(
    ready: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    for name in ("KRENALIS_ENDPOINT", "KRENALIS_API_KEY"):
        del ready.environment[name]
    ready.write(configuration(database.settings(), document=DOCUMENT, user_profile={"extra": "email"}))
    ready.apply()
    ready.environment |= {"KRENALIS_ENDPOINT": krenalis.endpoint, "KRENALIS_API_KEY": krenalis.key}

    ready.plan(expect_error='Workspace "Customers" is in no server')


def test_direct_mode_points_to_the_password_of_the_provider_block(ready: Terraform) -> None:
    for name in ("KRENALIS_ENDPOINT", "KRENALIS_API_KEY"):
        del ready.environment[name]
    ready.validate()

    ready.plan(expect_error="password_wo: without a Krenalis server nobody keeps a write-only password")


def test_a_key_without_an_endpoint_is_refused(ready: Terraform) -> None:
    del ready.environment["KRENALIS_ENDPOINT"]

    ready.plan(expect_error="api_key comes from KRENALIS_API_KEY, and there is no endpoint")


def test_a_wrong_key_keeps_the_state_and_is_not_seen(ready: Terraform, krenalis: KrenalisServer) -> None:
    ready.apply()
    ready.environment["KRENALIS_API_KEY"] = key = krenalis.unknown_key()

    result = ready.plan("-refresh-only")

    assert "could not be refreshed" in result.text
    assert key not in f"{result.stdout}{result.stderr}"


def test_a_warehouse_is_abandoned_unless_it_is_to_be_dropped(
    ready: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    ready.write(written(database, extra='on_destroy = "drop"'))
    ready.apply()
    assert tables(database) > 0
    ready.destroy()
    assert tables(database) == 0

    ready.write(written(database))
    ready.apply()
    ready.plan(f"-replace={ADDRESS}", expect_error="cannot be replaced in the same place")
    ready.destroy()
    assert krenalis.workspaces == {}
    assert tables(database) > 0


def test_what_somebody_changed_in_the_server_is_planned_back(
    ready: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    ready.apply()
    krenalis.workspace().name = "Theirs"

    result = ready.plan(checks=[ExpectAction(ADDRESS, "update")])

    assert '"Theirs" -> "Customers"' in result.text


def test_a_mode_that_refuses_alterations_hinders_nothing_else(
    ready: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    ready.apply()
    krenalis.workspace().mode = "Inspection"
    krenalis.workspace().name = "Theirs"
    ready.apply(checks=[ExpectAction(ADDRESS, "update")])
    assert (krenalis.workspace().name, krenalis.workspace().mode) == ("Customers", "Inspection")

    krenalis.workspace().mode = "Normal"
    ready.write(
        written(database).replace(
            'platform = "PostgreSQL"', 'platform = "PostgreSQL"\n    mode = "Inspection"'
        )
    )
    ready.apply(checks=[ExpectAction(ADDRESS, "update")])
    assert krenalis.workspace().mode == "Inspection"


def test_a_workspace_goes_with_the_key_that_was_restricted_to_it(
    ready: Terraform, krenalis: KrenalisServer
) -> None:
    ready.apply()
    workspace = krenalis.workspace().id
    ready.environment["KRENALIS_API_KEY"] = krenalis.restricted_key(workspace)
    assert not ready.plan().has_changes
    ready.run(
        "apply", "-refresh-only", "-auto-approve", "-input=false"
    )  # whatever was noted of the key is in the state

    krenalis.state.remove(krenalis.workspace())
    gone = ready.run("apply", "-refresh-only", "-auto-approve", "-input=false")

    assert "which is restricted to it, was revoked" in " ".join(gone.text.replace("│", " ").split())
    assert not ready.show().get("values")


def test_a_key_that_was_never_seen_to_be_restricted_takes_no_workspace_along(
    ready: Terraform, krenalis: KrenalisServer
) -> None:
    ready.apply()
    ready.environment["KRENALIS_API_KEY"] = krenalis.unknown_key()

    result = ready.run("apply", "-refresh-only", "-auto-approve", "-input=false")

    assert "could not be refreshed" in result.text
    assert ready.show()["values"]["root_module"]["resources"]


def test_a_key_that_is_not_known_is_no_reason_to_destroy(
    ready: Terraform, krenalis: KrenalisServer, database: Database
) -> None:
    ready.apply()
    ready.environment["KRENALIS_API_KEY"] = krenalis.unknown_key()
    ready.write(written(database).replace('"Customers"', '"Clients"'))

    result = ready.plan(expect_error="API key is not known")

    # with this key, nothing can be destroyed either
    assert "destroy -refresh=false" not in result.errors

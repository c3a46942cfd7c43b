"""A workspace on a Krenalis server of yours, from its creation to its end.

Other tests have a server of their own, which answers as a real one was seen to. This one takes a server and an existing,
empty schema of PostgreSQL, leaves the schema empty, and is skipped unless the environment says where they are:
``KRENALIS_LIVE_ENDPOINT``, ``_API_KEY`` (of the organisation) and, for a private authority, ``_CA_CERT_FILE``; ``_HOST``,
``_PORT``, ``_USERNAME``, ``_PASSWORD``, ``_DATABASE`` and ``_SCHEMA`` of the warehouse, as both the server and this machine
reach it.
"""

import copy
import os
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from krenalis_provider.api.api import Api
from krenalis_provider.api.server import Server
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectValue
from tests.support.workspaces import ADDRESS, configuration, profile_schema
from tfplugin.deadline import Deadline

WAREHOUSE = ("HOST", "PORT", "USERNAME", "PASSWORD", "DATABASE", "SCHEMA")
NEEDED = ("ENDPOINT", "API_KEY", *WAREHOUSE)
GIVEN = {
    name: value for name in (*NEEDED, "CA_CERT_FILE") if (value := os.environ.get(f"KRENALIS_LIVE_{name}"))
}
PASSWORD = 'variable "password" {\n  type      = string\n  ephemeral = true\n}\n'
LEFT = """
    SELECT relname FROM pg_class WHERE relnamespace = %(schema)s::regnamespace
    UNION ALL SELECT typname FROM pg_type WHERE typnamespace = %(schema)s::regnamespace
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace
"""

pytestmark = pytest.mark.skipif(
    not GIVEN.keys() >= set(NEEDED),
    reason="KRENALIS_LIVE_ENDPOINT and the like do not name a Krenalis server and a schema of PostgreSQL",
)


class Live:
    """The server and the warehouse, beside Terraform."""

    def __init__(self) -> None:
        self.api = Api(Server(GIVEN["ENDPOINT"], GIVEN["API_KEY"], GIVEN.get("CA_CERT_FILE")))

    def execute(self, query: str, **values: str) -> list[tuple[Any, ...]]:
        parts = {name: GIVEN[name.upper()] for name in ("host", "port", "password")}
        with psycopg.connect(
            **parts,  # type: ignore[arg-type]
            user=GIVEN["USERNAME"],
            dbname=GIVEN["DATABASE"],
            options=f"-c search_path={GIVEN['SCHEMA']}",
            autocommit=True,
        ) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def resolve_identities(self, workspace: str) -> None:
        self.api.start_identity_resolution(workspace, soon())
        deadline = time.monotonic() + 60
        while self.api.latest_identity_resolution(workspace, soon()).runs:
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def left(self) -> list[tuple[Any, ...]]:
        return self.execute(LEFT, schema=GIVEN["SCHEMA"])


def soon() -> Deadline:
    return Deadline.after(30)


@pytest.fixture
def live() -> Live:
    live = Live()
    assert live.left() == [], "the schema is not empty"
    return live


@pytest.fixture
def terraform(any_terraform: Terraform) -> Iterator[Terraform]:
    """A Terraform that knows the server, and destroys what a failed test leaves."""
    any_terraform.environment |= {f"KRENALIS_{name}": GIVEN[name] for name in GIVEN.keys() - set(WAREHOUSE)}
    any_terraform.environment["TF_VAR_password"] = GIVEN["PASSWORD"]
    yield any_terraform
    if any_terraform.state_list():
        any_terraform.destroy()


def workspace(document: Any, *, extra: str = "", e_mail: str = "email", **values: Any) -> str:
    settings: dict[str, object] = {name.lower(): GIVEN[name] for name in WAREHOUSE if name != "PASSWORD"}
    settings |= {"port": int(GIVEN["PORT"]), "password_wo": "var.password", "password_wo_version": 1}
    profile = {"first_name": "first_name", "last_name": "last_name", "extra": e_mail}
    kept = f'deletion_protection = false\n  on_destroy = "drop"\n  {extra}'
    return PASSWORD + configuration(settings, document=document, user_profile=profile, extra=kept, **values)


def test_a_workspace_from_its_creation_to_its_end(terraform: Terraform, live: Live) -> None:
    log = terraform.log()
    document = profile_schema()
    identifying = 'identifiers = ["customer_id"]'
    terraform.write(workspace(document, extra=identifying))
    terraform.apply(
        checks=[
            ExpectAction(ADDRESS, "create"),
            ExpectValue(ADDRESS, "profile_columns.email", "character varying(254)"),
        ]
    )  # and plans once more: nothing to change
    workspace_id = terraform.show()["values"]["root_module"]["resources"][0]["values"]["id"]
    live.execute(
        "INSERT INTO krenalis_identities (_pipeline, _identity_id, _connection, _updated_at, customer_id, email)"
        " VALUES ('p', 'a', 'c', now(), 'C1', 'ada@example.com'), ('p', 'b', 'c', now(), 'C1', NULL),"
        " ('p', 'd', 'c', now(), 'C2', 'eve@example.com')"
    )
    live.resolve_identities(workspace_id)

    document = copy.deepcopy(document)
    document["properties"].append(
        {"name": "tier", "type": {"kind": "string", "maxLength": 20}, "readOptional": True}
    )
    for property_ in document["properties"]:
        property_["name"] = {"email": "contact", "customer_id": "client_id"}.get(
            property_["name"], property_["name"]
        )
    identifying = 'identifiers = ["client_id", "contact"]'
    renaming = f'{identifying}\n  renames = {{ contact = "email", client_id = "customer_id" }}'
    terraform.write(workspace(document, extra=renaming, e_mail="contact", name="Clients", mode="Maintenance"))
    terraform.apply(
        checks=[
            ExpectAction(ADDRESS, "update"),
            ExpectValue(ADDRESS, "profile_columns.tier", "character varying(20)"),
        ]
    )
    profiles = live.execute("SELECT client_id, contact FROM profiles ORDER BY 1")
    assert profiles == [("C1", "ada@example.com"), ("C2", "eve@example.com")]
    there = live.api.get(workspace_id, soon())
    assert (there.name, there.warehouse_mode) == ("Clients", "Maintenance")
    assert there.identifiers == ["client_id", "contact"]

    live.api.put_mode(workspace_id, "Normal", soon())
    live.api.put_identity_settings(
        workspace_id, run_on_batch_import=False, identifiers=["contact"], deadline=soon()
    )
    terraform.apply(checks=[ExpectAction(ADDRESS, "update")])
    assert live.api.get(workspace_id, soon()).warehouse_mode == "Maintenance"

    terraform.run("state", "rm", ADDRESS)
    terraform.import_(ADDRESS, workspace_id)
    terraform.apply()

    # a word may stand there for another reason
    secrets = [GIVEN["API_KEY"], *([] if GIVEN["PASSWORD"].isalpha() else [GIVEN["PASSWORD"]])]
    for text in ((terraform.folder / "terraform.tfstate").read_text(), log.read_text()):
        assert not [secret for secret in secrets if secret in text]
    terraform.destroy()
    assert workspace_id not in {each.id for each in live.api.list(soon())}
    assert live.left() == []


def test_a_warehouse_that_is_abandoned_says_how_it_is_cleared(terraform: Terraform, live: Live) -> None:
    abandoning = workspace(profile_schema()).replace('"drop"', '"abandon"')
    terraform.write(abandoning)
    terraform.apply()
    terraform.destroy()

    # a password that is a common word is redacted wherever the word stands
    told = terraform.plan(expect_error="(?s)holds all tables of a workspace.*DROP VIEW").errors
    for part in told.split("DROP ")[1:]:
        live.execute(f"DROP {part.partition(';')[0]}")
    assert live.left() == []

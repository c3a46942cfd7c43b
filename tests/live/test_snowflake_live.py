"""The example's workspace in a Snowflake account of yours, from its creation to its end.

Everything else about Snowflake is tested on a double; this alone proves what Snowflake makes of the statements. It
takes an existing, empty schema, leaves it empty, and is skipped unless the environment says where it is:
``SNOWFLAKE_LIVE_ACCOUNT``, ``_USER``, ``_PASSWORD`` or ``_PRIVATE_KEY`` (PEM), ``_ROLE``, ``_DATABASE``, ``_SCHEMA``
and ``_WAREHOUSE``.
"""

import copy
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectKnown, ExpectValue
from tests.support.workspaces import ADDRESS, configuration, profile_schema

PLACE = ("ACCOUNT", "USER", "ROLE", "DATABASE", "SCHEMA", "WAREHOUSE")
SECRETS = ("PASSWORD", "PRIVATE_KEY")
GIVEN = {name: value for name in (*PLACE, *SECRETS) if (value := os.environ.get(f"SNOWFLAKE_LIVE_{name}"))}

pytestmark = pytest.mark.skipif(
    not (GIVEN.keys() >= set(PLACE) and GIVEN.keys() & set(SECRETS)),
    reason="SNOWFLAKE_LIVE_ACCOUNT and the like do not name a schema of a Snowflake account",
)


class Session:
    """A session beside Terraform's, in the schema."""

    def __init__(self) -> None:
        connector = pytest.importorskip("snowflake.connector")
        secrets = {name.lower(): GIVEN[name] for name in SECRETS if name in GIVEN}
        self.connection = connector.connect(**{name.lower(): GIVEN[name] for name in PLACE}, **secrets)

    def execute(self, query: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            return [tuple(row) for row in cursor.execute(query).fetchall()]


@pytest.fixture
def snowflake() -> Iterator[Session]:
    session = Session()
    yield session
    session.connection.close()


@pytest.fixture
def terraform(any_terraform: Terraform) -> Iterator[Terraform]:
    """A Terraform that may log in, and destroys what a failed test leaves."""
    any_terraform.environment |= {f"SNOWFLAKE_{name}": GIVEN[name] for name in SECRETS if name in GIVEN}
    yield any_terraform
    if any_terraform.state_list():
        any_terraform.destroy()


def workspace(document: Any, *, extra: str = "", e_mail: str = "email") -> str:
    settings = {name.lower().replace("user", "username"): GIVEN[name] for name in PLACE}
    profile = {"first_name": "first_name", "last_name": "last_name", "extra": e_mail}
    unprotected = f"deletion_protection = false\n  {extra}"
    return configuration(
        settings, platform="Snowflake", document=document, user_profile=profile, extra=unprotected
    )


def test_the_example_from_its_creation_to_its_end(terraform: Terraform, snowflake: Session) -> None:
    document = profile_schema()
    identifying = 'identifiers = ["customer_id"]'
    terraform.write(workspace(document, extra=identifying))
    terraform.apply(
        checks=[
            ExpectAction(ADDRESS, "create"),
            ExpectKnown(ADDRESS, "objects.PROFILES", "view"),
            ExpectKnown(ADDRESS, "profile_columns.EMAIL", "VARCHAR(254)"),
        ]
    )  # and plans once more: nothing to change
    snowflake.execute(
        "INSERT INTO KRENALIS_IDENTITIES"
        ' ("_PIPELINE", "_IDENTITY_ID", "_CONNECTION", "_ANONYMOUS_IDS", "_UPDATED_AT", CUSTOMER_ID, EMAIL)'
        " SELECT 'p', column1, '1', ARRAY_CONSTRUCT('device'), SYSDATE(), column2, column3"
        " FROM VALUES ('a', 'C1', 'ada@example.com'), ('b', 'C1', NULL), ('c', 'C2', 'eve@example.com')"
    )

    document = copy.deepcopy(document)
    document["properties"].append(
        {"name": "tier", "type": {"kind": "string", "maxLength": 20}, "readOptional": True}
    )
    terraform.write(workspace(document, extra=identifying))
    terraform.apply(
        checks=[ExpectAction(ADDRESS, "update"), ExpectValue(ADDRESS, "profile_columns.TIER", "VARCHAR(20)")]
    )

    for property_ in document["properties"]:
        property_["name"] = "contact" if property_["name"] == "email" else property_["name"]
    renaming = f'{identifying}\n  renames = {{ contact = "email" }}'
    terraform.write(workspace(document, extra=renaming, e_mail="contact"))
    terraform.apply(checks=[ExpectAction(ADDRESS, "update")])

    assert snowflake.execute("CALL RESOLVE_IDENTITIES()") == [(2,)]
    resolved = snowflake.execute("SELECT CUSTOMER_ID, CONTACT FROM PROFILES ORDER BY 1")
    assert resolved == [("C1", "ada@example.com"), ("C2", "eve@example.com")]
    before = snowflake.execute('SELECT "_KPID" FROM PROFILES ORDER BY 1')
    assert snowflake.execute("CALL RESOLVE_IDENTITIES()") == [(2,)]
    assert snowflake.execute('SELECT "_KPID" FROM PROFILES ORDER BY 1') == before

    snowflake.execute("UPDATE KRENALIS_WORKSPACE SET MODE = 'Maintenance'")
    with pytest.raises(Exception, match="the mode of the warehouse is not Normal"):
        snowflake.execute("CALL RESOLVE_IDENTITIES()")
    assert snowflake.execute("SELECT CURRENT_TRANSACTION()") == [(None,)]
    snowflake.execute("UPDATE KRENALIS_WORKSPACE SET MODE = 'Normal'")

    terraform.destroy()
    assert snowflake.execute("SHOW TERSE OBJECTS IN SCHEMA") == []

"""The example of the API documentation, "Create workspace", in HCL: word for word, but for where the double listens."""

from collections.abc import Iterator

import pytest

from tests.support.snowflake import Snowflake
from tests.support.snowflake_warehouse import SnowflakeWarehouse
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAbsent, ExpectAction, ExpectKnown, ExpectValue
from tests.support.workspaces import ADDRESS, PROFILE_SCHEMA

EXAMPLE = """
terraform {
  required_providers {
    krenalis = { source = "krenalis/krenalis" }
  }
}

provider "krenalis" {
  snowflake = { host = "%(host)s", port = %(port)s, protocol = "http" }
}

resource "krenalis_workspace" "customers" {
  name           = "Customers"
  profile_schema = jsondecode(file("profile-schema.json"))

  warehouse = {
    platform = "Snowflake"
    mode     = "Normal"
    settings = {
      account   = "ABCDEFG-TUVWXYZ"
      username  = "USERNAME"
      password  = "password"
      role      = "CUSTOM_ROLE"
      database  = "MY_DATABASE"
      schema    = "PUBLIC"
      warehouse = "COMPUTE_WH"
    }
  }

  ui_preferences = {
    user_profile = {
      first_name = "first_name"
      last_name  = "last_name"
      extra      = "email"
    }
  }
}
"""
TIER = '{"name": "tier", "type": {"kind": "string", "maxLength": 20}, "readOptional": true}'
LOSS = r'Data would be lost.*property "phone_number" goes, and column "PHONE_NUMBER" with its data'


@pytest.fixture
def example(snowflake: Snowflake) -> Iterator[SnowflakeWarehouse]:
    """The warehouse that the example names."""
    database = snowflake.database(
        "MY_DATABASE",
        schema="PUBLIC",
        user="USERNAME",
        password="password",
        role="CUSTOM_ROLE",
        warehouse="COMPUTE_WH",
    )
    yield SnowflakeWarehouse(snowflake.port, database)
    database.drop()


@pytest.mark.slow
def test_it_is_made_changed_and_destroyed(terraform: Terraform, example: SnowflakeWarehouse) -> None:
    main = EXAMPLE % example.parameters()
    document = PROFILE_SCHEMA.read_text()
    terraform.write(main, files={"profile-schema.json": document})
    terraform.apply(
        checks=[
            ExpectAction(ADDRESS, "create"),
            ExpectKnown(ADDRESS, "profile_columns.EMAIL", "VARCHAR(254)"),
            ExpectKnown(ADDRESS, "profile_columns.BIRTH_DATE", "DATE"),
            ExpectKnown(ADDRESS, "profile_columns.ADDRESS_CITY", example.text(100)),
        ]
    )
    assert not terraform.plan().has_changes
    workspace_id, *rest = example.record()
    assert rest == ["Customers", "Normal"]
    example.add_profiles({"email": "ann@example.com", "phone_number": "555"})

    with_tier = document.replace('"properties": [', f'"properties": [{TIER},', 1)
    terraform.write(main, files={"profile-schema.json": with_tier})
    added = 'ADD COLUMN IF NOT EXISTS "TIER" VARCHAR(20)'
    terraform.apply(checks=[ExpectValue(ADDRESS, "migration", [added])])

    renamed = with_tier.replace('"name": "email"', '"name": "contact_email"')
    renames = main.replace(
        'extra      = "email"\n    }\n  }',
        'extra      = "contact_email"\n    }\n  }\n\n  renames = { contact_email = "email" }',
    )
    terraform.write(renames, files={"profile-schema.json": renamed})
    change = 'RENAME COLUMN "EMAIL" TO "CONTACT_EMAIL"'
    terraform.apply(checks=[ExpectValue(ADDRESS, "migration", [change])])
    assert example.profiles("contact_email", "phone_number") == [("ann@example.com", "555")]

    terraform.write(renames, files={"profile-schema.json": renamed.replace("phone_number", "telephone")})
    terraform.plan(expect_error=LOSS)
    assert example.profiles("phone_number") == [("555",)]

    terraform.write(
        renames.replace("\n  renames", "\n  deletion_protection = false\n  renames"),
        files={"profile-schema.json": renamed},
    )
    terraform.apply(checks=[ExpectValue(ADDRESS, "id", workspace_id)])
    destroyed = terraform.destroy()
    assert ExpectAbsent(ADDRESS).problem(destroyed.state) is None
    assert example.relations() == {}

"""The API documentation's own example, a Snowflake workspace, under real Terraform and on the double of Snowflake.

It is word for word the documented request, but for where Snowflake is.
"""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.snowflake import Snowflake, SnowflakeDatabase
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectValue
from tests.support.workspaces import ADDRESS, configuration, profile_schema

SETTINGS = {
    "account": "ABCDEFG-TUVWXYZ",
    "username": "USERNAME",
    "password": "password",
    "role": "CUSTOM_ROLE",
    "database": "MY_DATABASE",
    "schema": "PUBLIC",
    "warehouse": "COMPUTE_WH",
}
EMAIL = "ann@example.com"
OBJECTS = {
    **dict.fromkeys(
        (
            "KRENALIS_DESTINATION_PROFILES",
            "KRENALIS_EVENTS",
            "KRENALIS_IDENTITIES",
            "KRENALIS_PROFILE_SCHEMA_VERSIONS",
            "KRENALIS_PROFILES_0",
            "KRENALIS_SYSTEM_OPERATIONS",
            "KRENALIS_WORKSPACE",
        ),
        "table",
    ),
    **dict.fromkeys(("EVENTS", "PROFILES"), "view"),
    "RESOLVE_IDENTITIES": "procedure",
}


@pytest.fixture
def documented(snowflake: Snowflake) -> Iterator[SnowflakeDatabase]:
    """The documented database, user, role and virtual warehouse."""
    database = snowflake.made(
        SnowflakeDatabase(
            snowflake,
            name=SETTINGS["database"],
            schema=SETTINGS["schema"],
            user=SETTINGS["username"],
            password=SETTINGS["password"],
            role=SETTINGS["role"],
            warehouse=SETTINGS["warehouse"],
        )
    )
    yield database
    database.drop()


def text(database: SnowflakeDatabase, *, changes: dict[str, Any] | None = None, extra: str = "") -> str:
    """The example as HCL, with properties added, changed or removed (None), by name."""
    document = copy.deepcopy(profile_schema())
    for name, type_ in (changes or {}).items():
        document["properties"] = [p for p in document["properties"] if p["name"] != name]
        if type_:
            document["properties"].append({"name": name, "type": type_, "readOptional": True})
    place = database.credentials()
    return configuration(
        SETTINGS,
        platform="Snowflake",
        mode="Normal",
        document=document,
        user_profile={"first_name": "first_name", "last_name": "last_name"} if changes else None,
        provider=f'snowflake = {{ host = "{place["host"]}", port = {place["port"]}, protocol = "http" }}',
        extra=extra,
    )


def emails(database: SnowflakeDatabase, column: str) -> list[Any]:
    return [row[0] for row in database.execute(f'SELECT "{column}" FROM PROFILES')]


def test_the_documented_example(terraform: Terraform, documented: SnowflakeDatabase) -> None:
    terraform.write(text(documented))
    terraform.apply(
        checks=[
            ExpectAction(ADDRESS, "create"),
            ExpectValue(ADDRESS, "profile_columns.EMAIL", "VARCHAR(254)"),
            ExpectValue(ADDRESS, "objects", OBJECTS),
        ]
    )
    terraform.plan(checks=[ExpectAction(ADDRESS, "no-op")])
    documented.execute(
        "INSERT INTO KRENALIS_PROFILES_0 (_KPID, _UPDATED_AT, EMAIL) "
        f"VALUES ('d3b07384-d9a0-4c9b-8d5a-1c2d3e4f5a6b', CURRENT_TIMESTAMP(), '{EMAIL}')"
    )

    tier = {"kind": "string", "maxLength": 20}
    terraform.write(text(documented, changes={"tier": tier}))
    added = ['ADD COLUMN IF NOT EXISTS "TIER" VARCHAR(20)']
    terraform.apply(checks=[ExpectAction(ADDRESS, "update"), ExpectValue(ADDRESS, "migration", added)])

    renamed = {"tier": tier, "email": None, "contact": {"kind": "string", "maxLength": 254}}
    terraform.write(text(documented, changes=renamed, extra='renames = { contact = "email" }'))
    terraform.apply(checks=[ExpectValue(ADDRESS, "migration", ['RENAME COLUMN "EMAIL" TO "CONTACT"'])])
    assert emails(documented, "CONTACT") == [EMAIL]

    dropped = {"tier": tier, "email": None}
    terraform.write(text(documented, changes=dropped))
    terraform.plan(expect_error=r"Data would be lost.*drop_columns.*contact")
    assert emails(documented, "CONTACT") == [EMAIL]

    terraform.write(text(documented, changes=renamed))
    terraform.destroy(expect_error='Workspace "Customers" is protected')
    terraform.write(text(documented, changes=renamed, extra="deletion_protection = false"))
    terraform.apply()
    terraform.destroy()
    assert documented.execute("SHOW TERSE OBJECTS IN SCHEMA MY_DATABASE.PUBLIC") == []

"""`provider::krenalis::profile_columns` in a configuration; no server is involved."""

import json

from tests.support.terraform import Terraform
from tests.support.workspaces import profile_schema

CALL = """
terraform {{
  required_providers {{
    krenalis = {{ source = "krenalis/krenalis" }}
  }}
}}

output "columns" {{
  value = provider::krenalis::profile_columns(jsondecode({document}), "{platform}")
}}
"""


def call(document: object, platform: str = "PostgreSQL") -> str:
    return CALL.format(document=json.dumps(json.dumps(document)), platform=platform)


def test_the_columns_are_known_without_a_workspace(any_terraform: Terraform) -> None:
    any_terraform.write(call(profile_schema()))

    any_terraform.apply()

    assert any_terraform.output()["columns"]["email"] == "character varying(254)"


def test_an_error_is_shown_at_the_argument_and_ends_in_one_full_stop(any_terraform: Terraform) -> None:
    any_terraform.write(call({"kind": "object", "properties": []}))
    result = any_terraform.plan(expect_error=r'"schema" parameter.*The profile schema is not valid')
    assert ".." not in result.errors

    any_terraform.write(call(profile_schema(), "postgres"))
    any_terraform.plan(
        expect_error=r'"platform" parameter.*There is no platform "postgres" \(did you mean "PostgreSQL"\?\)\.'
    )

    any_terraform.write(call("s.json"))
    any_terraform.plan(expect_error=r'read the file of that name with jsondecode\(file\("s.json"\)\)\. *$')

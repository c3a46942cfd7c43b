"""Configurations of `krenalis_workspace` for tests, in a few words."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ADDRESS = "krenalis_workspace.customers"
PROFILE_SCHEMA = Path(__file__).parents[2] / "examples" / "quickstart" / "profile-schema.json"
"""The document of the API documentation's example."""


def profile_schema() -> Any:
    """The example's document as data."""
    return json.loads(PROFILE_SCHEMA.read_text())


def configuration(
    settings: Mapping[str, object],
    *,
    name: str = "Customers",
    platform: str = "PostgreSQL",
    mode: str | None = None,
    document: object = None,
    user_profile: Mapping[str, str] | None = None,
    provider: str = "",
    extra: str = "",
) -> str:
    """A main.tf with one workspace. `settings` values are written as they are if they start with ``var.`` or the like.

    `extra` is further text of the resource block, `provider` that of the provider block.
    """
    profile = user_profile or {"first_name": "first_name", "last_name": "last_name", "extra": "email"}
    lines = "\n".join(f"      {key} = {expression(value)}" for key, value in settings.items())
    return f"""
terraform {{
  required_providers {{
    krenalis = {{ source = "krenalis/krenalis" }}
  }}
}}

provider "krenalis" {{
  {provider}
}}

resource "krenalis_workspace" "customers" {{
  name           = {expression(name)}
  profile_schema = jsondecode({json.dumps(json.dumps(document or profile_schema()))})

  warehouse = {{
    platform = {expression(platform)}
    {"mode = " + expression(mode) if mode else ""}
    settings = {{
{lines}
    }}
  }}

  ui_preferences = {{ user_profile = {json.dumps(profile)} }}
  {extra}
}}
"""


def expression(value: object) -> str:
    """The value in HCL, or a reference to one that is written so."""
    is_reference = isinstance(value, str) and value.startswith(("var.", "terraform_data.", "local."))
    return str(value) if is_reference else json.dumps(value)

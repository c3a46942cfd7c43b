"""Which workspaces are frozen, and what brings each about."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.freeze.configuration import configuration
from tests.support.freeze.rows import add_rows
from tests.support.stored import import_id
from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse
from tests.support.workspaces import ADDRESS

Configuration = Mapping[str, Any]
"""What ``configuration.json`` has: the attributes, ``mode`` and ``settings`` of the warehouse, and the settings left out."""

_SCHEMAS = Path(__file__).with_name("profile_schemas")
POSTGRESQL, SNOWFLAKE, SERVER = "postgresql", "snowflake", "server"
DIRECT = (POSTGRESQL, SNOWFLAKE)
EVERYWHERE = (*DIRECT, SERVER)
WRITE_ONLY = {"password_wo": "@password@", "password_wo_version": 1}


@dataclass(frozen=True)
class Case:
    """A workspace. `configurations` are applied one after the other; the last one is kept with the state."""

    name: str
    configurations: Sequence[Configuration]
    places: Sequence[str] = EVERYWHERE
    then: Callable[[Terraform, Warehouse], None] | None = None
    without: Sequence[str] = ()
    """Settings that only making the workspace needs: the configuration that is kept is without them."""

    @property
    def kept(self) -> Configuration:
        """The configuration by which nothing is left to change."""
        last = self.configurations[-1]
        return {**last, "without": [*self.without]} if self.without else last

    def bring_about(self, terraform: Terraform, warehouse: Warehouse) -> None:
        """Apply; the first workspace with other configurations after it gets rows."""
        terraform.environment[warehouse.password_variable] = warehouse.password
        for number, each in enumerate(self.configurations):
            terraform.write("", files={"main.tf.json": configuration(each, warehouse)})
            terraform.run("apply", "-input=false", "-auto-approve")
            if number == 0 and self.name in {"customers", "changed"}:
                add_rows(warehouse)
        if self.then:
            self.then(terraform, warehouse)


def _import(terraform: Terraform, warehouse: Warehouse) -> None:
    (resource,) = terraform.show()["values"]["root_module"]["resources"]
    terraform.run("state", "rm", ADDRESS)
    terraform.import_(ADDRESS, import_id(warehouse, resource["values"]["id"]))


def _refresh_in_vain(terraform: Terraform, warehouse: Warehouse) -> None:
    with warehouse.without_database():
        terraform.refresh()


def _schema(name: str) -> Any:
    return json.loads((_SCHEMAS / f"{name}.json").read_text())


_TIMES = {"create": "5m", "read": "1m", "update": "10m", "delete": "5m"}
_EMAIL: Mapping[str, Any] = {
    "kind": "object",
    "properties": [{"name": "email", "type": {"kind": "string"}, "readOptional": True}],
}
DEFAULTS: Configuration = {"name": "Customers", "profile_schema": _EMAIL}

CUSTOMERS: Configuration = {
    "name": 'Clientèle “Zürich” & d\'Été \\ "A"',
    "profile_schema": _schema("customers"),
    "ui_preferences": {"user_profile": {"first_name": "name", "extra": "email"}},
    "identifiers": ["customer_id", "email"],
    "resolve_identities_on_batch_import": False,
    "deletion_protection": False,
    "plan_check": "error",
    "timeouts": _TIMES,
}
_DIRECT_CUSTOMERS: Configuration = {
    **CUSTOMERS,
    "primary_sources": {"email": "12", "address.place.city": "2147483647"},
    "on_destroy": "drop",
    "rehearse": False,
}
CHANGED: Configuration = {
    "name": "Clients 日本",
    "profile_schema": _schema("changed"),
    "ui_preferences": {"user_profile": {"first_name": "name", "extra": "contact_email"}},
    "identifiers": ["contact_email", "customer_id"],
    "resolve_identities_on_batch_import": True,
    "deletion_protection": False,
    "renames": {"contact_email": "email", "nickname": "handle"},
    "drop_columns": ["nickname", "born"],
}
_DIRECT_CHANGED: Configuration = {
    **CHANGED,
    "mode": "Maintenance",
    "primary_sources": {"contact_email": "34"},
}

_SERVER_CUSTOMERS: Configuration = {
    **CUSTOMERS,
    "on_destroy": "drop",
    "without": ["password"],
    "settings": WRITE_ONLY,
}


def _as_a_server_changes(document: Any) -> Any:
    """The same change where no type may change: longer names and numbers stay as they were."""
    kept = {each["name"]: each for each in _schema("customers")["properties"]}
    properties = [
        {**each, "type": kept[each["name"]]["type"]} if each["name"] in {"name", "score"} else each
        for each in document["properties"]
        if each["name"] != "nickname"
    ]
    return {**document, "properties": properties}


_SERVER_CHANGED: Configuration = {
    **CHANGED,
    "profile_schema": _as_a_server_changes(CHANGED["profile_schema"]),
    "renames": {"contact_email": "email"},
    "drop_columns": ["nickname", "handle", "born"],
    "on_destroy": "drop",
    "mode": "Maintenance",
    "without": ["password"],
    "settings": {**WRITE_ONLY, "password_wo_version": 2},
}

# a server gives back a description, if only an empty one
_SERVER_IMPORTED: Configuration = {
    "name": "Imported",
    "profile_schema": {
        **_EMAIL,
        "properties": [{**each, "description": ""} for each in _EMAIL["properties"]],
    },
}

CASES: Sequence[Case] = (
    Case("customers", [_DIRECT_CUSTOMERS], DIRECT),
    Case("customers", [_SERVER_CUSTOMERS], [SERVER]),
    Case("changed", [_DIRECT_CUSTOMERS, _DIRECT_CHANGED], DIRECT),
    Case("changed", [_SERVER_CUSTOMERS, _SERVER_CHANGED], [SERVER]),
    Case("defaults", [DEFAULTS]),
    Case(
        "inspection",
        [{**DEFAULTS, "mode": "Inspection", "ui_preferences": {"user_profile": {"extra": "email"}}}],
    ),
    Case("abandoned", [{**DEFAULTS, "on_destroy": "abandon", "deletion_protection": False}]),
    Case("imported", [{**DEFAULTS, "name": "Imported", "without": ["password"]}], DIRECT, _import),
    Case("imported", [_SERVER_IMPORTED], [SERVER], _import, ["password"]),
    Case("not_refreshed", [DEFAULTS], DIRECT, _refresh_in_vain),
)

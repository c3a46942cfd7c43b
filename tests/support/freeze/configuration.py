"""A configuration of a case, as Terraform reads it in JSON."""

import json
from collections.abc import Mapping
from typing import Any

from tests.support.stored import configured_settings
from tests.support.warehouse import Warehouse


def configuration(case: Mapping[str, Any], warehouse: Warehouse) -> str:
    """A ``main.tf.json`` with the workspace in the warehouse."""
    said = {name: value for name, value in case.items() if name not in {"mode", "without", "settings"}}
    where: dict[str, Any] = {
        "platform": warehouse.platform,
        "settings": configured_settings(case, warehouse),
    }
    if "mode" in case:
        where["mode"] = case["mode"]
    server = warehouse.server_block()
    provider: dict[str, Any] = {"endpoint": server.endpoint, "api_key": server.api_key}
    if warehouse.parameters():
        provider[warehouse.platform.lower()] = warehouse.parameters()
    return json.dumps(
        {
            "terraform": {"required_providers": {"krenalis": {"source": "krenalis/krenalis"}}},
            "provider": {"krenalis": {name: value for name, value in provider.items() if value}},
            "resource": {"krenalis_workspace": {"customers": {**said, "warehouse": where}}},
        }
    )

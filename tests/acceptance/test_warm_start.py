"""Terraform commands that a warm parent serves, on each platform."""

import sys

import pytest

from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse
from tests.support.warm_parents import ways_in

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no warm start elsewhere")


def test_all_starts_of_a_command_but_the_first_are_forked_and_work(
    any_terraform: Terraform, warehouse: Warehouse
) -> None:
    log = any_terraform.log("DEBUG")
    any_terraform.write(warehouse.configuration(extra="deletion_protection = false"))
    ways = {}
    for command in ("plan", "apply", "destroy"):
        log.unlink(missing_ok=True)
        words = ["-input=false", *([] if command == "plan" else ["-auto-approve"])]
        any_terraform.run(command, *words)
        ways[command] = ways_in(log)

    assert ways == {
        "plan": ["first", "later", "later"],
        "apply": ["first", *3 * ["later"]],
        "destroy": ["first", *4 * ["later"]],
    }

"""Operations on Snowflake that broke off: the record while they are under way, and their statements."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.freeze import cases
from tests.support.freeze.cases import Case
from tests.support.freeze.configuration import configuration
from tests.support.freeze.dump import definitions, steps
from tests.support.freeze.places import record, write, write_json, write_terraforms, write_warehouse
from tests.support.snowflake_warehouse import SnowflakeWarehouse
from tests.support.terraform import Terraform
from tests.support.terraform_process import Executable
from tests.support.warehouse import Warehouses

_FIRST = {
    "creating": r"CREATE TABLE.*KRENALIS_EVENTS",
    "changing": r"^ALTER TABLE",
    "removing": r"^DROP ",
}
"""By case, a statement at which the record says what is under way."""


def freeze_unfinished(folder: Path, executable: Executable, warehouses: Warehouses) -> None:
    """Write the three cases. An operation is held at a statement while its record is read, and then goes on."""
    (customers,) = [case for case in cases.CASES if case.name == "customers" and folder.name in case.places]
    (changed,) = [case for case in cases.CASES if case.name == "changed" and folder.name in case.places]
    for name, before, kept, command in (
        ("creating", None, customers, "apply"),
        ("changing", customers, changed, "apply"),
        ("removing", customers, customers, "destroy"),
    ):
        print(f"{folder.name}/{name}", flush=True)
        warehouse = warehouses.new()
        assert isinstance(warehouse, SnowflakeWarehouse)
        with tempfile.TemporaryDirectory() as work, Terraform(executable, Path(work)) as terraform:
            _freeze(folder / name, terraform, warehouse, before, kept.kept, command)
        warehouse.drop()


def _freeze(
    folder: Path,
    terraform: Terraform,
    warehouse: SnowflakeWarehouse,
    before: Case | None,
    kept: Mapping[str, Any],
    command: str,
) -> None:
    folder.mkdir(parents=True)
    if before:
        before.bring_about(terraform, warehouse)
        write_terraforms(folder, terraform, warehouse)
        write_warehouse(folder, before, warehouse)
    terraform.write("", files={"main.tf.json": configuration(kept, warehouse)})
    sent = len(warehouse.database.statements())
    with warehouse.database.strike(1, "hold", matching=_FIRST[folder.name]) as strike:
        running = terraform.start(command, "-input=false", "-auto-approve")
        strike.wait()
        under_way = record(warehouse)
    assert running.wait() == 0, running.report()
    write_json(folder / "configuration.json", kept)
    write_json(folder / "record.json", under_way, warehouse)
    write(folder / "steps.sql", steps(definitions(warehouse.database.statements()[sent:])), warehouse)

"""Plans and logs for reviews: made up in a few words, or of real Terraform on a real PostgreSQL."""

import copy
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from krenalis_provider.warehouses.krenalis_objects import OBJECTS
from tests.support.postgresql import Server
from tests.support.postgresql_warehouse import PostgreSQLWarehouse
from tests.support.terraform import Result, Terraform
from tests.support.terraform_process import KRENALIS, Executable
from tests.support.workspaces import profile_schema

ADDRESS = "krenalis_workspace.customers"
EMAIL = {"name": "email", "type": {"kind": "string", "maxLength": 100}, "readOptional": True}
TIER = {"name": "tier", "type": {"kind": "string"}, "readOptional": True}
EMAIL_COLUMN = {"email": "character varying(100)"}
TIER_COLUMN = {"tier": "character varying"}


def document(*properties: Mapping[str, Any]) -> dict[str, Any]:
    """A profile schema."""
    return {"kind": "object", "properties": [*properties]}


def values(**changes: Any) -> dict[str, Any]:
    """The values of a workspace of direct mode with one column, as a plan's JSON has them."""
    return {
        "id": "42",
        "name": "Customers",
        "profile_schema": document(EMAIL),
        "warehouse": {
            "platform": "PostgreSQL",
            "mode": "Normal",
            "settings": {
                "host": "127.0.0.1",
                "port": 5432,
                "database": "cdp",
                "schema": "customers",
                "username": "krenalis",
                "password": "correct horse battery",
            },
        },
        "identifiers": [],
        "primary_sources": {},
        "deletion_protection": False,
        "on_destroy": "drop",
        "renames": None,
        "drop_columns": None,
        "plan_check": None,
        "profile_columns": EMAIL_COLUMN,
        "migration": [],
        "losses": [],
        "objects": dict(OBJECTS),
        **changes,
    }


SENSITIVE = {"warehouse": {"settings": {"password": True, "password_wo": True}}}


def change(
    actions: Sequence[str],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    address: str = ADDRESS,
    unknown: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A resource's change."""
    sides = {
        "actions": [*actions],
        "before": before,
        "after": after,
        "after_unknown": unknown or {},
        "before_sensitive": SENSITIVE if before else False,
        "after_sensitive": SENSITIVE if after else False,
    }
    importing = more.pop("importing", None)
    return {
        "address": address,
        "mode": "managed",
        "type": "krenalis_workspace",
        "name": "customers",
        "provider_name": "registry.terraform.io/krenalis/krenalis",
        "change": {**sides, **({"importing": importing} if importing else {})},
        **more,
    }


def plan(*changes: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A plan's JSON."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": [*changes],
        "configuration": {"root_module": {}},
        "complete": True,
        "errored": False,
        **more,
    }


def warning(
    summary: str, detail: str = "", address: str = ADDRESS, severity: str = "warning"
) -> dict[str, Any]:
    """A diagnostic of a log."""
    said = {
        "severity": severity,
        "summary": summary,
        "detail": detail,
        **({"address": address} if address else {}),
    }
    return {"@level": "warn", "@message": summary, "type": "diagnostic", "diagnostic": said}


def log(
    *messages: Mapping[str, Any], of: Mapping[str, Any] | None = None, terraform: str = "1.11.4"
) -> list[Mapping[str, Any]]:
    """A log with these messages, and the changes of the plan that it is the log `of`."""
    planned = []
    for each in (of or {}).get("resource_changes", []):
        actions = each["change"]["actions"]
        action = "replace" if len(actions) > 1 else actions[0]
        if action in ("create", "update", "delete", "replace") and "deposed" not in each:
            resource = {"addr": each["address"], "resource_type": each["type"]}
            planned.append(
                {
                    "@level": "info",
                    "@message": "",
                    "type": "planned_change",
                    "change": {"resource": resource, "action": action},
                }
            )
    return [
        {"@level": "info", "@message": "", "type": "version", "terraform": terraform},
        *planned,
        {"@level": "info", "@message": "", "type": "change_summary", "changes": {}},
        *messages,
    ]


DROPS_TIER = change(
    ["update"],
    values(profile_schema=document(EMAIL, TIER), profile_columns=EMAIL_COLUMN | TIER_COLUMN),
    values(
        drop_columns=["tier"],
        migration=['DROP COLUMN "tier"'],
        losses=[{"property": "tier", "column": "tier", "kind": "dropped", "becomes": None}],
    ),
)
"""A change that drops a column."""
TIER_IS_LOST = warning('Workspace "Customers" loses column "tier": 3 of 5 profiles have a value')


@dataclass(frozen=True)
class Reviewed:
    """What the subcommand has done."""

    code: int
    stdout: str
    stderr: str
    page: str = ""


def run(folder: Path, plan: Any = None, log: Any = None, *arguments: str) -> Reviewed:
    """Run the executable on a plan and a log, written to files; a str is written as it is."""
    given = []
    for name, content in (("plan", plan), ("log", log)):
        if content is not None:
            path = folder / f"{name}.json"
            path.write_text(content if isinstance(content, str) else _text(name, content))
            given += [f"--{name}", str(path)]
    page = folder / "review.html"
    page.unlink(missing_ok=True)
    result = subprocess.run(
        [KRENALIS.path, "review", *given, "--html", str(page), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return Reviewed(
        result.returncode, result.stdout, result.stderr, page.read_text("utf-8") if page.exists() else ""
    )


def _text(name: str, content: Any) -> str:
    return json.dumps(content) if name == "plan" else "\n".join(map(json.dumps, content))


@dataclass(frozen=True)
class RealPlan:
    """A plan of Terraform's."""

    plan: dict[str, Any]
    log: str

    @classmethod
    def of(cls, result: Result) -> "RealPlan":
        """The plan of a command that was run with ``-json``."""
        return cls(result.plan, result.stdout)


def _changed(*, drop: Sequence[str] = (), **types: Any) -> Any:
    """The example's profile schema without some properties, and with others."""
    changed = copy.deepcopy(profile_schema())
    changed["properties"] = [
        {**each, "type": types.pop(each["name"], each["type"])}
        for each in changed["properties"]
        if each["name"] not in drop
    ]
    changed["properties"] += [
        {"name": name, "type": type_, "readOptional": True} for name, type_ in types.items()
    ]
    return changed


@contextmanager
def real_plans(executable: Executable, server: Server, folder: Path) -> Iterator[dict[str, RealPlan]]:
    """Real plans by name: "create", "safe change" and "loss of data", each of the example's workspace."""
    warehouse = PostgreSQLWarehouse(server.port, server.database())
    with Terraform(executable, folder) as terraform:
        terraform.write(warehouse.configuration())
        plans = {"create": RealPlan.of(terraform.plan(json=True))}
        terraform.run("apply", "-input=false", "-auto-approve")
        people = ", ".join(
            "('2026-01-01', 'c{0}', 'someone{0}@example.com', {1})".format(
                number, "'f'" if number % 4 else "NULL"
            )
            for number in range(1, 1205)
        )
        warehouse.execute(
            f"INSERT INTO krenalis_profiles_0 (_updated_at, customer_id, email, gender) VALUES {people}",
            "CREATE INDEX profiles_by_gender ON krenalis_profiles_0 (gender)",
        )
        safe = _changed(email={"kind": "string", "maxLength": 300}, tier={"kind": "string", "maxLength": 20})
        safe["properties"] = [
            {**each, "name": "mobile"} if each["name"] == "phone_number" else each
            for each in safe["properties"]
        ]
        terraform.write(
            warehouse.configuration(
                name="Customers of Europe", document=safe, extra='renames = { mobile = "phone_number" }'
            )
        )
        plans["safe change"] = RealPlan.of(terraform.plan(json=True))
        lossy = _changed(
            drop=["gender"], customer_id={"kind": "uuid"}, tier={"kind": "string", "maxLength": 20}
        )
        terraform.write(
            warehouse.configuration(document=lossy, extra='drop_columns = ["gender", "customer_id"]')
        )
        plans["loss of data"] = RealPlan.of(terraform.plan(json=True))
        yield plans
    warehouse.drop()

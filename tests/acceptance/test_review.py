"""Reviews of real plans: what Terraform prints is what a review reads, in each version that is supported."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from tests.support.review_plans import Reviewed, run
from tests.support.terraform import Result, Terraform
from tests.support.warehouse import Warehouse, once_and_at_a_server, only_on, same_everywhere
from tests.support.workspaces import ADDRESS, profile_schema

UNPROTECTED = "deletion_protection = false"


def document(*drop: str, **types: Mapping[str, Any]) -> Any:
    """The example's profile schema without some properties, and with others."""
    changed = copy.deepcopy(profile_schema())
    gone = {*drop, *types}
    changed["properties"] = [each for each in changed["properties"] if each["name"] not in gone]
    changed["properties"] += [{"name": n, "type": t, "readOptional": True} for n, t in types.items()]
    return changed


def write(terraform: Terraform, warehouse: Warehouse, extra: str = "", *, of: Any = None) -> None:
    terraform.write(
        warehouse.configuration(document=of, user_profile={"last_name": "last_name"}, extra=extra)
    )


def reviewed(terraform: Terraform, *arguments: str) -> Reviewed:
    """The review of a plan that is made now."""
    return of(terraform, terraform.plan(*arguments, json=True))


def of(terraform: Terraform, plan: Result) -> Reviewed:
    found = run(terraform.folder, plan.plan, plan.stdout)
    assert found.stderr == ""
    return found


def told(found: Reviewed, *parts: str) -> None:
    """Both outputs say it, with names as code or not."""
    for text in (
        found.stdout.replace("`", "").replace("**", ""),
        found.page.replace("<code>", "").replace("</code>", ""),
    ):
        for part in parts:
            assert part in text, part


@once_and_at_a_server
def test_a_creation_a_change_and_a_destruction(terraform: Terraform, warehouse: Warehouse) -> None:
    write(terraform, warehouse)
    creation = reviewed(terraform)
    assert creation.code == 0
    told(creation, "No data would be lost", "14 added")
    terraform.run("apply", "-input=false", "-auto-approve")
    warehouse.add_profiles({"gender": "f", "email": "a@b.c"}, {"email": "c@d.e"})

    write(terraform, warehouse, of=document(tier={"kind": "string"}))
    change = reviewed(terraform)
    assert change.code == 0
    told(change, "No data would be lost", "1 added", "14 more stay")

    extra = f'drop_columns = ["gender"]\n{UNPROTECTED}'
    write(terraform, warehouse, extra, of=document("gender"))
    loss = reviewed(terraform)
    assert loss.code == 2
    told(loss, "Data would be lost", "column gender: 1 of 2 profiles has a value", "1 dropped")

    terraform.run("apply", "-input=false", "-auto-approve")
    destruction = reviewed(terraform, "-destroy")
    assert destruction.code == 2
    gone = "connections and pipelines" if "endpoint" in warehouse.configuration() else "2 profiles"
    told(destruction, "Data would be lost", gone)
    assert warehouse.password not in creation.stdout + change.page + loss.page + destruction.page


@only_on("Snowflake", "the SQL and the names are its own; the test above is of PostgreSQL")
def test_snowflake_has_its_own_sql_and_numbers(terraform: Terraform, warehouse: Warehouse) -> None:
    write(terraform, warehouse)
    creation = reviewed(terraform)
    assert creation.code == 0
    told(creation, "No data would be lost", "14 added", "Snowflake", "CREATE TABLE", '"GENDER" VARCHAR')
    terraform.run("apply", "-input=false", "-auto-approve")
    warehouse.add_profiles({"gender": "f"}, {"gender": "m"}, {"email": "a@b.c"})

    extra = f'drop_columns = ["gender"]\n{UNPROTECTED}'
    write(terraform, warehouse, extra, of=document("gender", tier={"kind": "int", "bitSize": 32}))
    loss = reviewed(terraform)
    assert loss.code == 2
    told(loss, "Data would be lost", "column GENDER: 2 of 3 profiles have a value", "1 added, 1 dropped")
    told(loss, warehouse.dropping("gender"), warehouse.adding("tier", "NUMBER(38,0)"))

    terraform.run("apply", "-input=false", "-auto-approve")
    destruction = reviewed(terraform, "-destroy")
    assert destruction.code == 2
    told(destruction, "all of it: 3 profiles, 0 identities and 0 events", "drops exactly the objects")
    for each in (creation, loss, destruction):
        assert warehouse.password not in each.stdout + each.page


@same_everywhere
def test_what_a_broken_off_replacement_has_left(terraform: Terraform, warehouse: Warehouse) -> None:
    write(terraform, warehouse, UNPROTECTED)
    terraform.run("apply", "-input=false", "-auto-approve")
    warehouse.add_profiles({"gender": "f"}, {})
    warehouse.make_schema("second")
    new_first = f"{UNPROTECTED}\nlifecycle {{ create_before_destroy = true }}"
    terraform.write(warehouse.configuration(warehouse.place("second"), extra=new_first))
    saved = terraform.folder / "saved.plan"
    replacement = of(terraform, terraform.plan(out=saved, json=True))
    assert replacement.code == 2
    told(replacement, "the new workspace is made first", "2 profiles")
    warehouse.execute("CREATE VIEW report AS SELECT * FROM profiles")
    terraform.run("apply", "-input=false", str(saved), expect_error="report")
    warehouse.execute("DROP VIEW report")

    left = reviewed(terraform)

    assert left.code == 2
    told(left, "destroyed, deposed object", "all of it: 2 profiles", "data of 1 of 2 workspaces")


@same_everywhere
def test_instances_of_one_block_each_have_their_own_numbers(
    terraform: Terraform, warehouse: Warehouse
) -> None:
    keys = ("a", "b")
    for key in keys:
        warehouse.make_schema(key)
    block = warehouse.configuration(document=document("gender"), user_profile={}, extra="KEEP")
    start = block.index('resource "krenalis_workspace"')
    resource = block[start:].replace(json.dumps(warehouse.schema), "each.key")

    def configured(extra: str, of: Any) -> str:
        text = resource.replace(json.dumps(json.dumps(document("gender"))), json.dumps(json.dumps(of)))
        return block[:start] + text.replace("KEEP", f'for_each = toset(["a", "b"])\n{extra}')

    terraform.write(configured("", document()))
    terraform.run("apply", "-input=false", "-auto-approve")
    warehouse.execute(
        "INSERT INTO a.krenalis_profiles_0 (_updated_at, gender) VALUES ('2026-01-01', 'f'), ('2026-01-01', 'm')"
    )
    terraform.write(configured('drop_columns = ["gender"]', document("gender")))

    found = reviewed(terraform)

    assert found.code == 2
    told(
        found,
        f'{ADDRESS}["a"]',
        f'{ADDRESS}["b"]',
        "2 of 2 profiles have a value",
        "0 of 0 profiles have a value",
    )
    assert "not counted" not in found.stdout
    warehouse.execute("DELETE FROM a.krenalis_profiles_0")
    # equal warnings, which Terraform 1.15 prints once
    equal = reviewed(terraform)
    assert equal.stdout.count("`gender`: 0 of 0 profiles have a value") >= 4
    assert "not counted" not in equal.stdout


@same_everywhere
def test_a_failed_plan_is_reviewed_by_its_log(applied: Terraform, warehouse: Warehouse) -> None:
    write(applied, warehouse, of=document("gender"))
    failed = applied.plan(json=True, expect_error="Data would be lost")
    found = run(applied.folder, None, failed.stdout)
    assert found.code == 1
    told(found, "Terraform could not make this plan", "Data would be lost", "gender")


@same_everywhere
def test_drift_moves_and_replacements_of_real_plans(terraform: Terraform, warehouse: Warehouse) -> None:
    write(terraform, warehouse, UNPROTECTED)
    terraform.run("apply", "-input=false", "-auto-approve")
    warehouse.execute("UPDATE krenalis_workspace SET name = 'By hand'", "DROP VIEW events")

    drifted = reviewed(terraform, "-refresh-only")
    assert drifted.code == 0
    told(drifted, "changed outside Terraform", "By hand", "objects.events")

    repaired = reviewed(terraform)
    assert repaired.code == 0
    told(repaired, "made again: view events")
    terraform.run("apply", "-input=false", "-auto-approve")

    text = (
        (terraform.folder / "main.tf")
        .read_text()
        .replace('"krenalis_workspace" "customers"', '"krenalis_workspace" "people"')
    )
    terraform.write(
        text + "\nmoved {\n  from = krenalis_workspace.customers\n  to = krenalis_workspace.people\n}\n"
    )
    moved = reviewed(terraform)
    assert moved.code == 0
    told(moved, "moved to another address", f"Moved from {ADDRESS}")

    replaced = reviewed(terraform, "-replace=krenalis_workspace.people")
    assert replaced.code == 2
    told(replaced, "asked for with -replace", "the old workspace goes first", "rows not counted")

    removed = text[: text.index('resource "krenalis_workspace"')]
    terraform.write(removed + f"removed {{\n  from = {ADDRESS}\n  lifecycle {{ destroy = false }}\n}}\n")
    forgotten = reviewed(terraform)
    assert forgotten.code == 0
    told(forgotten, "forgotten", "It stays as it is, with its data.")


@same_everywhere
def test_a_removed_block_and_unknown_values(terraform: Terraform, warehouse: Warehouse) -> None:
    write(terraform, warehouse, UNPROTECTED)
    terraform.run("apply", "-input=false", "-auto-approve")
    warehouse.add_profiles({}, {}, {})
    text = (terraform.folder / "main.tf").read_text()
    terraform.write(text[: text.index('resource "krenalis_workspace"')])
    removed = reviewed(terraform)
    assert removed.code == 2
    told(removed, "3 profiles", "its block is gone")

    unknown = (
        text.replace(json.dumps(json.dumps(profile_schema())), "terraform_data.schema.output")
        + f'\nresource "terraform_data" "schema" {{\n  input = {json.dumps(json.dumps(profile_schema()))}\n}}\n'
    )
    terraform.write(unknown)
    open_ = reviewed(terraform)
    assert open_.code == 2
    told(open_, "Data may be lost", "1 other resource changes", "Not known before applying")


@same_everywhere
def test_an_import_and_an_import_with_a_change(terraform: Terraform, warehouse: Warehouse) -> None:
    write(terraform, warehouse, UNPROTECTED)
    terraform.run("apply", "-input=false", "-auto-approve")
    terraform.run("state", "rm", ADDRESS)
    text = (terraform.folder / "main.tf").read_text()
    settings = warehouse.settings()
    place = "/".join(f"{settings[part]}" for part in ("database", "schema"))
    identifier = f"postgresql://{settings['username']}@{settings['host']}:{settings['port']}/{place}"
    terraform.write(f'{text}\nimport {{\n  to = {ADDRESS}\n  id = "{identifier}"\n}}\n')

    terraform.environment[warehouse.password_variable] = warehouse.password
    imported = reviewed(terraform)

    assert imported.code == 0
    told(imported, "imported", "Imported by the id")

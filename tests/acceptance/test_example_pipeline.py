"""The pipeline among the examples, run step by step as its hosting would: real Terraform, real PostgreSQL, a stand-in for ``gh``."""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import execute
from tests.support.terraform import Terraform
from tests.support.terraform_process import KRENALIS, Executable, folded
from tests.support.workflow import Job, Runner, Workflow, tools
from tests.support.workspaces import PROFILE_SCHEMA

EXAMPLE = PROFILE_SCHEMA.parents[1] / "ci"
WORKFLOWS = sorted((EXAMPLE / ".github" / "workflows").glob("*.yml"))
APPROVAL = "data loss approved"
GH = """#!{python}
import json, pathlib, sys
arguments = sys.argv[1:]
body = pathlib.Path(arguments[arguments.index("--body-file") + 1]).read_text() if "--body-file" in arguments else None
with open({file!r}, "a") as file:
    print(json.dumps([arguments, body]), file=file)
"""
DATA_LOSS = "production-losing-data"


@dataclass
class Pipeline:
    """A repository with the example, its runner, and what was said to ``gh``."""

    runner: Runner
    secrets: dict[str, str]
    database: Database
    said: Path

    def change(self, name: str, old: str, new: str) -> None:
        """Change a file of the repository."""
        file = self.runner.repository / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def pull_request(
        self, *, action: str = "opened", approved: bool = False, fork: bool = False
    ) -> Job | None:
        own = "you/workspaces"
        event = {
            "github.event.action": action,
            "github.event.pull_request.head.repo.full_name": "somebody/workspaces" if fork else own,
            "github.event.pull_request.number": "7",
            "github.repository": own,
            "github.token": "token",
            f"contains(github.event.pull_request.labels.*.name, '{APPROVAL}')": "true"
            if approved
            else "false",
        }
        return self._run("pull-request", {**event, **({} if fork else self.secrets)})["plan"]

    def merge(self) -> tuple[Job, Job | None]:
        """What a push to the main branch plans and applies."""
        jobs = self._run("apply", self.secrets)
        planned = jobs["plan"]
        assert planned is not None
        return planned, jobs["apply"]

    def drift(self, **secrets: str) -> Job:
        job = self._run("drift", {**self.secrets, **{f"secrets.{k}": v for k, v in secrets.items()}})["drift"]
        assert job is not None
        return job

    def _run(self, name: str, values: dict[str, str]) -> dict[str, Job | None]:
        return Workflow(EXAMPLE / ".github" / "workflows" / f"{name}.yml", self.runner).run(values)

    def gh(self) -> list[Any]:
        """The commands that were given to ``gh`` since the last time, each with the text of its file."""
        lines = self.said.read_text().splitlines() if self.said.exists() else []
        self.said.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]


@pytest.fixture
def pipeline(
    terraform_executable: Executable, postgresql: Server, database: Database, tmp_path: Path
) -> Iterator[Pipeline]:
    """The pipeline before the first merge: an empty schema, no state, and a lock file."""
    state = postgresql.database()
    with state.server.connect() as connection:
        connection.execute(f'ALTER DATABASE "{state.name}" OWNER TO "{state.role}"'.encode())
    repository = tmp_path / "repository"
    with Terraform(terraform_executable, tmp_path / "installed", override=False) as terraform:
        environment = dict(terraform.environment)
        configuration = environment.pop("TF_CLI_CONFIG_FILE")
        said = tmp_path / "said"
        environment["PATH"] = tools(
            tmp_path / "bin",
            {
                "terraform": f'#!/bin/sh\nexec {shlex.join(terraform_executable.argv)} "$@"\n',
                "terraform-provider-krenalis": f'#!/bin/sh\nexec {shlex.quote(str(KRENALIS.path))} "$@"\n',
                "gh": GH.format(python=sys.executable, file=str(said)),
            },
        )
        shutil.copytree(EXAMPLE, repository)
        settings = {k: v for k, v in database.settings().items() if k != "password"}
        (repository / "terraform.tfvars").write_text(
            "".join(f"{name:8} = {json.dumps(value)}\n" for name, value in settings.items())
        )
        lock = ["providers", "lock", f"-fs-mirror={Path(configuration).parent / 'mirror'}"]
        subprocess.run(
            [*terraform_executable.argv, *lock, f"-platform={terraform_executable.platform}"],
            cwd=repository,
            env={**environment, "TF_CLI_CONFIG_FILE": configuration},
            check=True,
            capture_output=True,
        )
        where = state.settings()
        yield Pipeline(
            Runner(
                tmp_path / "runner", repository, environment, {"/etc/terraform/terraform.rc": configuration}
            ),
            {
                "secrets.STATE_CONNECTION": "postgres://{username}:{password}@{host}:{port}/{database}?sslmode=disable".format(
                    **where
                ),
                "secrets.WAREHOUSE_PASSWORD": str(database.settings()["password"]),
            },
            database,
            said,
        )
    state.drop()


def succeeded(job: Job | None) -> Job:
    assert job is not None
    assert job.failed is None, job.log
    return job


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_its_files_are_what_the_hosting_takes(file: Path) -> None:
    checker = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        str(file),
    ]

    checked = subprocess.run(checker, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout


def test_a_safe_change_goes_from_the_pull_request_to_the_warehouse_and_then_nothing_has_drifted(
    pipeline: Pipeline,
) -> None:
    first, applied = pipeline.merge()
    assert "environment production" in succeeded(applied).steps
    assert "phone_number" in succeeded(first).summary
    assert pipeline.secrets["secrets.WAREHOUSE_PASSWORD"] not in first.log + first.summary

    added = '{ "name": "tier", "type": { "kind": "string", "maxLength": 20 }, "readOptional": true },'
    pipeline.change("profile-schema.json", '"properties": [', f'"properties": [\n    {added}')
    asked = succeeded(pipeline.pull_request())
    [(comment, review)] = pipeline.gh()
    assert comment[:3] == ["pr", "comment", "7"]
    assert "tier" in review
    assert asked.summary == review

    planned, applied = pipeline.merge()
    assert "environment production" in succeeded(applied).steps
    succeeded(planned)
    assert execute(pipeline.database, "SELECT tier FROM profiles") == []

    planned, applied = pipeline.merge()
    succeeded(planned)
    assert applied is None
    succeeded(pipeline.drift())


def test_a_change_that_loses_data_waits_for_an_approval_in_the_pull_request_and_at_the_apply(
    pipeline: Pipeline,
) -> None:
    _, applied = pipeline.merge()
    succeeded(applied)
    phone = ',\n    { "name": "phone_number", "type": { "kind": "string", "maxLength": 20 }, "readOptional": true }'
    pipeline.change("profile-schema.json", phone, "")
    with (pipeline.runner.repository / "terraform.tfvars").open("a") as values:
        values.write('\ndrop_columns = ["phone_number"]\n')

    refused = pipeline.pull_request()
    assert refused is not None
    assert (refused.failed, refused.code) == ("Let nobody lose data unseen", 2)
    [(_, review)] = pipeline.gh()
    assert "phone_number" in review

    succeeded(pipeline.pull_request(action="labeled", approved=True))
    assert len(pipeline.gh()) == 1

    changed = pipeline.pull_request(action="synchronize", approved=True)
    assert changed is not None
    assert changed.failed == "Let nobody lose data unseen"
    assert pipeline.gh()[0] == [["pr", "edit", "7", "--remove-label", APPROVAL], None]

    planned, applied = pipeline.merge()
    assert "phone_number" in succeeded(planned).summary
    assert f"environment {DATA_LOSS}" in succeeded(applied).steps
    assert (
        execute(
            pipeline.database,
            "SELECT column_name FROM information_schema.columns WHERE column_name = 'phone_number'",
        )
        == []
    )


def test_a_pull_request_that_cannot_be_applied_is_red_and_shows_why(pipeline: Pipeline) -> None:
    pipeline.change("profile-schema.json", '"maxLength": 36', '"maxLength": -1')

    refused = pipeline.pull_request()

    assert refused is not None
    assert refused.failed == "Check"
    assert "maxLength" in folded(refused.log)
    assert pipeline.gh() == []


def test_a_plan_that_fails_shows_its_messages_to_people(pipeline: Pipeline) -> None:
    execute(pipeline.database, "CREATE TABLE somebodys (number integer)")

    refused = pipeline.pull_request()

    assert refused is not None
    assert refused.failed == "Plan"
    assert "Krenalis needs an empty schema" in folded(refused.log)


def test_new_commits_take_the_approval_back_even_if_they_cannot_be_planned(pipeline: Pipeline) -> None:
    execute(pipeline.database, "CREATE TABLE somebodys (number integer)")

    refused = pipeline.pull_request(action="synchronize", approved=True)

    assert refused is not None
    assert refused.failed == "Plan"
    assert pipeline.gh() == [[["pr", "edit", "7", "--remove-label", APPROVAL], None]]


def test_a_pull_request_from_a_fork_gets_no_plan(pipeline: Pipeline) -> None:
    assert pipeline.pull_request(fork=True) is None
    assert pipeline.pull_request(action="synchronize", fork=True) is None
    assert pipeline.gh() == []


def test_a_newer_run_of_a_pull_request_cancels_nothing_but_the_plan() -> None:
    document = YAML(typ="safe").load(EXAMPLE / ".github" / "workflows" / "pull-request.yml")

    assert "concurrency" not in document
    assert {name for name, job in document["jobs"].items() if "concurrency" in job} == {"plan"}


def test_the_nightly_job_is_red_where_something_drifted_and_where_it_could_not_look(
    pipeline: Pipeline,
) -> None:
    _, applied = pipeline.merge()
    succeeded(applied)

    blind = pipeline.drift(WAREHOUSE_PASSWORD="wrong")
    assert (blind.failed, blind.code) == ("Look for drift", 1)
    assert "It was not possible to look" in blind.log

    execute(pipeline.database, "ALTER TABLE krenalis_profiles_0 ADD COLUMN by_hand integer")
    added = pipeline.drift()
    assert (added.failed, added.code) == ("Look for drift", 2)
    assert "column by_hand is not of the profile schema" in folded(added.log)
    execute(pipeline.database, "ALTER TABLE krenalis_profiles_0 DROP COLUMN by_hand")
    succeeded(pipeline.drift())

    execute(pipeline.database, "DROP VIEW profiles")
    drifted = pipeline.drift()
    assert (drifted.failed, drifted.code) == ("Look for drift", 2)
    assert '+ "profiles"' in folded(drifted.log)

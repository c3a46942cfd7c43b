"""Runs a workflow file as its hosting does: the jobs' steps in order, in a shell, each job in a fresh folder.

It knows as much as the workflows among the examples need. What it does not know, such as another action or an expression
that the test has not given a value, is an AssertionError.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")
_CONDITION = re.compile(r"^\$\{\{ (.*) \}\}$")
_NOT_CANCELLED = "!cancelled()"
_COMPARISON = re.compile(r"(\S+) (==|!=) (\S+)")
_SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
_SECONDS = 300


@dataclass(frozen=True)
class Runner:
    """The machine: what is installed on it, and what it keeps between jobs.

    `environment` is that of each step. `paths` are files that workflows name, and where they are here. `repository` is what
    is checked out.
    """

    folder: Path
    repository: Path
    environment: Mapping[str, str]
    paths: Mapping[str, str]

    @property
    def artifacts(self) -> Path:
        """A folder for each artifact that was uploaded."""
        return self.folder / "artifacts"


@dataclass
class Job:
    """A job that has run. `failed` is the name of the step that did, and `code` how that step ended."""

    name: str
    outputs: dict[str, str] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    log: str = ""
    summary: str = ""
    failed: str | None = None
    code: int = 0


class Workflow:
    """A workflow file."""

    def __init__(self, file: Path, runner: Runner) -> None:
        self._document: dict[str, Any] = YAML(typ="safe").load(file)
        self._runner = runner

    def run(self, values: Mapping[str, str]) -> dict[str, Job | None]:
        """Run the jobs in the order of the file; `values` are those of expressions. None is a job that was skipped."""
        done: dict[str, Job | None] = {}
        known = dict(values)
        for name, job in self._document["jobs"].items():
            condition = _CONDITION.sub(r"\1", job.get("if", "success()"))
            needed = [done[job["needs"]]] if "needs" in job else []
            whatever = _NOT_CANCELLED in condition  # nothing cancels a job here
            if not whatever and any(each is None or each.failed for each in needed):
                done[name] = None
                continue
            if _value(condition, {**known, "success()": "true", _NOT_CANCELLED: "true"}) != "true":
                done[name] = None
                continue
            ran = self._run_job(name, job, known)
            done[name] = ran
            known |= {f"needs.{name}.outputs.{output}": text for output, text in ran.outputs.items()}
        return done

    def _run_job(self, name: str, job: Mapping[str, Any], values: Mapping[str, str]) -> Job:
        ran, known = Job(name), dict(values)
        place = self._runner.folder / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        assert self._document["defaults"] == {"run": {"shell": "bash"}}
        shared = {**self._document.get("env", {}), **job.get("env", {})}
        if "environment" in job:
            ran.steps.append(f"environment {_filled(job['environment'], known)}")
        for step in job["steps"]:
            assert "if" not in step, "steps run in order, each if the ones before have succeeded"
            ran.steps.append(step.get("name") or step["uses"])
            if "uses" in step:
                self._use(step["uses"], step.get("with", {}), place)
                continue
            output = place / "github-output"
            output.write_text("")
            environment = self._environment({**shared, **step.get("env", {})}, known, place)
            done = subprocess.run(
                [*_SHELL, "-c", step["run"]],
                cwd=place,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
            ran.log += f"\n=== {ran.steps[-1]}\n{done.stdout}"
            lines = [line.partition("=") for line in output.read_text().splitlines()]
            known |= {f"steps.{step.get('id')}.outputs.{key}": text for key, _, text in lines}
            if done.returncode:
                ran.failed, ran.code = ran.steps[-1], done.returncode
                break
        else:
            given = job.get("outputs", {})
            ran.outputs = {output: _filled(text, known) for output, text in given.items()}
        summary = place / "github-step-summary"
        ran.summary = summary.read_text() if summary.exists() else ""
        return ran

    def _environment(self, own: Mapping[str, str], values: Mapping[str, str], place: Path) -> dict[str, str]:
        filled = {name: _filled(text, values) for name, text in own.items()}
        return {
            **self._runner.environment,
            **{name: self._runner.paths.get(text, text) for name, text in filled.items()},
            "GITHUB_OUTPUT": str(place / "github-output"),
            "GITHUB_STEP_SUMMARY": str(place / "github-step-summary"),
        }

    def _use(self, action: str, given: Mapping[str, Any], place: Path) -> None:
        artifact = self._runner.artifacts / given.get("name", "")
        match action.partition("@")[0]:
            case "actions/checkout":
                shutil.copytree(self._runner.repository, place, dirs_exist_ok=True)
            case "actions/upload-artifact":
                artifact.mkdir(parents=True, exist_ok=True)
                shutil.copy(place / given["path"], artifact)
            case "actions/download-artifact":
                shutil.copytree(artifact, place, dirs_exist_ok=True)
            case _:
                raise AssertionError(f"no test knows the action {action}")


def tools(folder: Path, programs: Mapping[str, str]) -> str:
    """A PATH with programs by name, whose text is given, beside what every machine has."""
    folder.mkdir(parents=True)
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return os.pathsep.join([str(folder), "/usr/bin", "/bin"])


def _filled(text: object, values: Mapping[str, str]) -> str:
    return _EXPRESSION.sub(lambda expression: _value(expression[1], values), str(text))


def _value(expression: str, values: Mapping[str, str]) -> str:
    """The value of a name or of a function call that the test has given one, of a comparison, or of several with ``&&``."""
    if expression in values:
        return values[expression]
    if "&&" in expression:
        return _text(all(_value(part, values) == "true" for part in expression.split(" && ")))
    if comparison := _COMPARISON.fullmatch(expression):
        left, operator, right = comparison.groups()
        text = right[1:-1] if right.startswith("'") else _value(right, values)
        return _text((_value(left, values) == text) is (operator == "=="))
    raise AssertionError(f"the test says nothing of {expression}")


def _text(holds: bool) -> str:  # noqa: FBT001  # a truth is what it spells
    return str(holds).lower()

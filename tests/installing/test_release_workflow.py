"""The workflow that publishes a release, against the changelog as CONTRIBUTING.md has it written."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from ruamel.yaml import YAML

from tests.support.bundle import SOURCE
from tests.support.workflow import tools

WORKFLOWS = SOURCE.parent / ".github" / "workflows"
WORKFLOW = WORKFLOWS / "release.yml"
CHANGELOG = """\
# Changelog

## 1.10.0 (2027-03-01)

- ten

## 1.1.0 (2027-01-31)

FEATURES

- one

## 1.0.0 (2026-12-01)

- zero
"""


def jobs_of(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(file)
    return dict(document["jobs"])


def run(step: str, folder: Path, changelog: str, tag: str) -> "subprocess.CompletedProcess[str]":
    """Run a step's script where version 1.1.0 is checked out."""
    package = folder / "provider" / "krenalis_provider"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "1.1.0"\n')
    (folder / "CHANGELOG.md").write_text(changelog)
    steps = [each for job in jobs_of(WORKFLOW).values() for each in job["steps"]]
    (script,) = [each["run"] for each in steps if each.get("name", "").startswith(step)]
    path = tools(folder / "bin", {"gh": "#!/bin/sh\ncat notes.md\n"})
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": path, "GITHUB_REF_NAME": tag},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("changelog", "tag", "said"),
    [
        (CHANGELOG, "v1.1.0", ""),
        (CHANGELOG, "v1.2.0", "::error::The tag is v1.2.0, and the version is 1.1.0\n"),
        (CHANGELOG.replace("2027-01-31", "unreleased"), "v1.1.0", "## 1.1.0 (YYYY-MM-DD)\n"),
        (CHANGELOG.replace("## 1.1.0", "## 1.1.1"), "v1.1.0", "## 1.1.0 (YYYY-MM-DD)\n"),
    ],
)
def test_a_tag_is_released_if_the_changelog_has_the_day(
    changelog: str, tag: str, said: str, tmp_path: Path
) -> None:
    checked = run("Compare the tag", tmp_path, changelog, tag)

    assert (checked.returncode, checked.stdout.endswith(said)) == (bool(said), True)


def test_the_notes_of_a_release_are_its_part_of_the_changelog(tmp_path: Path) -> None:
    published = run("Publish", tmp_path, CHANGELOG, "v1.1.0")

    assert (published.returncode, published.stdout.strip()) == (0, "FEATURES\n\n- one")


@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_what_is_compiled_is_imported_from_the_archive(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    shutil.copy(archive, tmp_path / "dist")

    started = run("Start the archive's executable", tmp_path, CHANGELOG, "v1.1.0")

    assert (started.returncode, started.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_an_archive_without_a_compiled_library_is_noticed(archive: Path, tmp_path: Path) -> None:
    lacking = tmp_path / "dist" / archive.name
    lacking.parent.mkdir()
    with ZipFile(archive) as files, ZipFile(lacking, "w") as fewer:
        for each in files.infolist():
            if "/psycopg_binary.libs/" not in each.filename:
                fewer.writestr(each, files.read(each))

    started = run("Start the archive's executable", tmp_path, CHANGELOG, "v1.1.0")

    assert started.returncode == 1
    # where a libpq is installed, psycopg goes on with that
    assert re.search("ImportError|AssertionError: python", started.stderr)


def test_archives_of_linux_are_made_where_the_c_library_is_as_old_as_is_promised() -> None:
    build = jobs_of(WORKFLOW)["build"]

    for each in build["strategy"]["matrix"]["include"]:
        architecture, _, system = each["platform"].partition("-")
        if system == "apple-darwin":
            assert not {"container", "glibc"} & each.keys()
        else:
            assert each["container"] == f"quay.io/pypa/{system}_{architecture}"
            assert system.endswith(each["glibc"].replace(".", "_"))


def test_a_build_installs_what_it_needs_alone_and_nothing_newer_than_the_commit() -> None:
    scripts = "\n".join(step.get("run", "") for step in jobs_of(WORKFLOW)["build"]["steps"])

    assert "UV_EXCLUDE_NEWER=$(git log -1 --format=%cI)" in scripts
    assert re.findall(r"'\.\[(.*)\]'", scripts) == ["release"]


def test_the_job_that_has_the_key_installs_nothing() -> None:
    (job,) = [job for job in jobs_of(WORKFLOW).values() if "GPG_PRIVATE_KEY" in str(job)]

    scripts = "\n".join(step.get("run", "") for step in job["steps"])
    assert "python -S -m tools.release --collect dist" in scripts
    assert not re.search(r"\b(pip|uv|make|npm|apt(-get)?)\b", scripts)


@pytest.mark.parametrize("file", sorted(WORKFLOWS.glob("*.yml")), ids=lambda file: file.stem)
def test_no_checkout_leaves_a_token_behind(file: Path) -> None:
    steps = [step for job in jobs_of(file).values() for step in job["steps"]]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]

    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)

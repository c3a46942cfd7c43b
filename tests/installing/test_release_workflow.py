"""The workflow that publishes a release, against the changelog as CONTRIBUTING.md has it written."""

import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.bundle import SOURCE
from tests.support.workflow import tools

WORKFLOW = SOURCE.parent / ".github" / "workflows" / "release.yml"
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


def run(step: str, folder: Path, changelog: str, tag: str) -> "subprocess.CompletedProcess[str]":
    """Run a step's script where version 1.1.0 is checked out."""
    package = folder / "provider" / "krenalis_provider"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "1.1.0"\n')
    (folder / "CHANGELOG.md").write_text(changelog)
    jobs = YAML(typ="safe").load(WORKFLOW)["jobs"].values()
    (script,) = [
        each["run"] for job in jobs for each in job["steps"] if each.get("name", "").startswith(step)
    ]
    path = tools(folder / "bin", {"gh": "#!/bin/sh\ncat notes.md\n"})
    return subprocess.run(
        ["bash", "-e", "-c", script],
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

"""The command line as such."""

import json
import subprocess
from pathlib import Path

import pytest

from krenalis_provider import __version__
from tests.support.profile_documents import document, prop
from tests.support.review_plans import plan
from tests.support.terraform_process import KRENALIS


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([KRENALIS.path, *arguments], capture_output=True, text=True, check=False)


def test_it_tells_its_version() -> None:
    result = run("--version")
    assert (result.returncode, result.stdout, result.stderr) == (
        0,
        f"terraform-provider-krenalis {__version__}\n",
        "",
    )


def test_help_tells_what_it_is_and_how_it_ends() -> None:
    result = run("--help")
    assert result.returncode == 0
    assert "Terraform starts this program by itself" in result.stdout
    assert "64  the command line is wrong" in result.stdout
    assert result.stderr == ""


def test_without_anything_it_says_where_help_is() -> None:
    result = run()
    assert (result.returncode, result.stdout) == (1, "")
    assert "--help" in result.stderr


@pytest.mark.parametrize("arguments", [("bake",), ("--bake",), ("",)])
def test_a_wrong_command_line_is_no_loss_of_data(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (64, "")
    assert "usage: terraform-provider-krenalis" in result.stderr


def test_what_cannot_be_written_is_an_error() -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [KRENALIS.path, "json-schema"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (result.returncode, result.stderr) == (
        1,
        "error: standard output cannot be written: No space left on device\n",
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("json-schema", 0),
        ("review --plan plan.json", 0),
        ("review --plan nothing.json", 1),
        ("validate-schema schema.json", 0),
        ("validate-schema plan.json", 1),
        ("validate-schema --json nothing.json", 1),
        ("ddl --platform Snowflake schema.json", 0),
        ("ddl --platform Snowflake schema.json other.json", 1),
        ("ddl --platform Snowflake --drop email schema.json other.json", 0),  # with a warning
        ("install", 1),  # into a home folder that is none
        ("bake", 64),
        ("--help", 0),
        ("--version", 0),
    ],
)
def test_closed_streams_are_no_crash(arguments: str, code: int, tmp_path: Path) -> None:
    documents = {"plan": plan(), "schema": document(prop("email")), "other": document(prop("contact"))}
    for name, content in documents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))

    for closed in (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        result = subprocess.run(
            ["/bin/sh", "-c", f'"$0" {arguments} {closed}', KRENALIS.path],
            cwd=tmp_path,
            env={"HOME": "/dev/null"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (closed, result.returncode) == (closed, code)
        assert "Traceback" not in result.stderr


def test_a_closed_standard_input_is_an_error() -> None:
    result = subprocess.run(
        ["/bin/sh", "-c", '"$0" validate-schema - <&-', KRENALIS.path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (
        1,
        "",
        "error: standard input: is closed\n",
    )


def test_text_is_written_as_utf_8_wherever_that_is_not_the_custom() -> None:
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONIOENCODING": "latin-1"}
    result = subprocess.run(
        [KRENALIS.path, "validate-schema", "ä"], capture_output=True, check=False, env=environment
    )
    assert result.stderr.decode() == "error: ä: No such file or directory\n"

"""The command line as such."""

import json
import subprocess
from pathlib import Path

import pytest

from krenalis_provider import __version__
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


def test_closed_streams_are_no_crash() -> None:
    program = f'"{KRENALIS.path}"'
    closed = f"{program} json-schema >&-; {program} review --plan - >&-; {program} validate-schema - <&-"
    result = subprocess.run(
        ["/bin/sh", "-c", closed], input=json.dumps(plan()), capture_output=True, text=True, check=False
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

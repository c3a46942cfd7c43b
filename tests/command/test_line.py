"""The command line as such."""

import subprocess

import pytest

from krenalis_provider import __version__
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

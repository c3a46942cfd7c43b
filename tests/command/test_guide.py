"""What the guide to the command line shows, file by file in ``guide/``.

After a change that is meant, write the files anew and read the difference:
``KRENALIS_TEST_WRITE_PLANS=1 make test ARGS=tests/command/test_guide.py``.
"""

from pathlib import Path

import pytest

from tests.command.executable import run
from tests.support.golden import same_text

GUIDE = Path(__file__).with_name("guide")
VALIDATE = ("validate-schema", "wrong.json")
JSON = ("validate-schema", "--json", "--platform", "Snowflake", "limit.json")
CHANGE = ("ddl", "profile-schema.json", "next.json", "--platform", "PostgreSQL", "--schema", "customers")
RENAMED = (*CHANGE, "--rename", "contact=email")
PERMITTED = (*RENAMED, "--drop", "score")
SHOWN_LINES = 13


@pytest.fixture(autouse=True)
def _in_the_folder_of_the_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GUIDE)


@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [(VALIDATE, 1, "problems.txt"), (JSON, 1, "problems.json"), (RENAMED, 1, "refused.txt")],
)
def test_what_is_printed_is_what_the_guide_shows(arguments: tuple[str, ...], code: int, shown: str) -> None:
    result = run(*arguments)
    assert result.returncode == code
    same_text(GUIDE / shown, result.stdout + result.stderr)


def test_a_change_begins_as_the_guide_shows() -> None:
    result = run(*PERMITTED)
    assert result.returncode == 0
    beginning = "\n".join(result.stdout.splitlines()[:SHOWN_LINES])
    same_text(GUIDE / "change.txt", beginning + "\n")
    same_text(GUIDE / "losses.txt", result.stderr)


def test_the_guide_shows_these_commands_and_files() -> None:
    page = (GUIDE.parents[2] / "docs" / "guides" / "command-line.md").read_text()
    text = page.replace(" \\\n  ", " ")
    for command in (VALIDATE, JSON, RENAMED, PERMITTED):
        assert f"terraform-provider-krenalis {' '.join(command)}\n" in text
    for shown in ("problems.txt", "problems.json", "refused.txt", "change.txt", "losses.txt"):
        assert (GUIDE / shown).read_text() in page


def test_the_help_shows_what_is_printed() -> None:
    (shown,) = [line for line in run("validate-schema", "--help").stdout.splitlines() if ":4:32:" in line]
    printed = run(*VALIDATE).stdout.replace("wrong.json", "profile-schema.json")
    assert shown.strip() == printed.splitlines()[0]

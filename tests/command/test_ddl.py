"""``ddl``: the SQL of a creation or a change, which people may run. What it does is in `tests/acceptance/test_ddl.py`."""

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from krenalis_provider.model.profile_schema import parse
from krenalis_provider.workspaces.statements import Target, creation_statements
from tests.command.executable import run
from tests.support.profile_documents import STRING, document, prop
from tests.support.terraform_process import KRENALIS
from tests.support.workspaces import profile_schema

BEFORE = document(prop("email"), prop("name", {"kind": "string", "maxLength": 5}), prop("score"))
LONGER = {"kind": "string", "maxLength": 9}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return written(tmp_path / "old.json", BEFORE)


def written(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("platform", ["PostgreSQL", "Snowflake"])
def test_a_creation_is_printed_with_what_each_statement_makes(platform: str, tmp_path: Path) -> None:
    file = written(tmp_path / "schema.json", profile_schema())

    result = run("ddl", str(file), "--platform", platform, "--schema", "customers")

    script = creation_statements(
        Target(platform=platform, settings={"schema": "customers"}), parse(profile_schema())
    )
    assert (result.returncode, result.stderr) == (0, "")
    title, *statements = result.stdout.split("\n\n-- ")
    assert title == f"-- {platform}, schema customers: what a creation makes for {file}"
    assert result.stdout.endswith(";\n")
    texts = [f"{each.doing}\n{each.sql.strip()};" for each in script.whole]
    assert "\n\n-- ".join(statements) == "\n\n-- ".join(texts) + "\n"


def test_a_change_is_printed_with_its_renames(old: Path, tmp_path: Path) -> None:
    new = written(tmp_path / "new.json", document(prop("contact"), prop("name", LONGER), prop("score")))

    result = run("ddl", str(old), str(new), "--platform", "PostgreSQL", "--rename", "contact=email")

    assert (result.returncode, result.stderr) == (0, "")
    assert 'ALTER TABLE "public"."krenalis_profiles_0" RENAME COLUMN "email" TO "contact";' in result.stdout
    assert "BEGIN ISOLATION LEVEL READ COMMITTED;" in result.stdout
    assert result.stdout.endswith("COMMIT;\n")


def test_data_that_would_be_lost_is_refused_until_that_is_permitted(old: Path, tmp_path: Path) -> None:
    new = written(tmp_path / "new.json", document(prop("email"), prop("score", {"kind": "uuid"})))
    command = ("ddl", str(old), str(new), "--platform", "Snowflake")

    refused = run(*command)
    permitted = run(*command, "--drop", "name", "--drop", "score")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert (
        'error: drop_columns: property "name" goes, and column "NAME" with its data. List "name"'
        in refused.stderr
    )
    assert refused.stderr.count("Here that is done by --drop PATH.") == 1
    assert permitted.returncode == 0
    assert 'DROP COLUMN IF EXISTS "NAME"' in permitted.stdout
    assert permitted.stderr == 'warning: property "name" loses its data: column "NAME" is dropped.\n'


def test_a_column_that_is_made_anew_is_a_loss_too(old: Path, tmp_path: Path) -> None:
    new = written(
        tmp_path / "new.json", document(prop("email"), prop("name"), prop("score", {"kind": "date"}))
    )

    result = run("ddl", str(old), str(new), "--platform", "PostgreSQL", "--drop", "score")

    assert result.returncode == 0
    assert result.stderr == (
        'warning: property "score" loses its data: column "score" is made anew, empty, as date.\n'
    )


def test_a_type_for_which_tables_are_written_anew_is_warned_of(tmp_path: Path) -> None:
    old = written(tmp_path / "old.json", document(prop("n", {"kind": "int", "bitSize": 16})))
    new = written(tmp_path / "new.json", document(prop("n", {"kind": "int", "bitSize": 64})))

    result = run("ddl", str(old), str(new), "--platform", "PostgreSQL")

    assert result.returncode == 0
    assert result.stderr.startswith('warning: column "n" gets a type for which')


def test_a_change_of_nothing_prints_no_statement(old: Path) -> None:
    result = run("ddl", str(old), "-", "--platform", "PostgreSQL", given=old.read_bytes())
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"-- PostgreSQL, schema public: what a change from {old} to standard input executes",
        "-- nothing: the columns stay as they are",
    ]


def test_what_is_wrong_with_either_file_is_told_of_it(old: Path, tmp_path: Path) -> None:
    new = written(
        tmp_path / "new.json",
        document(prop("a", {"kind": "decimal", "precision": 60}), prop("b", {"kind": "txt"})),
    )

    result = run("ddl", str(old), str(new), "--platform", "Snowflake")
    other = run("ddl", str(new), str(old), "--platform", "Snowflake")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.count(f"error: {new}:1:") == 2
    assert other.stderr == result.stderr


def test_keys_that_are_given_twice_are_wrong_here_too(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text('{"kind": "object", ' + json.dumps(BEFORE)[1:])
    result = run("ddl", str(file), "--platform", "PostgreSQL")
    assert (result.returncode, result.stdout) == (1, "")
    assert "is given twice" in result.stderr


@pytest.mark.parametrize(
    "name", ['x"; DROP SCHEMA y; --', "line\nDROP TABLE a;\n-- ", "a\r\nb", "\u2028c", "it's", "back\\slash", "*/ -- ;"]
)  # fmt: skip
@pytest.mark.parametrize("platform", ["PostgreSQL", "Snowflake"])
def test_no_name_gets_out_of_its_quotes_or_its_comment(name: str, platform: str, tmp_path: Path) -> None:
    old = written(tmp_path / "old\nDROP TABLE b;.json", BEFORE)
    new = written(tmp_path / "new.json", document(*BEFORE["properties"], prop("tier")))
    spelled = '"' + name.replace('"', '""') + '"' if platform == "Snowflake" else name

    made = run("ddl", str(old), "--platform", platform, "--schema", spelled)
    changed = run("ddl", str(old), str(new), "--platform", platform, "--schema", spelled)

    dialect = {"PostgreSQL": "postgres", "Snowflake": "snowflake"}[platform]
    for result in (made, changed):
        assert (result.returncode, result.stderr) == (0, "")
        tokens = sqlglot.tokenize(result.stdout, read=dialect)
        first = [tokens[0], *(after for before, after in pairwise(tokens) if before.text == ";")]
        assert {token.text.upper() for token in first} <= {"CREATE", "BEGIN", "SELECT", "COMMIT", "ALTER"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("x",), "--platform"),
        (("x", "--platform", "MySQL"), 'there is no platform "MySQL": use PostgreSQL or Snowflake'),
        (("x", "y", "z", "--platform", "Snowflake"), "unrecognized arguments: z"),
        (("-", "-", "--platform", "Snowflake"), "only one of the files can be standard input"),
        (("x", "--platform", "Snowflake", "--drop", "a"), "--rename and --drop are for two files"),
        (("x", "y", "--platform", "Snowflake", "--rename", "a"), '"a" is not of the form NEW=OLD'),
        (("x", "y", "--platform", "Snowflake", "--rename", "a=b", "--rename", "a=c"), "--rename says twice"),
        (("x", "--platform", "PostgreSQL", "--schema", ""), "--schema "),
        (("x", "--platform", "PostgreSQL", "--schema", "n" * 64), "--schema "),
        (("x", "--platform", "Snowflake", "--database", ""), "--database "),
        (("x", "--platform", "PostgreSQL", "--schema", "a\udcff"), "'a\\udcff' is not UTF-8"),
        (("x", "y", "--platform", "PostgreSQL", "--drop", "a\udcff"), "'a\\udcff' is not UTF-8"),
        (("x", "y", "--platform", "PostgreSQL", "--rename", "b=a\udcff"), "'b=a\\udcff' is not UTF-8"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_says_what_is_wrong(arguments: tuple[str, ...], told: str) -> None:
    result = run("ddl", *arguments)
    assert (result.returncode, result.stdout) == (64, "")
    assert told in result.stderr


def test_a_file_that_is_not_there_is_named(old: Path) -> None:
    result = run("ddl", str(old), "missing.json", "--platform", "Snowflake")
    assert (result.returncode, result.stdout, result.stderr) == (
        1,
        "",
        "error: missing.json: No such file or directory\n",
    )


def test_nobody_minds_if_the_reader_has_read_enough(tmp_path: Path) -> None:
    file = written(tmp_path / "schema.json", document(*(prop(f"p{n}", STRING) for n in range(1000))))
    result = run("ddl", str(file), "--platform", "Snowflake")
    assert len(result.stdout) > 2**16  # more than a pipe holds
    read = pipe_and_close("ddl", str(file), "--platform", "Snowflake")
    assert read == b""


def test_a_warning_in_the_same_pipe_comes_after_the_script(old: Path, tmp_path: Path) -> None:
    new = written(tmp_path / "new.json", document(prop("name", LONGER)))
    command = ["ddl", str(old), str(new), "--platform", "Snowflake", "--drop", "email", "--drop", "score"]

    result = subprocess.run(
        [KRENALIS.path, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )

    script, warning, _ = result.stdout.partition('warning: property "email" loses its data')
    assert warning
    assert script == run(*command).stdout


def pipe_and_close(*arguments: str) -> bytes:
    """Read one line of what is printed, close the pipe, and return what is on stderr."""
    with subprocess.Popen(
        [KRENALIS.path, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        return process.stderr.read()


def test_help_says_what_differs_at_a_server() -> None:
    result = run("ddl", "--help")
    assert result.returncode == 0
    assert "FILE [NEW]\n" in result.stdout
    assert "A Krenalis server (server mode)" in result.stdout
    assert "exit codes:" in result.stdout

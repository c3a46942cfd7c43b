"""``validate-schema``: what is wrong with a profile schema in a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from krenalis_provider.model.profile_schema import parse
from tests.command.executable import run
from tests.support.profile_documents import STRING, document, prop
from tests.support.workspaces import profile_schema

WRONG = """\
{
  "kind": "object",
  "properties": [
    {"name": "email", "type": {"kind": "text"}, "readOptional": true},
    {"name": "café", "type": {"kind": "string", "lenght": 5}}
  ]
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "profile-schema.json"
    path.write_text(json.dumps(profile_schema()))
    return path


def test_a_valid_schema_is_said_to_be_valid_on_all_platforms(file: Path) -> None:
    result = run("validate-schema", str(file))
    assert (result.returncode, result.stdout, result.stderr) == (
        0,
        f"{file}: valid on PostgreSQL and Snowflake\n",
        "",
    )


def test_each_problem_is_told_with_its_place_and_the_words_of_the_plan(file: Path) -> None:
    file.write_text(WRONG)

    result = run("validate-schema", str(file))

    problems = {str(each.path): each.message for each in parse(json.loads(WRONG)).problems}
    kind, name, length, missing = (
        "profile_schema.properties[0].type.kind",
        "profile_schema.properties[1].name",
        "profile_schema.properties[1].type.lenght",
        "profile_schema.properties[1].readOptional",
    )
    assert set(problems) == {kind, name, length, missing}
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.splitlines() == [
        f"{file}:4:32: error: {kind}: {problems[kind]}",
        f"{file}:5:5: error: {missing}: {problems[missing]}",
        f"{file}:5:6: error: {name}: {problems[name]}",
        f"{file}:5:49: error: {length}: {problems[length]}",
    ]


def test_standard_input_is_read(file: Path) -> None:
    result = run("validate-schema", "-", given=file.read_bytes())
    assert (result.returncode, result.stdout) == (
        0,
        "standard input: valid on PostgreSQL and Snowflake\n",
    )


def test_a_limit_is_told_of_its_platform_and_not_asked_for_elsewhere(file: Path) -> None:
    wide = prop("amount", {"kind": "decimal", "precision": 60})
    file.write_text(json.dumps(document(wide)))

    both = run("validate-schema", str(file))
    postgresql = run("validate-schema", str(file), "--platform", "postgresql")
    snowflake = run("validate-schema", str(file), "--platform", "Snowflake", "--json")

    assert both.returncode == 1
    assert "error: on Snowflake: profile_schema.properties[0].type" in both.stdout
    assert both.stdout.count("\n") == 1
    assert (postgresql.returncode, postgresql.stdout) == (0, f"{file}: valid on PostgreSQL\n")
    (problem,) = json.loads(snowflake.stdout)["problems"]
    assert problem["platform"] == "Snowflake"


def test_a_row_that_may_be_too_wide_is_a_warning(file: Path) -> None:
    file.write_text(json.dumps(document(*(prop(f"p{index}") for index in range(1500)))))

    result = run("validate-schema", str(file), "--platform", "PostgreSQL", "--json")

    answer = json.loads(result.stdout)
    assert (result.returncode, answer["valid"]) == (0, True)
    assert {problem["severity"] for problem in answer["problems"]} == {"warning"}


def test_editors_are_given_the_problems_as_json(file: Path) -> None:
    file.write_text(WRONG)

    result = run("validate-schema", "--json", str(file))

    answer = json.loads(result.stdout)
    assert (result.returncode, result.stderr) == (1, "")
    assert {key: answer[key] for key in ("format", "file", "valid")} == {
        "format": 1,
        "file": str(file),
        "valid": False,
    }
    assert answer["problems"][0] == {
        "severity": "error",
        "message": 'unknown kind "text": did you mean "string"?',
        "path": "profile_schema.properties[0].type.kind",
        "steps": ["properties", 0, "type", "kind"],
        "platform": None,
        "start": {"line": 4, "column": 32},
        "end": {"line": 4, "column": 46},
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "{file}:1:1: error: profile_schema: is no JSON: it is empty."),
        (b'{"kind": "object",\n "properties": [}', "{file}:2:17: error: profile_schema: is no JSON: "),
        (b'{"kind": "object", "kind": "object", "properties": [{"name": "a", "type": {"kind": "uuid"}, "readOptional": true}]}',
         "{file}:1:20: error: profile_schema.kind: is given twice in one object: remove one."),
        (b'{"name": "Customers", "profileSchema": {"kind": "object"}}',
         '{file}:1:1: error: profile_schema: has the schema under the key "profileSchema": give that key\'s value alone.'),
        (b'{"$schema": "x", "kind": "object", "properties": [{"name": "a", "type": {"kind": "uuid"}, "readOptional": true}]}',
         '{file}:1:2: error: profile_schema.$schema: key "$schema" is for editors, and a Krenalis server refuses it: remove it, '),
        (b'"profile-schema.json"', "{file}:1:1: error: profile_schema: must be an object of kind object"),
        (b"[" * 10_000, "{file}:1:401: error: profile_schema: is nested too deeply for a profile schema."),
        (b'{"kind": NaN}', "{file}:1:10: error: profile_schema: is no JSON: it has no number NaN."),
        (b'{"kind": "object", "properties": [{"name": "\\ud800", "type": {"kind": "uuid"}, "readOptional": true}]}',
         "{file}:1:36: error: profile_schema.properties[0].name: must be a name"),
    ],
)  # fmt: skip
def test_what_is_no_schema_is_told_in_its_place(file: Path, content: bytes, told: str) -> None:
    file.write_bytes(content)

    result = run("validate-schema", str(file))

    assert (result.returncode, result.stderr) == (1, "")
    assert any(line.startswith(told.format(file=file)) for line in result.stdout.splitlines()), result.stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xef\xbb\xbf{}", "begins with a byte order mark of UTF-8, which Terraform's jsondecode() does not read"),
        ('{"kind": "object"}'.encode("utf-16"), "begins with a byte order mark of UTF-16"),
        (b'{"kind":\n "caf\xe9"}', "is not UTF-8: line 2 has the byte 0xe9. Save it as UTF-8."),
    ],
)  # fmt: skip
def test_what_is_no_text_is_said_of_the_file(file: Path, content: bytes, told: str) -> None:
    file.write_bytes(content)

    result = run("validate-schema", str(file))
    as_json = json.loads(run("validate-schema", "--json", str(file)).stdout)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {file}: {told}")
    assert as_json["problems"][0]["start"] is None
    assert not as_json["valid"]


@pytest.mark.parametrize(
    ("name", "told"),
    [("missing.json", "No such file or directory"), (".", "Is a directory"), ("/dev/zero", "is larger than 16 MiB")],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_name(name: str, told: str) -> None:
    result = run("validate-schema", name)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {name}: {told}")


def test_no_name_of_a_file_or_a_key_can_break_a_line_or_write_to_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "a\n\x1b[31mb.json"
    file.write_text(json.dumps({"kind": "object", "properties": [], "\x1b]0;\u2028\x9bz": 1}))

    result = run("validate-schema", str(file))

    assert result.returncode == 1
    assert all(line.isprintable() for line in result.stdout.split("\n"))
    assert "a\\n\\x1b[31mb.json:1:" in result.stdout
    missing = run("validate-schema", str(tmp_path / "c\nd"))
    assert missing.stderr.count("\n") == 1


def test_colours_are_for_terminals_alone(file: Path) -> None:
    file.write_text(WRONG)
    assert "\x1b" not in run("validate-schema", str(file), TERM="xterm-256color").stdout


def test_a_large_schema_full_of_mistakes_is_told_whole(file: Path) -> None:
    count = 10_000
    wrong = document(
        *({"name": f"p{index}", "type": STRING, "readOptional": False} for index in range(count))
    )
    file.write_text(json.dumps(wrong, indent=2))
    assert file.stat().st_size > 1_000_000

    result = run("validate-schema", "--json", str(file), "--platform", "Snowflake")

    problems: list[dict[str, Any]] = json.loads(result.stdout)["problems"]
    assert len(problems) >= count
    assert problems[count - 1]["start"]["line"] > count


@pytest.mark.parametrize(
    "arguments",
    [(), ("--platform", "Oracle", "x"), ("--plat", "Snowflake", "x"), ("x", "y"), ("--yaml", "x")],
)
def test_a_wrong_command_line_has_a_code_of_its_own(arguments: tuple[str, ...]) -> None:
    result = run("validate-schema", *arguments)
    assert (result.returncode, result.stdout) == (64, "")
    assert "usage: terraform-provider-krenalis validate-schema" in result.stderr


def test_help_has_an_example_and_the_exit_codes() -> None:
    result = run("validate-schema", "--help")
    assert result.returncode == 0
    assert "example:\n  $ terraform-provider-krenalis validate-schema" in result.stdout
    assert "exit codes:\n  0   " in result.stdout

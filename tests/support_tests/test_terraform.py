"""The Terraform runner tells success from failure, planned from applied, and leaves the caller's settings outside."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import wait_until_ended
from tests.support.terraform import Terraform
from tests.support.terraform_checks import (
    Check,
    ExpectAbsent,
    ExpectAction,
    ExpectEmptyPlan,
    ExpectKnown,
    ExpectUnknown,
    ExpectValue,
)
from tests.support.terraform_process import (
    KRENALIS,
    Executable,
    ProviderExecutable,
    executables,
    folded,
)

ADDRESS = "terraform_data.example"
ONE = """
variable "words" {
  type    = list(string)
  default = ["a", "b"]
}

variable "condition" {
  default = true
}

resource "terraform_data" "example" {
  input = { words = var.words, "a.b" = 1 }

  lifecycle {
    postcondition {
      condition     = var.condition || self.id == ""
      error_message = "This message is so long that Terraform breaks it into two lines, as it does with ours."
    }
  }
}

output "words" {
  value     = terraform_data.example.output.words
  sensitive = true
}
"""
SLOW = """
resource "terraform_data" "example" {
  provisioner "local-exec" {
    command = "sleep 30"
  }
}
"""
NEEDS_PROVIDER = """
terraform {
  required_providers {
    krenalis = {
      source = "krenalis/krenalis"
    }
  }
}

resource "krenalis_workspace" "example" {
}
"""


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Terraform]:
    """One Terraform for what does not depend on its version: the fastest."""
    with Terraform(executables()[0], tmp_path / "configuration") as terraform:
        yield terraform


def test_what_was_planned_is_applied_and_checked(terraform: Terraform) -> None:
    terraform.write(ONE)

    created = terraform.apply(
        checks=[
            ExpectAction(ADDRESS, "create"),
            ExpectKnown(ADDRESS, "input.words.1", "b"),
            ExpectKnown(ADDRESS, ("input", "a.b"), 1),
            ExpectUnknown(ADDRESS, "output"),
            ExpectUnknown(ADDRESS, "output.words"),
            ExpectValue(ADDRESS, "output.words", ["a", "b"]),
        ]
    )
    terraform.write(ONE, variables={"words": ["c"]})
    changed = terraform.apply(checks=[ExpectAction(ADDRESS, "update")])
    again = terraform.plan(checks=[ExpectAction(ADDRESS, "no-op"), ExpectEmptyPlan()])

    assert not again.has_changes
    assert "1 added" in created.text
    # each result keeps its own plan and state
    assert created.plan["resource_changes"][0]["change"]["actions"] == ["create"]
    assert created.state["values"]["outputs"]["words"]["value"] == ["a", "b"]
    assert changed.state["values"]["outputs"]["words"]["value"] == ["c"]
    assert terraform.output() == {"words": ["c"]}


def test_the_state_can_be_listed_shown_refreshed_and_destroyed(terraform: Terraform) -> None:
    assert terraform.state_list() == []
    terraform.write(ONE)
    terraform.apply()

    assert terraform.state_list() == [ADDRESS]
    assert terraform.show()["values"]["root_module"]["resources"][0]["address"] == ADDRESS
    assert "0 added, 0 changed, 0 destroyed" in terraform.refresh().text
    assert terraform.validate(json=True).diagnostics[0].severity == "warning"

    destroyed = terraform.destroy()

    assert ExpectAbsent(ADDRESS).problem(destroyed.state) is None
    assert terraform.state_list() == []


def test_import_takes_an_identifier(terraform: Terraform) -> None:
    terraform.write('resource "terraform_data" "example" {\n}\n')

    imported = terraform.import_(ADDRESS, "known-before")

    assert ExpectValue(ADDRESS, "id", "known-before").problem(imported.state) is None


def test_an_expected_error_is_found_across_line_breaks(terraform: Terraform) -> None:
    terraform.write(ONE, variables={"condition": False})

    message = "so long that Terraform breaks it into two lines, as it does"
    terraform.apply(expect_error=message)

    terraform.write(ONE.replace("var.words,", "var.wrods,"))
    terraform.plan(expect_error=r'input variable with the name "wrods" .* Did you mean "words"\?')
    terraform.validate(expect_error="wrods")
    errors = terraform.plan(json=True, expect_error="wrods").diagnostics
    assert [(error.summary, error.line) for error in errors if error.severity == "error"] == [
        ("Reference to undeclared input variable", 12)
    ]


def test_the_provider_is_taken_from_its_folder_with_and_without_init(
    terraform_executable: Executable, tmp_path: Path
) -> None:
    provider = tmp_path / "bin" / KRENALIS.path.name
    provider.parent.mkdir()
    provider.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\nexit 1\n")
    provider.chmod(0o755)
    executable = ProviderExecutable(KRENALIS.address, provider)
    terraform = Terraform(terraform_executable, tmp_path / "configuration", provider=executable)
    terraform.write(NEEDS_PROVIDER)

    terraform.plan(expect_error="krenalis/krenalis")
    assert (tmp_path / "started").exists()

    terraform.init()
    # with the lock file that the first one made, where it made one
    terraform.init()


def test_an_interrupt_stops_terraform_in_an_orderly_way(terraform: Terraform) -> None:
    terraform.write(SLOW)
    running = terraform.start("apply", "-auto-approve")
    running.wait_for("sleep 30")

    running.interrupt()

    assert running.wait(seconds=10) == 1
    assert "Interrupt received." in running.stdout
    # on a busy machine, Terraform may take what reaches it and its child for two interrupts, or see the child end first
    ends = ("execution halted", "operation canceled", "signal: interrupt")
    assert any(end in running.stderr for end in ends)


def test_an_executable_reads_standard_input_that_is_no_terminal(
    terraform_executable: Executable, tmp_path: Path
) -> None:
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    console = subprocess.run(
        [*terraform_executable.argv, "console"],
        input="max(20, 22) + 20\n",
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert console.stdout == "42\n"


def test_a_failure_shows_the_command_and_all_it_printed(quick: Terraform) -> None:
    quick.write('output "greeting" {\n  value = var.greeting\n}\n')

    with pytest.raises(AssertionError) as failure:
        quick.plan()

    for part in (" plan -input=false", "exit code: 1", "Reference to undeclared input variable"):
        assert part in str(failure.value)


def test_a_success_or_another_error_than_the_expected_one_is_a_failure(quick: Terraform) -> None:
    quick.write(ONE)
    with pytest.raises(AssertionError, match="should have failed"):
        quick.plan(expect_error="")

    quick.write(ONE.replace("var.words,", "var.wrods,"))
    with pytest.raises(AssertionError, match="no error matches 'another'"):
        quick.plan(expect_error="another")


def test_a_configuration_that_does_not_settle_is_a_failure(quick: Terraform) -> None:
    quick.write('resource "terraform_data" "example" {\n  input = timestamp()\n}\n')

    with pytest.raises(AssertionError, match="a fresh plan after apply"):
        quick.apply()
    quick.apply(expect_non_empty_plan=True)

    quick.write(ONE)
    with pytest.raises(AssertionError, match="a fresh plan after apply"):
        quick.apply(expect_non_empty_plan=True)


def test_checks_fail_the_command_they_are_given_to(quick: Terraform) -> None:
    quick.write(ONE)

    with pytest.raises(AssertionError, match="create, not delete"):
        quick.plan(checks=[ExpectAction(ADDRESS, "delete")])
    with pytest.raises(AssertionError, match="create, not delete"):
        quick.apply(checks=[ExpectAction(ADDRESS, "delete")])
    assert quick.state_list() == []
    with pytest.raises(AssertionError, match=r'input is .*, not "x"'):
        quick.apply(checks=[ExpectValue(ADDRESS, "input", "x")])


def test_only_what_is_given_of_the_environment_reaches_a_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PGPASSWORD", "KRENALIS_API_KEY", "TF_LOG", "TF_VAR_x", "SNOWFLAKE_HOME"):
        monkeypatch.setenv(name, "of-the-caller")
    terraform = Terraform(executables()[0], tmp_path / "configuration", environment={"PGPASSFILE": "given"})
    log = terraform.log("DEBUG")
    terraform.write(SLOW.replace("sleep 30", "env"))

    applied = terraform.apply()

    assert "of-the-caller" not in applied.stdout
    assert "PGPASSFILE=given" in applied.stdout
    assert f"HOME={terraform.folder}" in applied.stdout
    assert "[DEBUG]" in log.read_text()


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(quick: Terraform) -> None:
    quick.write(SLOW.replace("sleep 30", "echo child $$; exec sleep 30"))
    running = quick.start("apply", "-auto-approve")
    running.wait_for("(local-exec): child")
    child = re.search(r"\(local-exec\): child (\d+)", running.stdout)
    assert child is not None

    with pytest.raises(AssertionError, match="not done within"):
        running.wait(seconds=0.1)

    wait_until_ended(int(child[1]), seconds=5)


def test_a_command_left_running_ends_with_the_test(quick: Terraform) -> None:
    quick.write(SLOW)
    with quick:
        running = quick.start("apply", "-auto-approve")

    assert running.process.returncode == -signal.SIGKILL


def test_borders_colours_and_line_breaks_are_folded() -> None:
    shown = "\x1b[31m╷\x1b[0m\n│ \x1b[1mError: Warehouse is\n│ not empty\n│\n│   with a.b,\n╵\n"

    assert folded(shown) == "Error: Warehouse is not empty with a.b,"


PLAN = {
    "resource_changes": [
        {
            "address": "a.b",
            "change": {
                "actions": ["delete", "create"],
                "after": {"flag": True, "list": [1]},
                "after_unknown": {"id": True, "list": [False, True], "deep": {"id": True}},
            },
        }
    ],
    "output_changes": {"o": {"actions": ["update"]}},
}
STATE = {
    "values": {
        "root_module": {"child_modules": [{"resources": [{"address": "module.m.a.b", "values": {"n": 1}}]}]}
    }
}


@pytest.mark.parametrize(
    "check",
    [
        ExpectAction("a.b", "replace"),
        ExpectAction("a.b", "delete-before-create"),
        ExpectKnown("a.b", "flag", value=True),
        ExpectKnown("a.b", "list.0", 1),
        ExpectUnknown("a.b", "id"),
        ExpectUnknown("a.b", "list.1"),
        ExpectUnknown("a.b", ("deep", "id", "below")),
        ExpectValue("module.m.a.b", "n", 1),
        ExpectAbsent("a.b"),
    ],
)
def test_a_check_holds(check: Check) -> None:
    assert check.problem(PLAN if check.subject == "plan" else STATE) is None


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        (ExpectAction("a.b", "create"), "a.b: delete-before-create, not create"),
        (ExpectAction("a.b", "create-before-delete"), "a.b: delete-before-create, not create-before-delete"),
        (ExpectAction("a.c", "create"), "a.c: nothing, not create"),
        (ExpectEmptyPlan(), "a.b: delete-before-create, output o: update"),
        (ExpectKnown("a.b", "flag", 1), "a.b: flag is true, not 1"),
        (ExpectKnown("a.b", "flags", None), "a.b: flags is absent, not null"),
        (ExpectKnown("a.b", "id", 1), "a.b: id is known after apply only"),
        (ExpectKnown("a.c", "id", 1), "a.c: not in the plan"),
        (ExpectUnknown("a.b", "flag"), "a.b: flag is known: true"),
        (ExpectUnknown("a.b", "deep"), "a.b: deep is known: absent"),
        (ExpectUnknown("a.c", "flag"), "a.c: not in the plan"),
        (ExpectValue("module.m.a.b", "n", 2), "module.m.a.b: n is 1, not 2"),
        (ExpectValue("module.m.a.b", "n.m", 2), "module.m.a.b: n.m is absent, not 2"),
        (ExpectValue("a.b", "n", 1), "a.b: not in the state"),
        (ExpectAbsent("module.m.a.b"), "module.m.a.b: still in the state"),
    ],
)
def test_a_check_that_does_not_hold_says_what_there_is(check: Check, problem: str) -> None:
    assert check.problem(PLAN if check.subject == "plan" else STATE) == problem

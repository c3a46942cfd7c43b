"""What has failed under Terraform with other SDKs for Python, here with the example provider.

Some of it is shown elsewhere:

numbers of all sizes      test_values_through_terraform.test_a_dynamic_attribute_gives_back_what_it_was_given
an attribute was added    test_terraform_life_cycle.test_a_state_is_upgraded
a prefix of an unknown    test_terraform_evaluation.test_what_a_plan_leaves_unknown_is_known_in_the_end
a prefix of an unknown    test_validate_resource_config.test_validators_are_silent_on_unknown_values
the end is not awaited    test_end_of_process.test_shutdown_is_answered_ends_the_process_at_once_and_removes_the_socket
a key on a disk           test_mutual_tls.test_its_key_is_never_written_to_a_disk
"""

import json
import re
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest

from tests.protocol.example_provider import SECRET
from tests.protocol.example_store import Things
from tests.support.example import thing
from tests.support.hold import Hold
from tests.support.terraform import Terraform
from tests.support.terraform_checks import resources

ELSEWHERE = re.findall(r"^[a-z ]+  (test_\w+)\.(test_\w+)$", str(__doc__), re.MULTILINE)


def test_what_is_shown_elsewhere_is_there() -> None:
    assert len(ELSEWHERE) == 6
    for module, test in ELSEWHERE:
        assert callable(getattr(import_module(f"tests.protocol.{module}"), test))


@pytest.mark.slow
def test_an_attribute_of_more_than_four_megabytes_is_planned_applied_and_recognised(
    example: Terraform, store: Things
) -> None:
    text = "0123456789" * 430_000
    example.write(thing(body='labels = { large = file("large.txt") }'), files={"large.txt": text})

    example.apply()

    assert store.existing["1"]["labels"] == {"large": text}


NUMBERS = ["18446744073709551617", "1" + "0" * 100, "0.1234567890123456789012345", "-9223372036854775809"]


def test_numbers_keep_every_digit(example: Terraform) -> None:
    example.write("".join(thing("n", f"size = {n}", address=f"n{i}") for i, n in enumerate(NUMBERS)))

    example.apply()

    shown = json.loads(example.run("show", "-json").stdout, parse_float=Decimal, parse_int=Decimal)
    sizes = {address: found["values"]["size"] for address, found in resources(shown).items()}
    assert sizes == {f"example_thing.n{i}": Decimal(number) for i, number in enumerate(NUMBERS)}


# even the superuser can write to neither
@pytest.mark.parametrize("home", ["/nowhere", "/proc"], ids=["no home", "a home that cannot be written"])
def test_no_home_is_needed(any_example: Terraform, home: str) -> None:
    any_example.environment["HOME"] = home
    any_example.write(thing())

    assert any_example.plan().has_changes


def test_it_works_without_tls(example: Terraform) -> None:
    example.environment["TF_DISABLE_PLUGIN_TLS"] = "1"
    example.write(thing())

    assert example.plan().has_changes


def test_an_exception_tells_no_secret_to_screen_or_log(
    example: Terraform, store: Things, tmp_path: Path
) -> None:
    (tmp_path / "store" / "fail").write_text("at once")
    example.environment["TF_VAR_secret"] = SECRET
    log = example.log()
    example.write('variable "secret" {\n  sensitive = true\n}\n' + thing(body="secret = var.secret"))

    result = example.apply(expect_error=r"broke, with \(redacted\) in hand")

    assert "RuntimeError: broke, with (redacted) in hand" in log.read_text()
    assert list(store.existing) == ["1"]
    told = result.stdout + result.stderr + log.read_text()
    assert not [form for form in (SECRET, json.dumps(SECRET)[1:-1], "ss/word") if form in told]


def test_ten_creations_are_held_at_once_and_all_end_well(
    any_example: Terraform, store: Things, hold: Hold
) -> None:
    many = 'resource "example_thing" "many" {\n  count = 10\n  name  = "many"\n}\n'
    any_example.write(many)
    running = any_example.start("apply", "-auto-approve")

    processes = hold.wait_for(10)
    hold.release()

    assert len(processes) == 1
    assert running.wait() == 0
    assert len(store.existing) == len(any_example.state_list()) == 10


def test_nothing_is_left_on_the_disk(example: Terraform, temporary: Path, tmp_path: Path) -> None:
    example.environment |= {"HOME": str(temporary), "TMPDIR": str(temporary)}
    example.write(thing())
    program = sorted((tmp_path / "bin").iterdir())

    example.apply()
    example.destroy()

    assert list(temporary.rglob("*")) == []
    assert sorted((tmp_path / "bin").iterdir()) == program

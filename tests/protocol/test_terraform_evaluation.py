"""What Terraform makes of values that are unknown, write-only or computed by functions and data sources."""

import zipfile

import pytest

from tests.protocol.example_store import Things
from tests.support.example import given, stored, thing
from tests.support.terraform import Terraform
from tests.support.terraform_checks import ExpectAction, ExpectKnown, ExpectUnknown, ExpectValue

ONE = "example_thing.one"
TWO = "example_thing.two"
GREETING = "data.example_greeting.one"
LATER = 'resource "terraform_data" "later" {\n  input = "later"\n}\n'
"""Its output is unknown until it is applied."""

OUTPUT = f'output "text" {{\n  value = {GREETING}.text\n}}\n'
JOIN = """
output "joined" {
  value = provider::example::join(
    %s,
    "b",
    null,
    "c",
  )
}
"""


class TestFunctions:
    def test_a_result_is_planned_and_applied(self, any_example: Terraform) -> None:
        any_example.write(JOIN % '"-"')

        any_example.apply()

        assert any_example.output() == {"joined": "b-c"}

    @pytest.mark.parametrize(
        ("separator", "error"),
        [
            ('""', 'Invalid value for "separator" parameter: The separator is empty'),
            ("null", 'Invalid value for "separator" parameter: argument must not be null'),
            ('"crash"', "Unexpected error in the provider"),
        ],
    )
    def test_an_error_is_shown_where_the_argument_is(
        self, any_example: Terraform, separator: str, error: str
    ) -> None:
        any_example.write(JOIN % separator)

        result = any_example.plan(json=True, expect_error=error)

        (diagnostic,) = (found for found in result.diagnostics if found.severity == "error")
        assert diagnostic.line == (4 if separator != '"crash"' else 3)

    def test_an_unknown_argument_gives_an_unknown_result(self, any_example: Terraform) -> None:
        any_example.write(LATER + JOIN % "terraform_data.later.output")

        any_example.apply()

        assert any_example.output() == {"joined": "blaterc"}


class TestDataSources:
    def test_known_it_is_read_by_the_plan(self, any_example: Terraform) -> None:
        any_example.write('data "example_greeting" "one" {\n  name = "you"\n}\n' + OUTPUT)

        planned = any_example.plan()

        assert planned.plan["output_changes"]["text"]["after"] == "hello you"

    def test_unknown_it_is_read_by_the_apply(self, any_example: Terraform) -> None:
        any_example.write(
            LATER + 'data "example_greeting" "one" {\n  name = terraform_data.later.output\n}\n'
        )

        any_example.apply(
            checks=[
                ExpectAction(GREETING, "read"),
                ExpectUnknown(GREETING, "text"),
                ExpectValue(GREETING, "text", "hello later"),
            ]
        )

    def test_what_it_does_not_find_is_an_error(self, any_example: Terraform) -> None:
        any_example.write('data "example_greeting" "one" {\n  name = "nobody"\n}\n')

        any_example.plan(expect_error="Nobody there.*with data.example_greeting.one")


TOKEN = "top-secret-token"
WRITE_ONLY = 'variable "token" {\n  type = string\n  ephemeral = true\n}\n' + thing(
    "one", "token = var.token"
)


def test_a_write_only_value_reaches_the_creation_and_nothing_else(example: Terraform, store: Things) -> None:
    example.write(WRITE_ONLY)
    example.environment["TF_VAR_token"] = TOKEN
    log = example.log()
    plan = example.folder / "plan"

    example.plan(out=plan)
    example.apply(plan=plan)

    assert list(store.tokens.values()) == [TOKEN]
    assert stored(example)["attributes"]["token"] is None
    written = {path.name: path.read_bytes() for path in (log, example.folder / "terraform.tfstate")}
    assert b"ApplyResourceChange" in written[log.name]
    with zipfile.ZipFile(plan) as archive:
        written |= {name: archive.read(name) for name in archive.namelist()}
    assert [name for name, data in written.items() if TOKEN.encode() in data] == []

    example.environment["TF_VAR_token"] = "another"
    assert not example.plan().has_changes


EVERYTHING = """
variable "any" {}

resource "example_thing" "one" {
  name     = var.any
  size     = var.any
  secret   = var.any
  anything = [var.any, { inner = var.any }]
  labels   = { (var.any) = "a" }
  place    = var.any
  boxes    = { for name in var.any : name => { weight = 1 } }
  bags     = [for weight in var.any : { weight = weight }]
  parts    = [{ kind = var.any }]
}

data "example_greeting" "one" {
  name = var.any
}
"""


def test_nothing_is_wrong_with_what_is_not_known_yet(example: Terraform) -> None:
    example.write(EVERYTHING)
    example.validate()


def test_what_is_wrong_is_found_beside_what_is_not_known_yet(any_example: Terraform) -> None:
    any_example.write(EVERYTHING.replace("kind = var.any", 'kind = "tiny"'))
    any_example.validate(expect_error=r'parts\[0\]\.kind: must be one of "big", "small", got: "tiny"')


def test_an_unknown_provider_block_defers_nothing(any_example: Terraform, store: Things) -> None:
    provider = 'provider "example" {\n  greeting = terraform_data.later.output\n}\n'
    given(any_example, store, "one")
    any_example.write(LATER + provider + thing() + thing("two", address="two"))

    applied = any_example.apply(checks=[ExpectAction(ONE, "no-op"), ExpectAction(TWO, "create")])

    assert "deferred_changes" not in applied.plan
    assert applied.plan["complete"]


PARTLY = """
  secret   = "b-${terraform_data.later.output}"
  colour   = terraform_data.later.output
  anything = { known = 1, list = [terraform_data.later.output] }
  labels   = { a = "b-${terraform_data.later.output}", b = "known" }
  place    = { country = terraform_data.later.output }
  boxes    = { a = { weight = length(terraform_data.later.output) } }
  bags     = [{ weight = length(terraform_data.later.output) }, { weight = 1 }]
  parts    = [{ kind = terraform_data.later.output == "later" ? "big" : "small" }]
"""
WHOLLY = "\n".join(
    f'  {name} = terraform_data.later.output == "later" ? {value} : null'
    for name, value in {
        "size": "12345678901234567890.5",
        "anything": '[1, "a"]',
        "labels": '{ a = "b" }',
        "place": '{ country = "IT" }',
        "boxes": "{ a = { weight = 1 } }",
        "bags": "[{ weight = 1 }]",
        "parts": '[{ kind = "big" }]',
    }.items()
)


def test_what_a_plan_leaves_unknown_is_known_in_the_end(example: Terraform) -> None:
    example.write(LATER + thing("one", PARTLY) + thing("two", WHOLLY, address="two"))

    example.apply(
        checks=[
            *(ExpectUnknown(ONE, path) for path in ("secret", "colour", "anything.list.0", "labels.a")),
            *(ExpectUnknown(ONE, path) for path in ("place.country", "boxes.a.weight", "parts.0.kind")),
            ExpectKnown(ONE, "anything.known", 1),
            ExpectKnown(ONE, "labels.b", "known"),
            ExpectValue(ONE, "secret", "b-later"),
            ExpectValue(ONE, "anything.list", ["later"]),
            ExpectValue(ONE, "boxes", {"a": {"weight": 5, "stamp": "stamp of a"}}),
            ExpectValue(ONE, "parts.0.kind", "big"),
            *(
                ExpectUnknown(TWO, path)
                for path in ("size", "anything", "labels", "place", "boxes", "bags", "parts")
            ),
            ExpectValue(TWO, "anything", [1, "a"]),
            ExpectValue(TWO, "bags", [{"weight": 1, "stamp": "stamp of 1"}]),
            ExpectValue(TWO, "parts", [{"kind": "big", "serial": "s", "spare": False}]),
        ]
    )

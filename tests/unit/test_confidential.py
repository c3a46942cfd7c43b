"""What of a value is confidential."""

from typing import Any

import pytest

from tfplugin.confidential import sensitive_strings
from tfplugin.cty import DYNAMIC, STRING, UNKNOWN, List, Map, Type, infer
from tfplugin.schema import Attribute


@pytest.mark.parametrize(
    ("type_", "value", "strings"),
    [
        (STRING, "secret", ["secret"]),
        (STRING, None, []),
        (STRING, UNKNOWN, []),
        (List(STRING), ["one", "two"], ["one", "two"]),
        (Map(STRING), {"key": "secret"}, ["secret"]),
        (DYNAMIC, infer("secret"), ["secret"]),
        (DYNAMIC, infer({"password": "secret", "more": ["hidden"]}), ["secret", "hidden"]),
    ],
)
def test_the_strings_of_a_sensitive_attribute_are_secrets(
    type_: Type, value: Any, strings: list[str]
) -> None:
    attribute = Attribute(type=type_, optional=True, sensitive=True, description="A secret.")
    assert sorted(sensitive_strings({"secret": attribute}, {"secret": value})) == sorted(strings)

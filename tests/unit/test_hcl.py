"""What Terraform's CLI configuration may look like, and what of it is understood."""

import pytest

from krenalis_provider.bundle.hcl import NotUnderstood, parse


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        ('plugin_cache_dir = "/a b"', [("plugin_cache_dir", "/a b")]),
        ("a = true\nb = 12", [("a", "true"), ("b", "12")]),
        ('# one\n// two\n/* three\n} */ a = "#"', [("a", "#")]),
        ('credentials "app.terraform.io" {\n  token = "x"\n}', [("credentials", [("token", "x")])]),
        ('a { b = ["x", "y",] }', [("a", [("b", ["x", "y"])])]),
        ('a = { "k/v" = "x" }', [("a", [("k/v", "x")])]),
        ('{"a": [{"b": {"c": "\\u00e4"}}, {"d": []}]}', [("a", [[("b", [("c", "ä")])], [("d", [])]])]),
    ],
)
def test_it_is_read(text: str, items: list[object]) -> None:
    assert parse(text) == items


@pytest.mark.parametrize(
    "text",
    ["a {", "a = [", "a = <<E\nx\nE", "}", '{"a": 1} b', 'a = "\\x"', "a", 'a = "', "a = " + "[" * 9999],
)
def test_what_is_not_understood_is_said(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse(text)

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
    ("text", "line"),
    [
        ("a {", 1),
        ("b = 1\na = [\n1", 2),
        ("\na = <<E\nx\nE", 2),
        ("a = 1\n}", 2),
        ("a {\n  b = [1}\n}", 2),
        ('{"a": 1}\n b', 2),
        ('/*\n*/ a = "\\x"', 2),
        ("b = 1\na\n\n", 2),
        ('"\n" = 1 a = "', 2),
        ("a = " + "[" * 9999, 1),
    ],
)
def test_what_is_not_understood_is_said_with_its_line(text: str, line: int) -> None:
    with pytest.raises(NotUnderstood, match=rf"^line {line}: "):
        parse(text)

"""What Terraform's CLI configuration may look like, and what of it is understood."""

import pytest

from krenalis_provider.bundle.hcl import NotUnderstood, is_json, parse


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", ()),
        ('plugin_cache_dir = "/a b"', (("plugin_cache_dir", "/a b"),)),
        (
            "a = true\nb = 12 c.d =\n-1e+5, e-f = false",
            (*(("a", "true"), ("b", "12")), ("c.d", "-1e+5"), ("e-f", "false")),
        ),
        ('# one\n// two\n/* three\n} */ a = "#"', (("a", "#"),)),
        (
            'credentials "a.b" c {\n  token = "x"\n}',
            (("credentials", [(("a.b", [(("c", [(("token", "x"),)]),)]),)]),),
        ),
        ('a { b = ["x", "y",] }', (("a", [(("b", ["x", "y"]),)]),)),
        ('a = { "k/v" = "x", c = [] }\r\nb\n{}', (("a", (("k/v", "x"), ("c", []))), ("b", [()]))),
        ('a = "x\u0085\u2028y"', (("a", "x\u0085\u2028y"),)),
        (
            '\n {"a": {"b": [{"c": "\\u00e4"}], "d": {}, "b": 1}, "e": [{}], "f": true}',
            (("a", [(("b", [(("c", "ä"),)]), ("d", ()), ("b", "1"))]), ("e", [()]), ("f", True)),
        ),
    ],
)
def test_it_is_read(text: str, items: object) -> None:
    assert parse(text) == items


@pytest.mark.parametrize(("text", "expected"), [('\n\t{"a": 1}', True), ("a {}", False), ("# x\n{}", False)])
def test_what_begins_with_a_brace_is_json(text: str, *, expected: bool) -> None:
    assert is_json(text) is expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a {", "1: the { of this line is not closed by a }"),
        ("b = 1\na = [\n1", "2: the [ of this line is not closed by a ]"),
        ("\na = <<E\nx\nE", "2: the character < is not expected here"),
        ("a = 1\n}", "2: the } is not expected here"),
        ("a {\n  b = [1}\n}", "2: the } is not expected here"),
        ("a = ]", "1: no value that is known here follows the ="),
        ("a {\n  path =\n}", "2: no value that is known here follows the ="),
        ("a =\nb = 1", "1: no value that is known here follows the ="),
        ("a = word", "1: no value that is known here follows the ="),
        ("a = [[], word]", "1: no value that is known here follows the ["),
        ("= = =", "1: the = is not expected here"),
        ("] = 3", "1: the ] is not expected here"),
        ("\n1 = 1", "2: a value is not expected here"),
        ("true = 1", "1: a value is not expected here"),
        ("a b = 1", "1: the = is not expected here"),
        ("a : 1", "1: the character : is not expected here"),
        ("a 1", "1: a value is not expected here"),
        ('a = ["x" "y"]', "1: a text is not expected here"),
        ('/*\n*/ a = "\\q"', "2: a text has an escape that is not known"),
        ('a = "x${"y"}"', "1: a text has a ${"),
        ("b = 1\na\n\n", "2: the file ends after this name"),
        ('a = "x\n"', "1: a text is not closed on its line"),
        ("\ufeffa = 1", "1: the character \ufeff is not expected here"),
        ('{"a": 1}\n b', "2: the file begins as JSON, and this is none"),
        ('\n{"a": 1,}', "2: the file begins as JSON, and this is none"),
        ("{" * 99999, "1: the file begins as JSON, and this is none"),
        ('{"a": ' + "[" * 99999, "1: it is nested too deeply"),
        ("a = " + "[" * 9999, "1: it is nested too deeply"),
    ],
)
def test_what_is_not_understood_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(NotUnderstood) as raised:
        parse(text)

    assert str(raised.value) == f"line {said}"


@pytest.mark.parametrize(
    "text",
    [
        "token = 'SECRET'",
        "token = SECRET",
        "token SECRET",
        'token = "SECRET\n',
        'token = "SECRET\\q"',
        'token = "${SECRET}"',
        'token = "x" "SECRET"',
        "token = @SECRET",
        '{"token": SECRET}',
        '{"token": "SECRET}',
        '{"token": "\\qSECRET"}',
    ],
)
def test_nothing_of_the_text_is_said(text: str) -> None:
    with pytest.raises(NotUnderstood) as raised:
        parse(text)

    assert "SECRET" not in str(raised.value)

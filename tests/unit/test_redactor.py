import base64
import json
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tfplugin.redaction import Redactor

SECRET = "p\"ä/s's\\w+ö\nr d%~🔑"
KEY = f"-----BEGIN PRIVATE KEY-----\n{'MIIEvQ+b/' * 7}\n{'kqhkiG9w0' * 7}\nlastLine=\n-----END PRIVATE KEY-----\n"


def redactor(*secrets: str) -> Redactor:
    made = Redactor()
    for secret in secrets:
        made.learn(secret)
    return made


def lower_hex(text: str) -> str:
    """As some libraries of other languages escape."""
    return "".join(f"%{byte:02x}" for byte in text.encode())


def whole(text: str, *, urlsafe: bool = False) -> str:
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    return encode(text.encode()).decode()


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "URL": lambda secret: quote(secret, safe=""),
    "URL with slashes": quote,
    "URL of a form": quote_plus,
    "URL in small letters": lower_hex,
    "JSON": lambda secret: json.dumps(secret)[1:-1],
    "JSON in Unicode": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "JSON with slashes escaped": lambda secret: json.dumps(secret)[1:-1].replace("/", r"\/"),
    "Python": lambda secret: repr(secret)[1:-1],
    "Python's bytes": lambda secret: repr(secret.encode())[2:-1],
    "base64": whole,
    "base64 without padding": lambda secret: whole(secret).rstrip("="),
    "base64 for URLs": lambda secret: whole(secret, urlsafe=True),
    "base64 for URLs without padding": lambda secret: whole(secret, urlsafe=True).rstrip("="),
    "base64 in a URL": lambda secret: quote(whole(secret), safe=""),
}


@pytest.mark.parametrize("spell", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("secret", [SECRET, "secret", "ab>?c", KEY])
def test_a_secret_is_taken_out_in_each_form(secret: str, spell: Callable[[str], str]) -> None:
    assert redactor(secret).redact(f"before <{spell(secret)}> after") == "before <(redacted)> after"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_within_a_longer_base64_text_is_taken_out(
    before: str, encode: Callable[[bytes], bytes]
) -> None:
    text = encode(f"{before}{SECRET}:after".encode()).decode()
    redacted = redactor(SECRET).redact(text)

    assert "(redacted)" in redacted
    assert len(redacted) - len("(redacted)") < len(text) - len(SECRET)


@pytest.mark.parametrize("line", KEY.splitlines()[1:-1])
@pytest.mark.parametrize("spell", FORMS.values(), ids=FORMS)
def test_the_lines_of_a_key_are_taken_out_one_by_one(line: str, spell: Callable[[str], str]) -> None:
    assert redactor(KEY).redact(f"<{spell(line)}>") == "<(redacted)>"


def test_what_begins_a_key_says_nothing_and_stays() -> None:
    assert redactor(KEY).redact("expected -----BEGIN CERTIFICATE-----, not -----BEGIN PRIVATE KEY-----") == (
        "expected -----BEGIN CERTIFICATE-----, not -----BEGIN PRIVATE KEY-----"
    )


@pytest.mark.parametrize(
    ("secrets", "text", "expected"),
    [
        pytest.param(("ab", ""), "ab", "ab", id="short ones are none"),
        pytest.param(("abcdef", "defghi"), "<abcdefghi>", "<(redacted)>", id="overlapping"),
        pytest.param(("abc", "abcdef"), "<abcdef> <abcd>", "<(redacted)> <(redacted)d>", id="nested"),
        pytest.param(("aaa",), "aaaaa", "(redacted)", id="overlapping itself"),
        pytest.param(("hunter2\n",), "hunter2", "(redacted)", id="read from a file with a line's end"),
        pytest.param(("red",), "is redundant", "is (redacted)undant", id="an ordinary word too"),
        pytest.param((SECRET,), 'C:\\users\\ä "100%" + \\', 'C:\\users\\ä "100%" + \\', id="other escapes"),
        pytest.param(("\udcff\udcffx",), "<\udcff\udcffx>", "<(redacted)>", id="half pairs of surrogates"),
    ],
)
def test_what_is_taken_out_and_what_stays(secrets: tuple[str, ...], text: str, expected: str) -> None:
    assert redactor(*secrets).redact(text) == expected


TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


@given(st.text(st.characters(codec="utf-8"), min_size=3, max_size=30), TEXT, TEXT)
def test_no_form_of_a_secret_survives(secret: str, before: str, after: str) -> None:
    known = redactor(secret)

    for name, spell in FORMS.items():
        form = spell(secret)
        left = known.redact(f"{before} {form} {after}").split("(redacted)")
        assert len(left) > 1, name
        assert not [text for text in left if form in text], name


@given(st.lists(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=40)), TEXT)
def test_without_secrets_in_it_a_text_stays_as_it_is(secrets: list[str], text: str) -> None:
    known = redactor(*(f"§{secret}" for secret in secrets))
    plain = text.replace("§", "").replace("%", "").replace("\\", "")
    assume("wqc" not in plain and "Kn" not in plain)  # base64 of § at the three places

    assert known.redact(plain) == plain


def test_the_time_it_takes_does_not_grow_with_the_number_of_secrets() -> None:
    text = "It was a dark and stormy night; the password was not in it. " * 5_000

    def seconds(secrets: int) -> float:
        known = redactor(*(f"token-{number:05}-of-many" for number in range(secrets)))
        times = []
        for _ in range(3):
            start = time.process_time()
            assert known.redact(text) == text
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(2_000) < 10 * seconds(2)

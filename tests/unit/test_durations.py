"""Durations as Go's `time.ParseDuration` takes them, without those that are no time limit."""

import pytest

from tfplugin.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10m", 600),
        ("1h30m", 5400),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("1.s", 1),
        ("300ms", 0.3),
        ("1m1m", 120),
        ("1s1h", 3601),
        ("0h1s", 1),
        ("1us", 1e-6),
        ("1\u00b5s", 1e-6),
        ("1\u03bcs", 1e-6),
        ("1ns", 1e-9),
        ("1h0m0.000000001s", 3600.000000001),
        ("8784h", 366 * 24 * 3600),
    ],
)
def test_a_duration_is_so_many_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "10", "0s", "0h0m", "s", ".s", ".", "-5m", "+-5m", "1h-5m", "0.1ns"),
        *("1min", "1d", "1H", "1 h", " 1h", "1h ", "1h\n", "1,5h", "1e3s", "1_0s", "0x1s", "1..5s"),
        *("\u0661s", "\uff11s", "8785h", "9" * 400 + "s", "soon"),
    ],
)
def test_what_is_no_positive_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a positive duration"):
        parse_duration(text)

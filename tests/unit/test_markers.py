"""The conditions of requirements."""

import sys

import pytest

from krenalis_provider.bundle.markers import UnknownMarker, holds


@pytest.mark.parametrize(
    ("marker", "extras", "expected"),
    [
        ("python_version >= '3.11'", (), True),
        ("python_version < '3.9'", (), False),  # a comparison of texts would find that 3.11 is less
        ("python_version<'3.2'", (), False),
        ("python_full_version > '3.11'", (), True),
        (f"sys_platform == '{sys.platform}'", (), True),
        ("sys_platform == 'win32'", (), False),
        ("sys_platform == 'win32' and extra == 'binary'", ("binary",), False),
        ("implementation_name != 'pypy' and extra == 'binary'", ("binary",), True),
        ("implementation_name != 'pypy' and extra == 'binary'", (), False),
        ("extra == 'a'", ("b", "a"), True),
        ('(python_version < "3") or (os_name in "posix nt")', (), True),
        ("platform_python_implementation not in 'CPython'", (), False),
    ],
)
def test_a_condition_is_asked(marker: str, extras: tuple[str, ...], *, expected: bool) -> None:
    assert holds(marker, extras) is expected


@pytest.mark.parametrize(
    "marker", ["python_version ~= '3.1'", "colour == 'red'", "'a'", "python_version < 'x'", "("]
)
def test_a_condition_that_is_not_understood_is_said(marker: str) -> None:
    with pytest.raises(UnknownMarker):
        holds(marker)

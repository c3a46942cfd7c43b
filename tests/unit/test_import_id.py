"""Import ids in direct mode: where the warehouse is, as a URL."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.workspaces.errors import InvalidWorkspace
from krenalis_provider.workspaces.import_id import parse, spell

SETTINGS = {
    "host": "db.internal",
    "port": 5432,
    "username": "krenalis",
    "database": "cdp",
    "schema": "public",
}


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("postgresql://krenalis@db.internal:5432/cdp/public", {}),
        ("postgresql://krenalis@[::1]:5432/cdp/public", {"host": "::1"}),
        ("postgresql://krenalis@%2Fvar%2Frun:5432/cdp/public", {"host": "/var/run"}),
        ("postgresql://o%27neil%40home@db.internal:5432/cdp/public", {"username": "o'neil@home"}),
        (
            "postgresql://krenalis@db.internal:5432/c%26d%3Fp/p%20u%C3%A4",
            {"database": "c&d?p", "schema": "p uä"},
        ),
    ],
)
def test_each_part_is_a_setting_and_back(text: str, changes: dict[str, Any]) -> None:
    settings = {**SETTINGS, **changes}

    assert parse(text) == ("PostgreSQL", settings)
    assert spell("PostgreSQL", settings) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected postgresql://username@host:port/database/schema"),
        ("1604839201", "expected postgresql://"),
        ("mysql://a@b:1/c/d", "expected postgresql://"),
        ("postgresql://db.internal:5432/cdp/public", "expected postgresql://"),
        ("postgresql://krenalis@db.internal/cdp/public", "expected postgresql://"),
        ("postgresql://krenalis@db.internal:5432/cdp", "expected postgresql://"),
        ("postgresql://krenalis@db.internal:5432/cdp/public/more", "expected postgresql://"),
        ("postgresql://krenalis@db.internal:5432/cdp/public?sslmode=require", "expected postgresql://"),
        ("postgresql://krenalis@db.internal:5432//public", "expected postgresql://"),
        ("postgresql://krenalis@db.internal:99999/cdp/public", "port must be a whole number from 1 to 65535"),
        ("postgresql://krenalis@db.internal:http/cdp/public", "port must be a whole number from 1 to 65535"),
        ("postgresql://krenalis@db.internal:5432/cdp/pg_catalog", 'schema cannot start with "pg_"'),
        ("postgresql://krenalis@db.internal:5432/cdp/%FF", "its percent-encoding is not UTF-8"),
    ],
)
def test_another_form_is_refused_with_the_right_one(text: str, message: str) -> None:
    with pytest.raises(InvalidWorkspace) as caught:
        parse(text)

    assert message in str(caught.value)
    assert {problem.path for problem in caught.value.problems} == {"id"}


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidWorkspace, match="a password does not belong here") as caught:
        parse("postgresql://krenalis:tiger@db.internal:5432/cdp/public")

    assert "tiger" not in str(caught.value)


_names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=15)


@given(username=_names, database=_names, schema=_names, port=st.integers(1, 65535))
def test_whatever_a_name_holds_survives(username: str, database: str, schema: str, port: int) -> None:
    settings = {**SETTINGS, "username": username, "database": database, "schema": f"s{schema}", "port": port}

    assert parse(spell("PostgreSQL", settings)) == ("PostgreSQL", settings)

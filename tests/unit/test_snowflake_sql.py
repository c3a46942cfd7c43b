"""Names and constants in Snowflake's SQL, read back by a parser of that SQL."""

import pytest

from krenalis_provider.warehouses.snowflake.sql import identifier, literal


@pytest.mark.parametrize(
    ("names", "quoted"),
    [
        (["PROFILES"], '"PROFILES"'),
        (["CDP", "PUBLIC", "KRENALIS_EVENTS"], '"CDP"."PUBLIC"."KRENALIS_EVENTS"'),
        (["my db", "a.b", "_kpid"], '"my db"."a.b"."_kpid"'),
        (['say "hi"'], '"say ""hi"""'),
    ],
)
def test_a_name_is_quoted_whole(names: list[str], quoted: str) -> None:
    assert identifier(*names) == quoted


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (False, "FALSE"),
        (0, "0"),
        (-7, "-7"),
        ("", "''"),
        ("It's", "'It''s'"),
        (r"C:\new", r"'C:\\new'"),
        (r"\'; DROP", r"'\\''; DROP'"),
    ],
)
def test_a_constant_is_spelled_as_snowflake_reads_it(value: str | bool | int | None, spelled: str) -> None:  # noqa: FBT001
    assert literal(value) == spelled

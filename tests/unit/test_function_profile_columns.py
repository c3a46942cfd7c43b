"""`provider::krenalis::profile_columns`, without Terraform; `tests/acceptance` calls it in a configuration."""

from typing import Any

import pytest

from krenalis_provider.functions.profile_columns import ProfileColumns
from tests.support.workspaces import profile_schema
from tfplugin.cty import STRING, Dynamic, Object, Set, infer
from tfplugin.function import FunctionError


def columns(document: Any, platform: str = "PostgreSQL") -> Any:
    return ProfileColumns().call(infer(document), platform)


def test_the_columns_are_those_of_a_workspace() -> None:
    found = columns(profile_schema())

    assert found["email"] == "character varying(254)"
    assert len(found) > 1


def test_those_of_snowflake_are_in_its_own_words() -> None:
    found = columns(profile_schema(), "Snowflake")

    assert found["EMAIL"] == "VARCHAR(254)"
    assert len(found) == len(columns(profile_schema()))


@pytest.mark.parametrize(("platform", "meant"), [("postgres", "PostgreSQL"), ("Oracle", "")])
def test_an_unknown_platform_is_an_error_at_its_argument(platform: str, meant: str) -> None:
    with pytest.raises(FunctionError, match=f'no platform "{platform}".*{meant}') as caught:
        columns(profile_schema(), platform)

    assert caught.value.argument == 1


def test_everything_that_is_wrong_with_a_schema_is_an_error_at_its_argument() -> None:
    properties = [
        {"name": "_a", "type": {"kind": "string"}, "readOptional": True},
        {"name": "b" * 64, "type": {"kind": "text"}, "readOptional": True},
    ]

    with pytest.raises(
        FunctionError, match=r"(?s)  schema\.properties\[0\]\.name.*properties\[1\]\.type\.kind"
    ) as caught:
        columns({"kind": "object", "properties": properties})

    assert caught.value.argument == 0


def test_limits_of_the_platform_count() -> None:
    with pytest.raises(FunctionError, match="64 bytes"):
        columns(
            {
                "kind": "object",
                "properties": [{"name": "b" * 64, "type": {"kind": "string"}, "readOptional": True}],
            }
        )


def test_a_set_has_no_order() -> None:
    type_ = Object({"kind": STRING, "properties": Set(STRING)})

    with pytest.raises(FunctionError, match="is a set, which has no order"):
        ProfileColumns().call(Dynamic(type_, {"kind": "object", "properties": []}), "PostgreSQL")

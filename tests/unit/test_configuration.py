"""The provider block: what it holds for each platform, and what is not known of it yet."""

from typing import Any

import pytest

from krenalis_provider.configuration import SCHEMA, Configuration, configure
from krenalis_provider.provider import KrenalisProvider
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN
from tfplugin.diagnostics import DiagnosticError
from tfplugin.provider import ProviderRequest


def block(**nested: Any) -> dict[str, Any]:
    """A provider block; the objects of the platforms may be given in part."""
    attributes: Any = SCHEMA.attributes
    for name, members in nested.items():
        if isinstance(members, dict):
            nested[name] = dict.fromkeys(attributes[name].attributes) | members
    return {**dict.fromkeys(attributes), **nested}


def configured(**nested: Any) -> Configuration:
    return configure(ProviderRequest(config=block(**nested)))


def validated(**nested: Any) -> list[Told]:
    caller = Caller(KrenalisProvider())
    config = caller.wire(SCHEMA.type, block(**nested))
    response = caller.call("validate_provider_config", pb.ValidateProviderConfig.Request(config=config))
    return [Told.of(diagnostic) for diagnostic in response.diagnostics]


def test_what_completes_the_settings_comes_as_text_by_platform() -> None:
    found = configured(
        postgresql={"password": "a", "role": "owners"},
        snowflake={"private_key": "b", "host": "127.0.0.1", "port": 8080, "protocol": "http"},
    )

    assert found.parameters == {
        "PostgreSQL": {"password": "a", "role": "owners"},
        "Snowflake": {"private_key": "b", "host": "127.0.0.1", "port": "8080", "protocol": "http"},
    }
    assert "owners" not in repr(found)


def test_what_is_unknown_of_one_platform_is_none_of_the_others_business() -> None:
    found = configured(snowflake={"password": UNKNOWN, "host": UNKNOWN}, postgresql={"password": "a"})

    assert found.unknown_for("PostgreSQL") == []
    assert found.unknown_for("Snowflake") == ["provider snowflake.password", "provider snowflake.host"]
    assert found.unknown_for(None) == found.unknown_for("Snowflake")
    assert found.parameters["Snowflake"] == {}
    found.require_known("PostgreSQL")
    with pytest.raises(DiagnosticError) as caught:
        found.require_known("Snowflake")
    assert "provider snowflake.password, provider snowflake.host." in caught.value.diagnostic.detail


def test_a_whole_object_may_be_unknown() -> None:
    assert configured(snowflake=UNKNOWN).unknown_for("Snowflake") == ["provider snowflake"]


@pytest.mark.parametrize(("member", "value", "rule"), [
    ("port", 0, "must be 1 to 65535"), ("port", 443.5, "must be a whole number"), ("protocol", "ftp", "must be one of"),
])  # fmt: skip
def test_what_cannot_be_is_refused(member: str, value: Any, rule: str) -> None:
    (error,) = validated(snowflake={member: value})

    assert rule in error.detail


def test_what_the_drivers_read_from_the_environment_is_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = (
        "PGPASSWORD",
        "SNOWFLAKE_PASSWORD",
        "SNOWFLAKE_PRIVATE_KEY",
        "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE",
    )
    for name in variables:
        monkeypatch.setenv(name, f"secret of {name}")

    assert set(KrenalisProvider().secrets()) == {f"secret of {name}" for name in variables}


@pytest.mark.parametrize("name", ["password", "private_key", "private_key_passphrase"])
def test_secrets_of_the_block_are_sensitive(name: str) -> None:
    snowflake: Any = SCHEMA.attributes["snowflake"]

    assert snowflake.attributes[name].sensitive


@pytest.mark.parametrize(("attribute", "variable", "rehearse"), [
    (None, None, False), (None, "true", True), (None, "false", False), (True, "false", True), (False, "true", False),
    (UNKNOWN, "true", UNKNOWN),
])  # fmt: skip
def test_a_rehearsal_is_asked_for_by_the_block_and_else_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, attribute: Any, variable: str | None, rehearse: Any
) -> None:
    if variable:
        monkeypatch.setenv("KRENALIS_REHEARSE", variable)

    assert configured(rehearse=attribute).rehearse is rehearse


def test_another_word_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRENALIS_REHEARSE", "yes")
    request = ProviderRequest(config=block())

    assert configure(request).rehearse is False
    (error,) = request.diagnostics
    assert error.summary == "Invalid environment variable"
    assert error.detail == 'KRENALIS_REHEARSE: must be one of "true", "false", got: "yes".'

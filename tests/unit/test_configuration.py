"""The provider block: what it holds for each platform, and what is not known of it yet."""

from typing import Any

import pytest

from krenalis_provider.configuration import SCHEMA, Configuration, configure
from krenalis_provider.connection_parameters import BLOCKS
from krenalis_provider.provider import KrenalisProvider
from krenalis_provider.warehouses.platform import Platform
from krenalis_provider.warehouses.registry import PLATFORMS
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.confidential import sensitive_strings
from tfplugin.cty import STRING, UNKNOWN, Dynamic, Map, Object, infer
from tfplugin.diagnostics import DiagnosticError
from tfplugin.provider import ProviderRequest


def block(**given: Any) -> dict[str, Any]:
    """A provider block; the platforms' objects are of dynamic type."""
    objects = {name: infer(given[name]) for name in BLOCKS.values() if name in given}
    return {**dict.fromkeys(SCHEMA.attributes), **given, **objects}


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
    for unknown in (UNKNOWN, Dynamic(Object({"password": STRING}), UNKNOWN), Dynamic(Map(STRING), UNKNOWN)):
        assert configured(snowflake=unknown).unknown_for("Snowflake") == ["provider snowflake"]
        assert validated(snowflake=unknown) == []


@pytest.mark.parametrize(("nested", "told"), [
    ({"snowflake": {"port": 0}}, "snowflake.port: must be a whole number from 1 to 65535."),
    ({"snowflake": {"port": 443.5}}, "snowflake.port: must be a whole number from 1 to 65535."),
    ({"snowflake": {"port": "0x50"}}, "snowflake.port: must be a number."),
    ({"snowflake": {"port": True}}, "snowflake.port: must be a number."),
    ({"snowflake": {"protocol": "HTTPS"}}, 'snowflake.protocol: must be one of https, http (did you mean "https"?).'),
    ({"postgresql": {"sslmode": "secret"}},
     "postgresql.sslmode: must be one of disable, allow, prefer, require, verify-ca, verify-full."),
    ({"postgresql": {"ssl_mode": "verify-full"}},
     'postgresql.ssl_mode: is not a setting of the provider for PostgreSQL; did you mean "sslmode"?'),
    ({"postgresql": {"pasword": UNKNOWN}},
     'postgresql.pasword: is not a setting of the provider for PostgreSQL; did you mean "password"?'),
    ({"postgresql": {"tls": False}}, ("postgresql.tls: is not a setting of the provider for PostgreSQL; the settings are "
     "password, role, sslmode, sslrootcert, sslcert, sslkey and sslpassword.")),
    ({"postgresql": {"host": "db"}},
     ("postgresql.host: is not a setting of the provider for PostgreSQL; set it in warehouse.settings.host of the "
     "resource or data source.")),
    ({"postgresql": {"-----BEGIN KEY-----": "x"}}, "postgresql: has a key that is not a setting."),
    ({"postgresql": {"role": ["a"]}}, "postgresql.role: must be text."),
    ({"postgresql": {"password": {"value": "a"}}}, "postgresql.password: must be text."),
    ({"postgresql": "secret"}, "postgresql: must be an object, such as { password = var.password }."),
    ({"postgresql": [{"role": "a"}]}, "postgresql: must be an object, such as { password = var.password }."),
    ({"postgresql": Dynamic(STRING, UNKNOWN)}, "postgresql: must be an object, such as { password = var.password }."),
    ({"postgresql": Dynamic(Object({"ssl_mode": STRING}), UNKNOWN)},
     'postgresql.ssl_mode: is not a setting of the provider for PostgreSQL; did you mean "sslmode"?'),
])  # fmt: skip
def test_what_cannot_be_is_refused_without_its_value(nested: dict[str, Any], told: str) -> None:
    assert [each.detail for each in validated(**nested)] == [f"provider {told}"]
    request = ProviderRequest(config=block(**nested))
    configure(request)
    assert [each.detail for each in request.diagnostics] == [f"provider {told}"]


@pytest.mark.parametrize("given", [
    infer({"password": 12345, "role": True, "sslmode": None}),
    Dynamic(Map(STRING), {"password": "12345", "role": "true"}),
    Dynamic(Object({"password": STRING, "role": STRING}), {"password": "12345", "role": "true"}),
])  # fmt: skip
def test_texts_come_as_terraform_would_convert_them(given: Any) -> None:
    assert validated(postgresql=given) == []
    assert configured(postgresql=given).parameters["PostgreSQL"] == {"password": "12345", "role": "true"}


@pytest.mark.parametrize(
    ("port", "text"), [(8080, "8080"), ("8080", "8080"), ("8.08e3", "8080"), (8080.0, "8080")]
)
def test_numbers_come_as_terraform_would_convert_them(port: Any, text: str) -> None:
    assert configured(snowflake={"port": port}).parameters["Snowflake"] == {"port": text}


@pytest.mark.parametrize(
    "nothing", [None, {}, {"password": None}, Dynamic(Object({"password": STRING}), None)]
)
def test_an_object_may_hold_nothing(nothing: Any) -> None:
    assert validated(postgresql=nothing) == []
    assert configured(postgresql=nothing).parameters["PostgreSQL"] == {}
    assert configured(postgresql=nothing).unknown_for("PostgreSQL") == []


@pytest.mark.parametrize(("given", "secrets"), [
    ({"password": "hunter22", "sslmode": "prefer", "role": "owners", "sslrootcert": "system"}, ["hunter22"]),
    ({"password": 123456}, ["123456"]),
    ({"pasword": "hunter22", "ssl_mode": "verify-full", "tls": True}, ["hunter22"]),
    ({"role": {"name": "hunter22"}, "password": ["a key"]}, ["hunter22", "a key"]),
    ("hunter22", ["hunter22"]), (["hunter22"], ["hunter22"]), (Dynamic(Map(STRING), {"password": "hunter22"}), ["hunter22"]),
    ({"password": UNKNOWN, "more": None}, []), (UNKNOWN, []), (None, []),
])  # fmt: skip
def test_every_text_is_secret_but_that_of_a_setting_that_is_none(given: Any, secrets: list[str]) -> None:
    assert list(sensitive_strings(SCHEMA.attributes, block(postgresql=given))) == secrets


def test_what_the_drivers_read_from_the_environment_is_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = (
        "PGPASSWORD",
        "SNOWFLAKE_PASSWORD",
        "SNOWFLAKE_PRIVATE_KEY",
        "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE",
        "KRENALIS_API_KEY",
    )
    for name in variables:
        monkeypatch.setenv(name, f"secret of {name}")

    assert set(KrenalisProvider().secrets()) == {f"secret of {name}" for name in variables}


def test_secrets_of_the_block_are_sensitive() -> None:
    secrets = {"password": "p55", "private_key": "k55", "private_key_passphrase": "w55"}

    found = sensitive_strings(SCHEMA.attributes, block(snowflake={**secrets, "host": "h55", "port": 5555}))

    assert sorted(found) == sorted(secrets.values())


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_the_documentation_lists_the_keys(platform: Platform) -> None:
    described = SCHEMA.attributes[BLOCKS[platform.name]].description

    for each in platform.parameters:
        sensitive = ", Sensitive" if each.sensitive else ""
        form = "Number" if each.is_number else "String"
        assert f"\n- `{each.name}` ({form}{sensitive}) {each.description}" in described
        assert all(f"`{choice}`" in described for choice in each.choices)
        assert each.variable in described


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


@pytest.mark.parametrize(("attribute", "variable", "own", "counts"), [
    (None, None, None, "error"), (None, "warn", None, "warn"), ("off", "warn", None, "off"), ("off", "warn", "error", "error"),
    ("strict", None, "warn", "warn"), ("strict", "off", None, "strict"), (None, "strict", "warn", "strict"),
    ("warn", "strict", None, "strict"), ("off", "strict", "off", "strict"), (UNKNOWN, "strict", None, "strict"),
    (UNKNOWN, None, None, "warn"), (None, "strict", UNKNOWN, "strict"), ("strict", None, UNKNOWN, "strict"),
])  # fmt: skip
def test_a_strict_check_of_the_environment_is_lowered_by_nothing(
    monkeypatch: pytest.MonkeyPatch, attribute: Any, variable: str | None, own: Any, counts: str
) -> None:
    if variable:
        monkeypatch.setenv("KRENALIS_PLAN_CHECK", variable)

    assert configured(plan_check=attribute).plan_check_of(own) == counts

"""What a login to PostgreSQL takes of the configuration, and what of its surroundings."""

from pathlib import Path
from typing import Final

import pytest
from psycopg import pq

from krenalis_provider.warehouses.postgresql.login import conninfo_of
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings

SETTINGS: Final = PostgreSQLSettings(
    host="/no/such", port=5433, username="krenalis", database="cdp", schema="public", password="s3cret"
)
PARAMETERS: Final = {
    "sslmode": "verify-ca",
    "sslrootcert": "/a/root.crt",
    "sslcert": "/a/c.crt",
    "sslkey": "/a/c.key",
}

CONFIGURED: Final = {
    "host": "/no/such", "hostaddr": "", "port": "5433", "user": "krenalis", "dbname": "cdp", "replication": "",
    "load_balance_hosts": "disable", "application_name": "terraform-provider-krenalis", "client_encoding": "UTF8",
}  # fmt: skip
"""By parameter of libpq: what counts whatever the environment and a service file say."""
CONFIGURED_WHERE_GIVEN: Final = {
    **PARAMETERS, "password": "s3cret", "sslpassword": "sesame", "gssencmode": "disable", "sslcertmode": "allow",
}  # fmt: skip
"""The same, if the configuration says it; else the surroundings count."""
LEFT_TO_SURROUNDINGS: Final = {
    "service", "passfile", "channel_binding", "connect_timeout", "options", "fallback_application_name", "keepalives",
    "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "sslnegotiation", "sslcompression",
    "sslcrl", "sslcrldir", "sslsni", "requirepeer", "require_auth", "min_protocol_version", "max_protocol_version",
    "ssl_min_protocol_version", "ssl_max_protocol_version", "krbsrvname", "gsslib", "gssdelegation",
    "target_session_attrs", "scram_client_key", "scram_server_key", "oauth_issuer", "oauth_client_id",
    "oauth_client_secret", "oauth_scope", "sslkeylogfile",
}  # fmt: skip
"""What leads nowhere else: how to prove who one is, what to demand of the server, how long to wait."""
DECOY: Final = "99"
"""Something that a service file and the environment may hold for any parameter."""

DEFINED: Final = [each.keyword.decode() for each in pq.Conninfo.get_defaults()]


def effective(parameters: dict[str, str], settings: PostgreSQLSettings = SETTINGS) -> dict[str, str]:
    """What libpq makes of it all; it finds no socket, and so goes nowhere."""
    connection = pq.PGconn.connect_start(conninfo_of(settings, parameters).encode())
    try:
        return {each.keyword.decode(): (each.val or b"").decode() for each in connection.info}
    finally:
        connection.finish()


@pytest.fixture(params=["environment", "service file"])
def surroundings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Where a decoy for every parameter of libpq is that can be there."""
    if request.param == "environment":
        for each in pq.Conninfo.get_defaults():
            if each.envvar and each.keyword != b"service":
                monkeypatch.setenv(each.envvar.decode(), DECOY)
    else:
        lines = [f"{name}={DECOY}\n" for name in DEFINED if name != "service"]
        (tmp_path / "services").write_text("[warehouse]\n" + "".join(lines))
        monkeypatch.setenv("PGSERVICE", "warehouse")
        monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    return str(request.param)


def test_every_parameter_of_libpq_is_decided() -> None:
    decided = CONFIGURED.keys() | CONFIGURED_WHERE_GIVEN.keys() | LEFT_TO_SURROUNDINGS
    assert not set(DEFINED) - decided


@pytest.mark.parametrize("name", DEFINED)
def test_what_the_configuration_says_wins_and_what_it_leaves_out_is_left_to_libpq(
    name: str, surroundings: str
) -> None:
    told = effective({**PARAMETERS, "sslpassword": "sesame"})[name]
    if name in LEFT_TO_SURROUNDINGS:
        definition = next(each for each in pq.Conninfo.get_defaults() if each.keyword.decode() == name)
        may_be_there = surroundings == "service file" or definition.envvar
        assert name == "service" or (told == DECOY) == bool(may_be_there)
    else:
        assert told == {**CONFIGURED, **CONFIGURED_WHERE_GIVEN}[name]


def test_what_only_the_surroundings_say_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CONFIGURED_WHERE_GIVEN:
        definition = next(each for each in pq.Conninfo.get_defaults() if each.keyword.decode() == name)
        if definition.envvar:
            monkeypatch.setenv(definition.envvar.decode(), DECOY)
    open_settings = PostgreSQLSettings(host="/no/such", port=1, username="u", database="d", schema="s")
    told = effective({}, open_settings)
    assert {told[name] for name in CONFIGURED_WHERE_GIVEN.keys() - {"sslpassword"}} == {DECOY}


@pytest.mark.parametrize("empty", ["sslrootcert", "sslcert", "sslkey", "sslmode", "password"])
def test_an_empty_parameter_is_none(empty: str) -> None:
    assert conninfo_of(SETTINGS, {empty: ""}) == conninfo_of(SETTINGS, {})


def test_authorities_without_a_mode_mean_that_the_name_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    assert effective({"sslrootcert": "/a/root.crt"})["sslmode"] == "verify-full"
    assert effective({"sslcert": "/a/c.crt"})["sslmode"] == "prefer"
    monkeypatch.setenv("PGSSLMODE", "prefer")
    assert effective({"sslrootcert": "/a/root.crt"})["sslmode"] == "prefer"


def test_no_passphrase_is_ever_asked_for_on_a_terminal() -> None:
    assert effective({})["sslpassword"]

"""TLS with Snowflake: who is trusted (docs/facts/snowflake.md, "The driver"), and what is told of who is not."""

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.certificates import Authority, Certificate
from tests.support.snowflake_wire import HOST, Wire, wire

UNTRUSTED = "Snowflake's certificate does not verify"
CONNECTS = """
import sys
from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.warehouses.snowflake import connection
from krenalis_provider.warehouses.snowflake.session import session
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings
from tfplugin.deadline import Deadline

settings = SnowflakeSettings(
    account="organization-account", username="u", password="p", role="r", database="d", schema="s", warehouse="w"
)
connection._LONGEST_PAUSE = 250
try:
    with session(settings, {"host": sys.argv[1], "port": sys.argv[2]}, Deadline.after(60)):
        print("connected")
except WarehouseError as error:
    print(error.finding.verdict.name, error.path, error.summary, error.detail, sep="|")
"""
"""In a process of its own, because the driver reads once in a process which authorities it trusts."""


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make()


def told(server: Wire, authority: Authority | None, folder: Path, **variables: str) -> str:
    """What a connection to the server comes to, where the authority is trusted, or none is but the system's."""
    environment = {**os.environ, **variables}
    if authority:
        file = folder / "authorities.pem"
        file.write_text(authority.text)
        environment["SSL_CERT_FILE"] = str(file)
    run = subprocess.run(
        [sys.executable, "-c", CONNECTS, HOST, str(server.port)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    assert run.stderr == ""
    return run.stdout.strip()


def speaks(certificate: Certificate, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate.write(folder, "server"))
    return context


def test_the_authority_of_a_proxy_can_be_trusted(authority: Authority, tmp_path: Path) -> None:
    with wire(tls=speaks(authority.sign("snowflake", HOST), tmp_path)) as server:
        assert told(server, authority, tmp_path) == "connected"


def test_nobody_is_asked_for_revocations(authority: Authority, tmp_path: Path) -> None:
    with wire() as revocations:
        certificate = authority.sign("snowflake", HOST, revocations=f"http://{HOST}:{revocations.port}/list")
        with wire(tls=speaks(certificate, tmp_path)) as server:
            assert told(server, authority, tmp_path) == "connected"
    assert revocations.requests == []


@pytest.mark.parametrize(
    ("name", "days", "trusted", "words"),
    [
        pytest.param(HOST, 30, False, "UnknownIssuer", id="unknown authority"),
        pytest.param("other.example", 30, True, "other.example", id="other name"),
        pytest.param(HOST, -1, True, "xpired", id="expired"),
    ],
)
def test_a_certificate_that_does_not_verify_is_told_with_the_remedy(
    name: str, days: int, words: str, authority: Authority, tmp_path: Path, *, trusted: bool
) -> None:
    with wire(tls=speaks(authority.sign("snowflake", name, days=days), tmp_path)) as server:
        verdict, path, summary, detail = told(server, authority if trusted else None, tmp_path).split("|")
        assert server.requests == []
    assert (verdict, path, summary) == ("COULD_NOT_TELL", "warehouse.settings.account", UNTRUSTED)
    assert words in detail
    assert "SSL_CERT_FILE" in detail


def test_a_server_without_tls_is_sent_nothing(tmp_path: Path) -> None:
    with wire() as server:
        verdict, _, summary, _ = told(server, None, tmp_path).split("|")
        assert server.requests == []
    assert (verdict, summary) == ("COULD_NOT_TELL", "Something else than Snowflake answered")


def test_a_proxy_that_lets_nobody_through_is_told_without_its_password(tmp_path: Path) -> None:
    with wire() as server, wire() as proxy:
        address = f"http://somebody:hidden-7a@{HOST}:{proxy.port}"
        verdict, _, _, detail = told(server, None, tmp_path, HTTPS_PROXY=address, NO_PROXY="").split("|")
        assert server.requests == []
    assert verdict == "COULD_NOT_TELL"
    assert "tunnel error" in detail
    assert "HTTPS_PROXY" in detail
    assert "hidden-7a" not in detail

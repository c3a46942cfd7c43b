"""TLS: whose certificates count, and what is said where there is none."""

import logging
import ssl
from pathlib import Path

import pytest

from krenalis_provider.api import errors, tls
from tests.support.api_calls import ANSWERS, KEY, LIST, api
from tests.support.certificates import Authority
from tests.support.processes import SECONDS
from tests.support.scripted_server import answer, say, scripted
from tfplugin.deadline import Deadline

LISTED = ANSWERS["GET /workspaces"]
OURS = Authority.make()
SERVER = OURS.sign("krenalis", "127.0.0.1")


def authorities(folder: Path, authority: Authority = OURS) -> Path:
    file = folder / "authorities.pem"
    file.write_text(authority.text)
    return file


def failed(
    endpoint: str, ca_cert_file: object, kind: type[errors.NoAnswer] = errors.Untrusted
) -> errors.NoAnswer:
    with pytest.raises(kind) as caught:
        LIST(api(endpoint, ca_cert_file), Deadline.after(SECONDS))
    assert not caught.value.sent
    return caught.value


def test_a_private_authority_counts_where_it_is_named(tmp_path: Path) -> None:
    with scripted(answer(200, LISTED), certificate=SERVER, folder=tmp_path) as server:
        LIST(api(server.endpoint, authorities(tmp_path)), Deadline.after(SECONDS))

    assert len(server.received) == 1


def test_the_usual_variable_names_authorities_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities(tmp_path)))
    with scripted(answer(200, LISTED), certificate=SERVER, folder=tmp_path) as server:
        LIST(api(server.endpoint), Deadline.after(SECONDS))


def test_an_unknown_authority_is_refused_and_nothing_is_sent(tmp_path: Path) -> None:
    with scripted(answer(200, LISTED), certificate=SERVER, folder=tmp_path) as server:
        error = failed(server.endpoint, None)

    assert "name a file with the authority's own in `ca_cert_file`" in error.detail
    assert server.received == []
    assert server.connections == 1


def test_another_authority_in_the_file_is_refused(tmp_path: Path) -> None:
    with scripted(answer(200, LISTED), certificate=SERVER, folder=tmp_path) as server:
        error = failed(server.endpoint, file := authorities(tmp_path, Authority.make("Another one")))

    assert f"`ca_cert_file` ({file}) has no authority that has signed it" in error.detail


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    other = OURS.sign("krenalis", "krenalis.example.com")
    with scripted(answer(200, LISTED), certificate=other, folder=tmp_path) as server:
        error = failed(server.endpoint, authorities(tmp_path))

    assert "Use the name that the certificate is for" in error.detail


def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    old = OURS.sign("krenalis", "127.0.0.1", days=-1)
    with scripted(answer(200, LISTED), certificate=old, folder=tmp_path) as server:
        error = failed(server.endpoint, authorities(tmp_path))

    assert "not valid today" in error.detail


def test_https_at_a_port_that_speaks_http_is_explained() -> None:
    with scripted(say(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        error = failed(server.endpoint.replace("http://", "https://"), None, errors.WithoutTLS)

    assert "does not speak TLS" in error.detail
    assert "`http://`?" in error.detail


def test_http_at_a_port_that_speaks_https_is_explained(tmp_path: Path) -> None:
    with scripted(answer(200, LISTED), certificate=SERVER, folder=tmp_path) as server:
        endpoint = server.endpoint.replace("https://", "http://")
        with pytest.raises(errors.NoAnswer) as caught:
            LIST(api(endpoint), Deadline.after(SECONDS))

    assert "ended the connection" in caught.value.detail or "`https://`" in caught.value.detail


@pytest.mark.parametrize(("text", "reason"), [
    (None, "cannot be read: No such file"), ("", "PEM"), ("-----BEGIN CERTIFICATE-----\nx\n", "PEM"),
    ("no certificate", "PEM"),
])  # fmt: skip
def test_a_file_without_authorities_is_explained(text: str | None, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "authorities.pem"
    if text is not None:
        file.write_text(text)
    error = failed("https://127.0.0.1:9", file, errors.NoAuthorities)

    assert f"`ca_cert_file` ({file}) " in error.detail
    assert reason in error.detail


def test_the_packages_authorities_count_where_a_system_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = ssl.DefaultVerifyPaths(None, str(tmp_path), "", "", "", "")  # type: ignore[arg-type]
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: none)

    assert tls.context(None).cert_store_stats()["x509_ca"] > 20


def test_the_log_has_neither_the_key_nor_a_header(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted(answer(200, LISTED, Set_Cookie="canary"), certificate=SERVER, folder=tmp_path) as server:
        LIST(api(server.endpoint, authorities(tmp_path)), Deadline.after(SECONDS))

    assert "GET /v1/workspaces: 200" in caplog.text
    assert KEY not in caplog.text
    assert "canary" not in caplog.text

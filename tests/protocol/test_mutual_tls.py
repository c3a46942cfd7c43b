"""Who may speak with the executable, and where its key is (docs/facts/terraform.md, "TLS between Terraform and a provider")."""

import json
import select
import ssl
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.protocol.conftest import Start
from tests.support.plugin import (
    Identity,
    Plugin,
    client_certificate,
    client_context,
    connect,
    connect_in_plain_text,
    get_schema,
    shut_down,
    terraform_identity,
)
from tests.support.processes import SECONDS
from tests.support.terraform import Terraform
from tests.support.workspaces import configuration

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # with an empty frame of settings
SETTINGS = 4
TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.fixture(scope="module")
def plugin(start: Start) -> Iterator[Plugin]:
    with start() as plugin:
        yield plugin


def test_terraform_itself_is_served(terraform: Terraform) -> None:
    settings = dict.fromkeys(["host", "username", "password", "database", "schema"], "x")
    terraform.write(configuration({**settings, "port": 5432}))
    log = terraform.log()

    terraform.validate()

    assert "Refused a connection" not in log.read_text()
    assert "tf_rpc=ValidateResourceConfig" in log.read_text()


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_whoever_has_terraforms_key_is_served(plugin: Plugin, version: ssl.TLSVersion) -> None:
    context = client_context(terraform_identity(), plugin.certificate)
    context.minimum_version = context.maximum_version = version

    with connect(plugin.socket, context) as client:
        client.sendall(PREFACE)
        answer = client.recv(9)

    assert answer[3] == SETTINGS


def test_the_protocol_is_negotiated_as_newer_clients_of_grpc_demand(plugin: Plugin) -> None:
    with connect(plugin.socket, client_context(terraform_identity(), plugin.certificate)) as client:
        assert client.selected_alpn_protocol() == "h2"


def no_identity() -> None:
    return None


# the other one differs from Terraform's in nothing but the key
@pytest.mark.parametrize("identity", [no_identity, Identity.make])
@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_whoever_has_not_is_refused(
    plugin: Plugin, version: ssl.TLSVersion, identity: Callable[[], Identity | None]
) -> None:
    context = client_context(identity(), plugin.certificate)
    context.maximum_version = version

    with (
        pytest.raises(ssl.SSLError, match=r"ALERT_(HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED|UNKNOWN_CA)"),
        connect(plugin.socket, context) as client,
    ):
        client.recv(1)

    assert get_schema(plugin).resource_schemas


def test_tls_1_1_is_refused(plugin: Plugin) -> None:
    context = client_context(terraform_identity(), plugin.certificate)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # or this side would refuse it
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1

    with pytest.raises(ssl.SSLError, match=r"ALERT_PROTOCOL_VERSION"):
        connect(plugin.socket, context).close()

    assert get_schema(plugin).resource_schemas


@pytest.mark.parametrize("said", [PREFACE, b"\0" * 100, b"\x16\x03\x01\x02\0" + b"x" * 10_000])
def test_plain_text_and_garbage_are_refused(plugin: Plugin, said: bytes) -> None:
    with connect_in_plain_text(plugin.socket) as client:
        client.sendall(said)
        try:
            answer = client.recv(9)
        except ConnectionResetError:
            answer = b""

    assert answer[:1] in {b"", b"\x15"}  # at most an alert of TLS
    assert get_schema(plugin).resource_schemas


def test_clients_that_say_nothing_hold_up_nobody(plugin: Plugin) -> None:
    silent = [connect_in_plain_text(plugin.socket) for _ in range(20)]

    assert get_schema(plugin).resource_schemas

    for client in silent:
        client.close()


def test_the_log_says_why_somebody_was_refused(start: Start) -> None:
    with start() as plugin:
        with (
            pytest.raises(ssl.SSLError),
            connect(plugin.socket, client_context(None, plugin.certificate)) as client,
        ):
            client.recv(1)
        assert plugin.process.stderr
        # who ends a process ends what it is about to say, too
        assert select.select([plugin.process.stderr], [], [], SECONDS)[0]
        line = json.loads(plugin.process.stderr.readline())
        shut_down(plugin)

    assert line["@level"] == "warn"
    assert line["@message"] == "Refused a connection"
    assert "peer did not return a certificate" in line["reason"]


def test_there_is_no_file_in_its_folders(start: Start) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, start({"TMPDIR": folder}) as plugin:
        get_schema(plugin)
        found = [path for path in Path(folder).rglob("*") if not path.is_dir()]
        assert Path(plugin.socket) in found
        assert all(path.is_socket() for path in found)


def test_its_key_is_never_written_to_a_disk() -> None:
    code = """
import os, sys, tfplugin.certificate, tfplugin.tls
def hook(event, args):
    if event == "open" and isinstance(args[0], str) and args[2] & (os.O_WRONLY | os.O_RDWR):
        print(args)
sys.dont_write_bytecode = True
sys.addaudithook(hook)
certificate, key = tfplugin.certificate.make_certificate()
context = tfplugin.tls.server_context(certificate, key)
tfplugin.tls.serve_only(context, os.environ["PLUGIN_CLIENT_CERT"])
print(context.cert_store_stats()["x509"])
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PLUGIN_CLIENT_CERT": client_certificate()},
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout == "1\n"  # the one certificate that is trusted, and no file

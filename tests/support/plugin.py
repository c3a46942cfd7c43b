"""A provider without Terraform: as a process that speaks gRPC, and as handlers in this process."""

import base64
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.host import Host, Process
from tests.support.processes import SECONDS
from tests.support.terraform_process import KRENALIS
from tests.support.tls_client import in_plain_text
from tfplugin._generated import go_plugin_pb2
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import Object, Value, msgpack_codec
from tfplugin.provider import Provider
from tfplugin.rpc.session import Session

COOKIE = {
    "TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
    "PLUGIN_PROTOCOL_VERSIONS": "5,6",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A self-signed certificate and its key, both in PEM."""

    certificate: str
    key: str

    @classmethod
    def make(cls) -> "Identity":
        """Such as Terraform makes for itself: P-521."""
        key = ec.generate_private_key(ec.SECP521R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(seconds=30))
            .not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA512())
        )
        return cls(
            certificate.public_bytes(serialization.Encoding.PEM).decode(),
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode(),
        )


@cache
def terraform_identity() -> Identity:
    """That of Terraform in the tests."""
    return Identity.make()


def client_certificate() -> str:
    """What Terraform tells the provider of itself."""
    return terraform_identity().certificate


def client_context(identity: Identity | None, server_certificate: str) -> ssl.SSLContext:
    """How to connect as Terraform does, with another identity or without one."""
    context = ssl.create_default_context(cadata=server_certificate)
    context.set_alpn_protocols(["h2"])
    context.set_ciphers("DEFAULT:@SECLEVEL=1")  # like Terraform, it takes keys of 1024 bits
    if identity:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(identity.certificate + identity.key)
            file.flush()
            context.load_cert_chain(file.name)
    return context


def connect_in_plain_text(path: str) -> socket.socket:
    """A connection to a unix socket that does not wait for ever for an answer."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(SECONDS)
    connection.connect(path)
    return connection


def connect(path: str, context: ssl.SSLContext, *, suppress_ragged_eofs: bool = True) -> ssl.SSLSocket:
    """The same with TLS, after the handshake as far as the client sees it."""
    return context.wrap_socket(
        connect_in_plain_text(path), server_hostname="localhost", suppress_ragged_eofs=suppress_ragged_eofs
    )


@dataclass(frozen=True, slots=True)
class Plugin:
    """A provider process after its handshake."""

    process: "subprocess.Popen[bytes] | Process"
    fields: tuple[str, ...]
    """Those of the handshake line."""

    @property
    def socket(self) -> str:
        """The path of its socket."""
        return self.fields[3]

    @property
    def certificate(self) -> str:
        """Its certificate in PEM; the handshake line leaves out the padding."""
        field = self.fields[5]
        der = base64.b64decode(field + "=" * (-len(field) % 4), validate=True)
        return ssl.DER_cert_to_PEM_cert(der)

    @contextmanager
    def in_plain_text(self) -> Iterator[str]:
        """A socket for clients without TLS; beyond it, the provider sees a client such as Terraform.

        It trusts the certificate of the handshake for ``localhost``.
        """
        if self.fields[5]:
            with in_plain_text(
                self.socket, client_context(terraform_identity(), self.certificate)
            ) as address:
                yield address
        else:
            yield self.socket

    @contextmanager
    def channel(self) -> Iterator[grpc.Channel]:
        """A connection as Terraform makes it."""
        options = [
            ("grpc.max_receive_message_length", -1),
            ("grpc.max_send_message_length", -1),
            # not a connection that another channel has made
            ("grpc.use_local_subchannel_pool", 1),
        ]
        with self.in_plain_text() as address, grpc.insecure_channel(f"unix:{address}", options) as channel:
            yield channel


@contextmanager
def starting_by(
    host: Host,
    environment: Mapping[str, str | None] | None = None,
    *,
    program: Path = KRENALIS.path,
    by: Sequence[str | Path] = (),
    folder: Path | None = None,
    leaked: Sequence[int] = (),
) -> Iterator[Process]:
    """The executable, started by `host` in one of the ways of the warm start; see `starting`.

    It inherits the descriptors `leaked` too.
    """
    variables = {**os.environ, **COOKIE, "PLUGIN_CLIENT_CERT": client_certificate(), **(environment or {})}
    given = {name: value for name, value in variables.items() if value is not None}
    with host.start([*by, program], env=given, cwd=folder, leaked=leaked) as process:
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def starting(
    environment: Mapping[str, str | bytes | None] | None = None,
    *,
    tls: bool = True,
    program: Path = KRENALIS.path,
    by: Sequence[str | Path] = (),
    folder: Path | None = None,
    prepare: Callable[[], object] | None = None,
) -> Iterator["subprocess.Popen[bytes]"]:
    """A provider's executable, started as Terraform does; killed at the end if it is still there.

    Variables that are None are not set. `by` is a command that starts the program, which is its last argument;
    `prepare` is called in the new process.
    """
    # who starts it is no Terraform: a warm parent would outlive the test
    variables: dict[str, str | bytes | None] = {**os.environ, **COOKIE, "KRENALIS_WARM_START": "off"}
    variables |= {"PLUGIN_CLIENT_CERT": client_certificate()} if tls else {}
    variables |= environment or {}
    with subprocess.Popen(
        [*by, program],
        env={name: value for name, value in variables.items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd=folder,
        preexec_fn=prepare,  # noqa: PLW1509 - no test has threads when it starts a provider
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def started(
    environment: Mapping[str, str | bytes | None] | None = None, *, tls: bool = True, **others: Any
) -> Iterator[Plugin]:
    """The same, after its handshake."""
    with starting(environment, tls=tls, **others) as process, _after_its_handshake(process) as plugin:
        yield plugin


@contextmanager
def started_by(
    host: Host, environment: Mapping[str, str | None] | None = None, **others: Any
) -> Iterator[Plugin]:
    """A provider that `starting_by` has started, after its handshake."""
    with starting_by(host, environment, **others) as process, _after_its_handshake(process) as plugin:
        yield plugin


@contextmanager
def _after_its_handshake(process: "subprocess.Popen[bytes] | Process") -> Iterator[Plugin]:
    assert process.stdout
    line = process.stdout.readline().decode()
    assert line.endswith("\n"), "no handshake line"
    fields = tuple(line.rstrip("\n").split("|"))
    try:
        yield Plugin(process, fields)
    finally:
        process.kill()
        process.wait()
        if not Path(fields[3]).parent.name.startswith("plugin-"):  # the warm parent's
            shutil.rmtree(Path(fields[3]).parent, ignore_errors=True)


def call(channel: grpc.Channel, method: str, request: Any, response: Any) -> Any:
    """A call of the Provider service."""
    return channel.unary_unary(
        f"/tfplugin6.Provider/{method}",
        request_serializer=type(request).SerializeToString,
        response_deserializer=response.FromString,
    )(request, timeout=SECONDS)


def get_schema(plugin: Plugin) -> pb.GetProviderSchema.Response:
    """The provider's schema, by a connection of its own."""
    with plugin.channel() as channel:
        response: pb.GetProviderSchema.Response = call(
            channel, "GetProviderSchema", pb.GetProviderSchema.Request(), pb.GetProviderSchema.Response
        )
    return response


def shut_down(plugin: Plugin) -> None:
    """Ask for the end as Terraform does."""
    with plugin.channel() as channel:
        shutdown = channel.unary_unary(
            "/plugin.GRPCController/Shutdown",
            request_serializer=go_plugin_pb2.Empty.SerializeToString,
            response_deserializer=go_plugin_pb2.Empty.FromString,
        )
        shutdown(go_plugin_pb2.Empty(), timeout=SECONDS)


@dataclass(frozen=True, slots=True)
class Told:
    """A diagnostic of an answer."""

    severity: str
    summary: str
    detail: str
    path: str

    @classmethod
    def of(cls, message: pb.Diagnostic) -> "Told":
        """Read the message; a path of attribute names is written with dots."""
        severity = pb.Diagnostic.Severity.Name(message.severity).lower()
        path = ".".join(step.attribute_name for step in message.attribute.steps)
        return cls(severity, message.summary, message.detail, path)


class Caller:
    """Calls a provider's handlers as Terraform would, with plain Python values."""

    def __init__(self, provider: Provider) -> None:
        self.session = Session(provider)

    def call(self, module: str, request: Any) -> Any:
        """The answer of one handler."""
        return import_module(f"tfplugin.rpc.{module}").handle(self.session, request)

    def type_of(self, resource: str) -> Object:
        """The type of a resource's values."""
        return self.session.resource(resource).schema().type

    def wire(self, type_: Object, value: Mapping[str, Value] | None) -> pb.DynamicValue:
        """A value as Terraform sends it; attributes that are not given are null."""
        whole = None if value is None else {**dict.fromkeys(type_.attributes), **value}
        return pb.DynamicValue(msgpack=msgpack_codec.encode(type_, whole))

    def read(self, type_: Object, message: pb.DynamicValue) -> Any:
        """The value of an answer."""
        return msgpack_codec.decode(type_, message.msgpack) if message.msgpack else None

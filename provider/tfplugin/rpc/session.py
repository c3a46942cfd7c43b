"""The session, which the calls of one process share."""

import contextlib
import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, TypeVar

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.confidential import sensitive_strings, without_write_only
from tfplugin.cty import CtyError, Unknown, conform
from tfplugin.data_source import DataSource
from tfplugin.diagnostics import Diagnostic, DiagnosticError, Diagnostics
from tfplugin.function import Function
from tfplugin.logs import Field, Log
from tfplugin.names import check_names
from tfplugin.nearest import did_you_mean
from tfplugin.provider import Provider
from tfplugin.resource import ObjectValue, Resource
from tfplugin.rpc import wire
from tfplugin.schema import Schema

_T = TypeVar("_T")
_PROTOCOL: Final = "6.11"  # of proto/tfplugin6.proto


class Session:
    """The provider, the client made from its configuration, and the log."""

    def __init__(self, provider: Provider, log: Log | None = None) -> None:
        """Starts without a client. Without `log`, warnings and errors are logged."""
        self.provider = provider
        self.client: Any = None
        self.log = log or Log()
        self.redactor = self.log.redactor
        for secret in provider.secrets():
            self.redactor.learn(secret)

    def answer(self, method: str, handle: Callable[["Session", Any], Any], request: Any) -> Any:
        """The handler's answer; logs the records of a call that Go providers write.

        Source: docs/facts/terraform.md, "The log".
        """
        type_field = "tf_data_source_type" if "Data" in method else "tf_resource_type"
        type_name = getattr(request, "type_name", "")
        about = {type_field: type_name} if type_name else {}
        with self.log.fields(tf_rpc=method, tf_req_id=_request_id(), tf_proto_version=_PROTOCOL, **about):
            self.log.write("trace", "Received request")
            start = time.perf_counter()
            answer = handle(self, request)
            severities = [diagnostic.severity for diagnostic in getattr(answer, "diagnostics", ())]
            self.log.write(
                "debug",
                "Served request",
                tf_req_duration_ms=round((time.perf_counter() - start) * 1000),
                diagnostic_error_count=severities.count(pb.Diagnostic.ERROR),
                diagnostic_warning_count=severities.count(pb.Diagnostic.WARNING),
            )
            return answer

    @cached_property
    def provider_schema(self) -> Schema:
        """The schema of the provider block."""
        return self.provider.schema()

    @cached_property
    def resources(self) -> dict[str, type[Resource]]:
        """Resource types by name."""
        return _named("resource type", self.provider.resources())

    def resource(self, type_name: str) -> Resource:
        """A fresh object of a resource type; raises `DiagnosticError` for an unknown one."""
        if type_name not in self.resources:
            meant = did_you_mean(type_name, self.resources)
            raise DiagnosticError(
                "Unknown resource type", f'This provider has no resource type "{type_name}"{meant}'
            )
        return self.resources[type_name](self.client)

    @cached_property
    def data_sources(self) -> dict[str, type[DataSource]]:
        """Data sources by name."""
        return _named("data source", self.provider.data_sources())

    @cached_property
    def functions(self) -> dict[str, type[Function]]:
        """Functions by name."""
        return _named("function", self.provider.functions())

    def data_source(self, type_name: str) -> DataSource:
        """A fresh object of a data source; raises `DiagnosticError` for an unknown one."""
        if type_name not in self.data_sources:
            meant = did_you_mean(type_name, self.data_sources)
            raise DiagnosticError(
                "Unknown data source", f'This provider has no data source "{type_name}"{meant}'
            )
        return self.data_sources[type_name](self.client)

    def decode(self, schema: Schema, message: pb.DynamicValue) -> ObjectValue | None:
        """Decodes a value of a schema; keeps its sensitive strings out of log and diagnostics from now on."""
        try:
            value: Any = wire.decode(schema.type, message)
        except CtyError as error:
            raise DiagnosticError("Invalid value", f"{error}.", error.path) from error
        if isinstance(value, Unknown):
            raise DiagnosticError("Invalid request", "Terraform sent an unknown value in place of an object.")
        self.learn(schema, value)
        return value  # type: ignore[no-any-return]  # an object type decodes to a dict or None

    def learn(self, schema: Schema, value: Any) -> None:
        """Keeps the sensitive strings of a value out of log and diagnostics from now on."""
        for secret in sensitive_strings(schema.attributes, value):
            self.redactor.learn(secret)

    def decode_present(self, schema: Schema, message: pb.DynamicValue) -> ObjectValue:
        """Does the same as `decode`, for a value that cannot be null."""
        value = self.decode(schema, message)
        if value is None:
            raise DiagnosticError(
                "Invalid request", "Terraform sent no value where the protocol demands one."
            )
        return value

    def canonical(self, schema: Schema, value: ObjectValue | None) -> Any:
        """The canonical form of an author's value, without write-only values. Raises `CtyError` if it does not fit."""
        self.learn(schema, value)
        return conform(schema.type, without_write_only(schema.attributes, value))

    def encode(self, schema: Schema, value: ObjectValue | None) -> pb.DynamicValue:
        """The message for an author's value, without write-only values. Raises `CtyError` if it does not fit."""
        self.learn(schema, value)
        return wire.encode(schema.type, without_write_only(schema.attributes, value))

    @contextlib.contextmanager
    def reporting(self, diagnostics: Diagnostics) -> Iterator[None]:
        """Turns every exception of the body into a diagnostic."""
        try:
            yield
        except DiagnosticError as error:
            diagnostics.add(error.diagnostic)
        except BaseException as error:  # noqa: BLE001 - nothing may leave a call; after SystemExit none would answer
            self.log.failure("Unexpected error in the provider", error)
            diagnostics.error(
                "Unexpected error in the provider",
                f"{''.join(traceback.format_exception_only(error))}\n"
                "This is a bug of the provider; please report it to its developers. "
                "With the environment variable TF_LOG=ERROR, Terraform prints where it happened.",
            )

    def encode_diagnostics(self, diagnostics: Diagnostics) -> list[pb.Diagnostic]:
        """The diagnostics in the protocol's form, without secrets; writes them to the log too."""
        return [self._encode_diagnostic(diagnostic) for diagnostic in diagnostics]

    def _encode_diagnostic(self, diagnostic: Diagnostic) -> pb.Diagnostic:
        message = wire.diagnostic(diagnostic, self.redactor.redact)
        severity = pb.Diagnostic.Severity.Name(message.severity)
        path: dict[str, Field] = (
            {} if diagnostic.path is None else {"diagnostic_attribute": str(diagnostic.path)}
        )
        self.log.write(
            "error" if message.severity == pb.Diagnostic.ERROR else "warn",
            f"Response contains {severity.lower()} diagnostic",
            diagnostic_severity=severity,
            diagnostic_summary=message.summary,
            diagnostic_detail=message.detail,
            **path,
        )
        return message


def _request_id() -> str:
    """A random id in the form of a UUID, without the module `uuid`: importing it would slow down the first call."""
    digits = os.urandom(16).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _named(what: str, things: Mapping[str, _T]) -> dict[str, _T]:
    """Things by name; raises `SchemaError` for a name that Terraform cannot use."""
    check_names(what, things)
    return dict(things)

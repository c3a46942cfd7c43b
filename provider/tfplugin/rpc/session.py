"""What the calls of one process share."""

import contextlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.data_source import DataSource
from tfplugin.diagnostics import DiagnosticError, Diagnostics
from tfplugin.function import Function
from tfplugin.logs import Log, Redactor
from tfplugin.provider import Provider
from tfplugin.resource import ObjectValue, Resource
from tfplugin.rpc import wire
from tfplugin.schema import Schema, sensitive_strings, without_write_only


class Session:
    """The provider, and what was made of its configuration."""

    def __init__(self, provider: Provider) -> None:
        """Not configured yet."""
        self.provider = provider
        self.client: Any = None
        self.redactor = Redactor()
        self.log = Log(self.redactor)

    @cached_property
    def provider_schema(self) -> Schema:
        """The schema of the provider block."""
        return self.provider.schema()

    @cached_property
    def resources(self) -> dict[str, type[Resource]]:
        """Resource types by name."""
        return dict(self.provider.resources())

    def resource(self, type_name: str) -> Resource:
        """A fresh object of a resource type; raises `DiagnosticError` for an unknown one."""
        if type_name not in self.resources:
            raise DiagnosticError(
                "Unknown resource type", f'This provider has no resource type "{type_name}".'
            )
        return self.resources[type_name](self.client)

    @cached_property
    def data_sources(self) -> dict[str, type[DataSource]]:
        """Data sources by name."""
        return dict(self.provider.data_sources())

    @cached_property
    def functions(self) -> dict[str, type[Function]]:
        """Functions by name."""
        return dict(self.provider.functions())

    def data_source(self, type_name: str) -> DataSource:
        """A fresh object of a data source; raises `DiagnosticError` for an unknown one."""
        if type_name not in self.data_sources:
            raise DiagnosticError("Unknown data source", f'This provider has no data source "{type_name}".')
        return self.data_sources[type_name](self.client)

    def decode(self, schema: Schema, message: pb.DynamicValue) -> ObjectValue | None:
        """A value of a schema; its sensitive strings are kept out of log and diagnostics from here on."""
        value: Any = wire.decode(schema.type, message)
        self.learn(schema, value)
        return value  # type: ignore[no-any-return]  # an object type decodes to a dict or None

    def learn(self, schema: Schema, value: Any) -> None:
        """Keep the sensitive strings of a value out of log and diagnostics from here on."""
        for secret in sensitive_strings(schema.attributes, value):
            self.redactor.learn(secret)

    def decode_present(self, schema: Schema, message: pb.DynamicValue) -> ObjectValue:
        """As `decode`, for a value that cannot be null."""
        value = self.decode(schema, message)
        if value is None:
            raise DiagnosticError(
                "Invalid request", "Terraform sent no value where the protocol demands one."
            )
        return value

    def encode(self, schema: Schema, value: ObjectValue | None) -> pb.DynamicValue:
        """A planned or stored value of a schema, without what is write-only. Raises `CtyError` if it does not fit."""
        return wire.encode(schema.type, without_write_only(schema.attributes, value))

    @contextlib.contextmanager
    def reporting(self, diagnostics: Diagnostics) -> Iterator[None]:
        """Turn whatever the body raises into a diagnostic."""
        try:
            yield
        except DiagnosticError as error:
            diagnostics.add(error.diagnostic)
        except Exception as error:  # noqa: BLE001 - nothing may leave a call
            self.log.failure("unexpected error", error)
            diagnostics.error(
                "Unexpected error in the provider",
                f"{type(error).__name__}: {error}\n\n"
                "This is a bug of the provider; please report it to its developers. "
                "With the environment variable TF_LOG=ERROR, Terraform prints where it happened.",
            )

    def encode_diagnostics(self, diagnostics: Diagnostics) -> list[pb.Diagnostic]:
        """The diagnostics as the protocol has them, without secrets."""
        return [wire.diagnostic(d, self.redactor.redact) for d in diagnostics]

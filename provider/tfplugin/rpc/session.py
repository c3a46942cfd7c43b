"""What the calls of one process share."""

import contextlib
import threading
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.diagnostics import DiagnosticError, Diagnostics
from tfplugin.logs import Log, Redactor
from tfplugin.provider import Provider
from tfplugin.resource import ObjectValue, Resource
from tfplugin.rpc import wire
from tfplugin.schema import Schema, sensitive_strings


class Session:
    """The provider, and what was made of its configuration."""

    def __init__(self, provider: Provider) -> None:
        """Not configured yet."""
        self.provider = provider
        self.client: Any = None
        self.redactor = Redactor()
        self.log = Log(self.redactor)
        self.stopping = threading.Event()
        """Set when Terraform asks the calls in flight to end early."""

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

    def decode(self, schema: Schema, message: pb.DynamicValue) -> ObjectValue | None:
        """A value of a schema; its sensitive strings are kept out of log and diagnostics from here on."""
        value: Any = wire.decode(schema.type, message)
        for secret in sensitive_strings(schema.attributes, value):
            self.redactor.learn(secret)
        return value  # type: ignore[no-any-return]  # an object type decodes to a dict or None

    def decode_present(self, schema: Schema, message: pb.DynamicValue) -> ObjectValue:
        """As `decode`, for a value that cannot be null."""
        value = self.decode(schema, message)
        if value is None:
            raise DiagnosticError(
                "Invalid request", "Terraform sent no value where the protocol demands one."
            )
        return value

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

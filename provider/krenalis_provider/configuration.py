"""The provider block: its schema, the environment variables beside it, and what the resources are given of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tfplugin.cty import STRING, Path, Unknown
from tfplugin.diagnostics import DiagnosticError, Diagnostics
from tfplugin.durations import parse_duration
from tfplugin.provider import ProviderRequest
from tfplugin.schema import Attribute, NestedAttribute, Schema
from tfplugin.validators import Validator, duration, one_of

PLAN_CHECKS: Final = ("error", "warn", "off")
_DEFAULT_PLAN_CHECK_TIMEOUT: Final = "10s"

SCHEMA: Final = Schema(
    description=(
        "Manages [Krenalis](https://www.krenalis.com) workspaces. Without a Krenalis server, the provider sets up "
        "the data warehouse itself and keeps the workspace's record in it (direct mode)."
    ),
    attributes={
        "plan_check": Attribute(
            type=STRING,
            optional=True,
            validators=(one_of(*PLAN_CHECKS),),
            description=(
                "What a plan does with what it finds wrong in a live warehouse: `error` (the default) stops, `warn` "
                "goes on with a warning, `off` does not look. Also from `KRENALIS_PLAN_CHECK`."
            ),
        ),
        "plan_check_timeout": Attribute(
            type=STRING,
            optional=True,
            validators=(duration,),
            description=(
                "The longest time that looking at one warehouse may take in a plan, such as `10s` (the default). "
                "Also from `KRENALIS_PLAN_CHECK_TIMEOUT`."
            ),
        ),
        "postgresql": NestedAttribute(
            optional=True,
            description=(
                "How to connect to PostgreSQL, where a workspace does not say it itself. Nothing of this enters the "
                "state, and the values may be ephemeral. What is set neither here nor there comes from libpq's own "
                "sources: `PGPASSWORD`, `.pgpass`, `PGSSLMODE` and so on."
            ),
            attributes={
                "password": Attribute(
                    type=STRING,
                    optional=True,
                    sensitive=True,
                    description="The password of the warehouse's user.",
                ),
                "role": Attribute(
                    type=STRING,
                    optional=True,
                    description=(
                        "The role to work as, by `SET LOCAL ROLE` in each transaction: it owns what is made, so that "
                        "users who come and go can all manage it. The user must be a member of it."
                    ),
                ),
                "sslmode": Attribute(
                    type=STRING,
                    optional=True,
                    validators=(one_of("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),),
                    description="Whether the connection is encrypted and the server's certificate verified; `prefer` by default.",
                ),
                "sslrootcert": Attribute(
                    type=STRING,
                    optional=True,
                    description="File with the certificates of trusted authorities.",
                ),
                "sslcert": Attribute(
                    type=STRING, optional=True, description="File with the client's certificate."
                ),
                "sslkey": Attribute(
                    type=STRING, optional=True, description="File with the client's private key."
                ),
            },
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The provider block as it applies."""

    plan_check: str = "error"
    plan_check_timeout: float = parse_duration(_DEFAULT_PLAN_CHECK_TIMEOUT)
    credentials: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """By platform: what completes a workspace's own settings."""
    unknown: tuple[str, ...] = ()
    """Attributes without which nothing can be connected to, and which are not known yet."""

    def require_known(self) -> None:
        """Raise `DiagnosticError` while there are unknown attributes: data cannot be read without them."""
        if self.unknown:
            raise DiagnosticError(
                "Provider is not configured yet",
                f"Not known yet: {', '.join(f'provider {attribute}' for attribute in self.unknown)}. Let the data "
                "source have depends_on with the resource that these come from: then it is read while applying.",
            )


def configure(request: ProviderRequest) -> Configuration:
    """Read the provider block; an attribute wins over its environment variable."""
    block: Any = request.config
    nested = block["postgresql"]
    members: dict[str, Any] = nested if isinstance(nested, dict) else {}
    unknown = [f"postgresql.{name}" for name, value in members.items() if isinstance(value, Unknown)]
    if isinstance(nested, Unknown):
        unknown.append("postgresql")
    # what is wrong is found again while applying, when everything is known
    default = "warn" if isinstance(block["plan_check"], Unknown) else "error"
    timeout = (
        _setting(block, "plan_check_timeout", duration, request.diagnostics) or _DEFAULT_PLAN_CHECK_TIMEOUT
    )
    return Configuration(
        plan_check=_setting(block, "plan_check", one_of(*PLAN_CHECKS), request.diagnostics) or default,
        plan_check_timeout=parse_duration(timeout),
        credentials={
            "PostgreSQL": {name: value for name, value in members.items() if isinstance(value, str)}
        },
        unknown=tuple(unknown),
    )


def _setting(
    block: Mapping[str, Any], name: str, validator: Validator, diagnostics: Diagnostics
) -> str | None:
    """The attribute's value, else that of its environment variable; None for neither, and for a wrong variable."""
    if isinstance(block[name], str):
        return str(block[name])
    variable = f"KRENALIS_{name.upper()}"
    value = os.environ.get(variable)
    if value and (rule := validator(value)):
        diagnostics.error(
            "Invalid environment variable", f'{variable}: {rule}, got: "{value}".', Path().attribute(name)
        )
        return None
    return value or None

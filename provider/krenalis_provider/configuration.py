"""The provider block: its schema, the environment variables beside it, and what the resources are given of it."""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from krenalis_provider import server_block
from krenalis_provider.connection_parameters import BLOCKS, Given, attribute, read
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.server_block import Mode, ServerBlock
from krenalis_provider.walk import Walk
from krenalis_provider.warehouses.registry import PLATFORMS
from lightstart.records import Record, field
from tfplugin.cty import BOOL, STRING, Path, Unknown, Value
from tfplugin.diagnostics import DiagnosticError, Diagnostics
from tfplugin.durations import parse_duration
from tfplugin.provider import ProviderRequest
from tfplugin.schema import Attribute, Schema
from tfplugin.validators import Validator, duration, one_of

if TYPE_CHECKING:
    from krenalis_provider.workspaces.interface import Workspaces

PLAN_CHECKS: Final = ("strict", "error", "warn", "off")
STRICT: Final = PLAN_CHECKS[0]
_PLAN_CHECK: Final = "plan_check"
_BOOLS: Final = ("true", "false")
_DEFAULT_PLAN_CHECK_TIMEOUT: Final = "10s"

SCHEMA: Final = Schema(
    description=(
        "Manages [Krenalis](https://www.krenalis.com) workspaces: those of a Krenalis server (server mode), or without one, "
        "in data warehouses that the provider sets up itself, with the workspace's record in them (direct mode)."
    ),
    attributes={
        **server_block.ATTRIBUTES,
        _PLAN_CHECK: Attribute(
            type=STRING,
            optional=True,
            validators=(one_of(*PLAN_CHECKS),),
            description=(
                "What a plan does with what it finds wrong in a live warehouse: `error` (the default) stops, `warn` "
                "goes on with a warning, `off` does not look. `strict` also stops at what could not be found out, be it "
                "by a plan or by a refresh. Also from `KRENALIS_PLAN_CHECK`, whose `strict` no setting lowers."
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
        "rehearse": Attribute(
            type=BOOL,
            optional=True,
            description=(
                "Whether a plan in which nothing was found to be wrong also tries what it plans out: the very statements "
                "of applying it are executed in a transaction that is always rolled back, and what PostgreSQL says against "
                "one is found. `false` by default. Nothing that takes long is executed, and no lock on a table with rows is "
                "held for more than 0.1 seconds. Event triggers run as if it were real, sequences move: never set it for "
                "plans of untrusted changes. Snowflake cannot undo definitions, nor can a Krenalis server: there the plan says "
                "that it did not rehearse. Also from `KRENALIS_REHEARSE`."
            ),
        ),
        **{BLOCKS[platform.name]: attribute(platform) for platform in PLATFORMS},
    },
)


class Configuration(Record):
    """The provider block as it applies."""

    plan_check: str = "error"
    is_floor: bool = False
    """Whether `plan_check` is "strict" and no resource can lower it."""
    plan_check_timeout: float = parse_duration(_DEFAULT_PLAN_CHECK_TIMEOUT)
    rehearse: bool | Unknown = False
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """By platform: what completes a workspace's own settings."""
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By platform: attributes without which it cannot be connected to, and which are not known yet."""
    server: ServerBlock = ServerBlock()
    system: "Workspaces | None" = None
    """Where the workspaces live; by default, each in its own warehouse."""
    walk: Walk = field(default_factory=Walk, repr=False, compare=False)
    """The resources that this configured provider has seen."""

    @property
    def workspaces(self) -> "Workspaces":
        """The workspaces that can be reached."""
        from krenalis_provider.workspaces.direct import DirectWorkspaces

        return self.system or DirectWorkspaces(self.parameters)

    @property
    def mode(self) -> Mode:
        """Where the workspaces live."""
        return self.server.mode

    def plan_check_of(self, own: Value) -> str:
        """The plan check of a resource, which may have its `own`; while that is unknown, the provider's."""
        return own if isinstance(own, str) and not self.is_floor else self.plan_check

    def unknown_for(self, platform: str | None) -> list[str]:
        """What is not known yet and is needed to connect to the platform, None for any: ``provider snowflake.host``.

        With a server, what is needed to ask that.
        """
        if self.mode is not Mode.DIRECT:
            return [f"provider {attribute}" for attribute in self.server.unknown]
        return [
            f"provider {attribute}"
            for of, attributes in self.unknown.items()
            for attribute in attributes
            if platform in (None, of)
        ]

    def require_known(self, platform: str | None) -> None:
        """Raise `DiagnosticError` while an attribute is unknown: data cannot be read without it."""
        if unknown := self.unknown_for(platform):
            raise DiagnosticError(
                "Provider is not configured yet",
                f"Not known yet: {', '.join(unknown)}. Let the data source have depends_on with the resource that "
                "these come from: then it is read while applying.",
            )


def validate(request: ProviderRequest) -> None:
    """Report mistakes, without a path: for one, Terraform prints the expression, which may hold a password."""
    block: Any = request.config
    server_block.validate(block, request.diagnostics)
    _given(request)


def configure(request: ProviderRequest) -> Configuration:
    """Read the provider block; a known attribute wins over its environment variable."""
    block: Any = request.config
    given = _given(request)
    parameters = {platform: dict(_known(each)) for platform, each in given.items()}
    unknown = {platform: tuple(_unknown(BLOCKS[platform], each)) for platform, each in given.items()}
    server = server_block.read(block, request.diagnostics)
    # what is wrong is found again while applying, when everything is known
    default = "warn" if isinstance(block[_PLAN_CHECK], Unknown) else "error"
    variable = _variable(_PLAN_CHECK, one_of(*PLAN_CHECKS), request.diagnostics)
    configured = block[_PLAN_CHECK] if isinstance(block[_PLAN_CHECK], str) else None
    timeout = (
        _setting(block, "plan_check_timeout", duration, request.diagnostics) or _DEFAULT_PLAN_CHECK_TIMEOUT
    )
    return Configuration(
        plan_check=STRICT if variable == STRICT else configured or variable or default,
        is_floor=variable == STRICT,
        plan_check_timeout=parse_duration(timeout),
        rehearse=_rehearse(block, request.diagnostics),
        parameters=parameters,
        unknown=unknown,
        server=server,
        system=_system(server, parameters, unknown, request.learn),
    )


def _system(
    server: ServerBlock,
    parameters: Mapping[str, Mapping[str, str]],
    unknown: Mapping[str, tuple[str, ...]],
    learn: Callable[[str], None],
) -> "Workspaces | None":
    if server.mode is Mode.DIRECT:
        return None  # and nothing of the workspaces is imported before they are needed
    from krenalis_provider.workspaces.interface import Means

    return server_block.system(server, Means(parameters=parameters, unknown=unknown, learn=learn))


def _given(request: ProviderRequest) -> dict[str, Given]:
    """By platform: what its object holds, whose mistakes are reported."""
    from krenalis_provider.warehouses.settings import parameters_problems

    block: Any = request.config
    given = {platform.name: read(platform, block[BLOCKS[platform.name]]) for platform in PLATFORMS}
    for platform in PLATFORMS:
        read_ = given[platform.name]
        for problem in (*read_.problems, *parameters_problems(platform, read_.parameters)):
            request.diagnostics.error("Invalid provider configuration", str(problem))
    return given


def _known(given: Given) -> Iterator[tuple[str, str]]:
    """What is known of an object, as text."""
    for name, value in given.parameters.items():
        if value is not UNKNOWN:
            yield name, str(value)


def _unknown(block: str, given: Given) -> Iterator[str]:
    """The paths of what is not known of an object, or its own."""
    if not given.whole:
        yield block
    else:
        yield from (f"{block}.{name}" for name, value in given.parameters.items() if value is UNKNOWN)


def _rehearse(block: Mapping[str, Any], diagnostics: Diagnostics) -> bool | Unknown:
    if isinstance(block["rehearse"], bool | Unknown):
        return block["rehearse"]
    return _setting(block, "rehearse", one_of(*_BOOLS), diagnostics) == "true"


def _setting(
    block: Mapping[str, Any], name: str, validator: Validator, diagnostics: Diagnostics
) -> str | None:
    """The attribute's value, else that of its environment variable; None for neither, and for a wrong variable."""
    if isinstance(block[name], str):
        return str(block[name])
    return _variable(name, validator, diagnostics)


def _variable(name: str, validator: Validator, diagnostics: Diagnostics) -> str | None:
    """The value of an attribute's environment variable; None for none, and for a wrong one."""
    variable = f"KRENALIS_{name.upper()}"
    value = os.environ.get(variable)
    if value and (rule := validator(value)):
        diagnostics.error(
            "Invalid environment variable", f'{variable}: {rule}, got: "{value}".', Path().attribute(name)
        )
        return None
    return value or None

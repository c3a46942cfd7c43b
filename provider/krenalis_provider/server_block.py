"""What the provider block says of a Krenalis server: nothing of it is direct mode, endpoint and key are server mode."""

import os
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from krenalis_provider.model.attribute_path import ProviderPath
from lightstart.records import Record, field
from tfplugin.cty import STRING, Unknown
from tfplugin.diagnostics import Diagnostics
from tfplugin.schema import Attribute

if TYPE_CHECKING:
    from krenalis_provider.workspaces.interface import Means, Workspaces

_ENDPOINT: Final = "endpoint"
_API_KEY: Final = "api_key"
_CA_CERT_FILE: Final = "ca_cert_file"
_INVALID: Final = "Invalid provider configuration"

ATTRIBUTES: Final = {
    _ENDPOINT: Attribute(
        type=STRING,
        optional=True,
        description=(
            "URL of a Krenalis server, such as `https://krenalis.example.com`. With it and `api_key`, workspaces live in "
            "that server (server mode). Left out, as `api_key` is, each lives in its warehouse alone (direct mode). Also from "
            "`KRENALIS_ENDPOINT`."
        ),
    ),
    _API_KEY: Attribute(
        type=STRING,
        optional=True,
        sensitive=True,
        description=(
            "An API key of the organization, made in the server's Admin console; one that is restricted to a workspace can read, "
            "change and delete that one. It is needed with `endpoint`, and only then. It enters no state, and may be ephemeral. Also "
            "from `KRENALIS_API_KEY`."
        ),
    ),
    _CA_CERT_FILE: Attribute(
        type=STRING,
        optional=True,
        description=(
            "Path of a PEM file with the certificates of the authorities that may have signed the server's. Left out, the system's "
            "authorities count. Also from `KRENALIS_CA_CERT_FILE`."
        ),
    ),
}


class Mode(Enum):
    """Where the workspaces live."""

    DIRECT = "direct"
    """Each in its own warehouse, and nowhere else."""
    SERVER = "server"
    UNDECIDED = "undecided"
    """It is not known yet whether there is an endpoint."""


class ServerBlock(Record):
    """The part of the provider block that is about a server, as it applies."""

    mode: Mode = Mode.DIRECT
    endpoint: str | None = None
    """The server's, in its normal form; None in the other modes."""
    api_key: str | None = field(default=None, repr=False)
    ca_cert_file: str | None = None
    unknown: tuple[str, ...] = ()
    """What is not known yet, and without which the server cannot be asked."""


def validate(block: Mapping[str, Any], diagnostics: Diagnostics) -> None:
    """Report what is wrong with an endpoint or a key. The environment is left to `read`: it may be another one then."""
    for problem in _problems({name: block[name] for name in ATTRIBUTES}):
        diagnostics.error(_INVALID, problem)


def read(block: Mapping[str, Any], diagnostics: Diagnostics) -> ServerBlock:
    """The attributes, each completed by its environment variable; reports what is wrong with them."""
    given = {name: _given(block, name) for name in ATTRIBUTES}
    problems = [*_problems(given), *_incomplete(block, given)]
    for problem in problems:
        diagnostics.error(_INVALID, problem)
    endpoint, key, authorities = given.values()
    if isinstance(endpoint, Unknown):
        return ServerBlock(Mode.UNDECIDED, unknown=(_ENDPOINT,))
    if problems or endpoint is None:
        return ServerBlock()
    from krenalis_provider.api.server import is_unprotected, normal_endpoint  # noqa: PLC0415 - start-up

    normal = normal_endpoint(endpoint)
    if is_unprotected(normal):
        diagnostics.warning(
            "API key and passwords travel in clear",
            f"{ProviderPath.of(_ENDPOINT)}: {normal} is http to another machine: whoever is on the way can read the API key "
            "and the warehouses' passwords. Use https.",
        )
    unknown = tuple(name for name, value in given.items() if isinstance(value, Unknown))
    return ServerBlock(
        Mode.SERVER,
        normal,
        None if isinstance(key, Unknown) else key,
        None if isinstance(authorities, Unknown) else authorities,
        unknown,
    )


def system(server: ServerBlock, means: "Means") -> "Workspaces":
    """The workspaces of the server, one object for each configured provider; or what stands for them for now."""
    from krenalis_provider.api.server import Server  # noqa: PLC0415 - start-up
    from krenalis_provider.workspaces.server.server_workspaces import ServerWorkspaces  # noqa: PLC0415

    # while the key is unknown, nothing asks the server: see `ServerBlock.unknown`
    at_server = ServerWorkspaces(
        Server(server.endpoint or "", server.api_key or "", server.ca_cert_file), means
    )
    if server.mode is Mode.SERVER:
        return at_server
    from krenalis_provider.workspaces.direct import DirectWorkspaces  # noqa: PLC0415
    from krenalis_provider.workspaces.undecided import UndecidedWorkspaces  # noqa: PLC0415

    return UndecidedWorkspaces(DirectWorkspaces(means.parameters), at_server)


def _given(block: Mapping[str, Any], name: str) -> str | Unknown | None:
    value = block[name]
    return value if value is not None else os.environ.get(_variable(name)) or None


def _problems(given: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the values, none of which is shown: each may hold a secret in the wrong place."""
    if any(isinstance(given[name], str) for name in (_ENDPOINT, _API_KEY)):
        from krenalis_provider.api.server import BadEndpointError, key_problem, normal_endpoint  # noqa: PLC0415

        try:
            if isinstance(given[_ENDPOINT], str):
                normal_endpoint(given[_ENDPOINT])
        except BadEndpointError as error:
            yield f"{ProviderPath.of(_ENDPOINT)}: {error}."
        if isinstance(given[_API_KEY], str) and (problem := key_problem(given[_API_KEY])):
            yield f"{ProviderPath.of(_API_KEY)}: {problem}."
    if given[_CA_CERT_FILE] == "":
        yield f"{ProviderPath.of(_CA_CERT_FILE)}: it is empty: leave it out."


def _incomplete(block: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[str]:
    """An endpoint without a key, or a key without an endpoint; what is unknown may be either."""
    for there, absent in ((_ENDPOINT, _API_KEY), (_API_KEY, _ENDPOINT)):
        if isinstance(given[there], str) and given[absent] is None:
            source = "is set" if block[there] is not None else f"comes from {_variable(there)}"
            yield (
                f"{ProviderPath.of(there)} {source}, and there is no {absent}. Server mode needs both: set {absent}, or "
                f"{_variable(absent)}. For direct mode, set neither."
            )


def _variable(name: str) -> str:
    return f"KRENALIS_{name.upper()}"


API_KEY_VARIABLE: Final = _variable(_API_KEY)

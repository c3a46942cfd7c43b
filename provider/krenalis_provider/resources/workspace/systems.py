"""The system that a state's workspace is in: its warehouse alone, or a server. It never moves from one to another.

The private data of a state tells it, in `SYSTEM`: by the endpoint of a server; without one, the workspace is of direct
mode, where a released version knew no other.
"""

from typing import Final

from krenalis_provider.configuration import Configuration
from krenalis_provider.model.errors import WorkspaceError
from krenalis_provider.resources.workspace import remedies, translation
from krenalis_provider.resources.workspace.schema import ABANDON, DROP
from krenalis_provider.server_block import Mode
from tfplugin.cty import UNKNOWN, Unknown
from tfplugin.deadline import Deadline
from tfplugin.diagnostics import DiagnosticError
from tfplugin.resource import ObjectValue, Private

SYSTEM: Final = "system"
RESTRICTED_KEY: Final = "restricted_key"
"""In the private data: the mark of the key that is restricted to the workspace. It tells a key that went with it."""
_DIRECT: Final = "direct"


def facts(private: Private, configuration: Configuration) -> Private:
    """What the private data is to tell of the system: what it told, else where the workspace was just found."""
    system = _of(private) or _configured(configuration)
    return {**key(key_of(private)), **({} if system in (None, _DIRECT) else {SYSTEM: system})}


def key(mark: object) -> Private:
    """What the private data is to tell of a key that is restricted to the workspace; nothing without a mark."""
    return {RESTRICTED_KEY: str(mark)} if mark else {}


def key_of(private: Private) -> str | None:
    """The mark of the key that was restricted to the workspace when it was last seen."""
    mark = private.get(RESTRICTED_KEY)
    return None if mark is None else str(mark)


def refuse_other(state: ObjectValue, private: Private, configuration: Configuration) -> None:
    """Raise `DiagnosticError` for a workspace of direct mode if a server is configured, and the other way round."""
    before, now = _of(private), _configured(configuration)
    if before is None or now is None or (before == _DIRECT) == (now == _DIRECT):
        return
    name = f'Workspace "{state["name"]}" (id {state["id"]}, {translation.place(state)})'
    if before == _DIRECT:
        raise DiagnosticError(
            f'Workspace "{state["name"]}" is in no server',
            f"{name} was made in direct mode, and the provider is configured for the server {now}, which cannot take "
            f"over a warehouse that is not empty. Choose one:\n{remedies.OF_DIRECT_MODE}",
        )
    raise DiagnosticError(
        f'Workspace "{state["name"]}" is in a server',
        f"{name} is in the Krenalis server {before}, and the provider is configured for direct mode: it has no endpoint. "
        f"Choose one:\n{remedies.OF_A_SERVER.format(before)}",
    )


def is_elsewhere(private: Private, configuration: Configuration) -> bool:
    """Whether the workspace was last seen in a server with another endpoint."""
    before, now = _of(private), _configured(configuration)
    return None not in (before, now) and before != now


def not_here(state: ObjectValue, private: Private, configuration: Configuration) -> DiagnosticError:
    """The error for a workspace that another server had, and that the configured one does not have."""
    return DiagnosticError(
        f'Workspace "{state["name"]}" is not in this server',
        f"{configuration.server.endpoint} has no workspace with the id {state['id']}. It was last seen in "
        f"{_of(private)}, so it may well be there. Choose one:\n{remedies.OF_ANOTHER_SERVER.format(_of(private))}",
    )


def require_here(
    state: ObjectValue, private: Private, configuration: Configuration, deadline: Deadline
) -> None:
    """Raise `DiagnosticError` unless the workspace is where it was last seen, or the configured server has it."""
    refuse_other(state, private, configuration)
    if is_elsewhere(private, configuration):
        try:
            found = configuration.workspaces.get(translation.reference(state), deadline)
        except WorkspaceError as error:
            raise DiagnosticError(error.summary, error.detail) from None
        if found is None:
            raise not_here(state, private, configuration)


def default_on_destroy(configuration: Configuration) -> str | Unknown:
    """What a destruction does to the warehouse of a new workspace that says nothing of it."""
    match configuration.mode:
        case Mode.DIRECT:
            return DROP
        case Mode.SERVER:
            return ABANDON
        case Mode.UNDECIDED:
            return UNKNOWN


def _of(private: Private) -> str | None:
    """The system of a workspace by its private data; None if that tells nothing of it."""
    system = private.get(SYSTEM, _DIRECT if "id" in private else None)
    return None if system is None else str(system)


def _configured(configuration: Configuration) -> str | None:
    """The system that is configured; None while it is not known."""
    return None if configuration.mode is Mode.UNDECIDED else configuration.server.endpoint or _DIRECT

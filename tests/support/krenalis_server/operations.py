"""What a workspace's background does: alterations of the profile schema, and identity resolutions."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.krenalis_server import alteration, platforms, profile_types
from tests.support.krenalis_server.alteration import Operations
from tests.support.krenalis_server.answers import Panic, unprocessable
from tests.support.krenalis_server.profile_types import Type
from tests.support.krenalis_server.state import Operation, State, Workspace, now, stored
from tests.support.krenalis_server.warehouses import WarehouseError, WarehouseSilent


@dataclass(frozen=True, slots=True)
class Alteration:
    """An alteration that passed the checks."""

    schema: Type
    primary_sources: dict[str, str]
    operations: Operations
    runs_nothing: bool = False


def begin(state: State, workspace: Workspace) -> Operation:
    """Note an operation. Raises `Refusal` while another one runs."""
    with state.lock:
        if workspace.busy:
            raise unprocessable("OperationAlreadyExecuting", "another operation is already executing")
        return Operation(now())


def alter(state: State, workspace: Workspace, wanted: Alteration) -> None:
    """Start an alteration; it ends in the background."""
    operation = workspace.alteration = begin(state, workspace)
    _in_background(state, operation, lambda: _alter(state, workspace, wanted))


def _in_background(state: State, operation: Operation, act: Callable[[], None]) -> None:
    def run() -> None:
        time.sleep(state.operation_seconds)
        try:
            act()
        except WarehouseError as error:
            operation.error = str(error)
        except WarehouseSilent:
            operation.error = "timeout"
        except Panic:
            state.panic()
            return
        except _Retried:
            return
        operation.end = now()

    threading.Thread(target=run, daemon=True).start()


class _Retried(Exception):
    """The server tries this again and again, and never ends it."""


def _alter(state: State, workspace: Workspace, wanted: Alteration) -> None:
    if not wanted.runs_nothing:
        platforms.warehouse(workspace, state).alter(wanted.schema, wanted.operations)
    with state.lock:
        workspace.schema = stored(wanted.schema)
        workspace.primary_sources = wanted.primary_sources
        workspace.identifiers = alteration.adjusted(workspace.identifiers, wanted.operations)
        state.version += 1


def resolve(state: State, workspace: Workspace) -> None:
    """Start an identity resolution; it ends in the background, and tells nobody when it failed."""
    operation = begin(state, workspace)
    workspace.resolutions.append(operation)
    _in_background(state, operation, lambda: _resolve(state, workspace))


def _resolve(state: State, workspace: Workspace) -> None:
    if any(profile_types.find(workspace.schema, path) is None for path in workspace.identifiers):
        raise _Retried
    platforms.warehouse(workspace, state).resolve(workspace.schema, state.resolution_error)

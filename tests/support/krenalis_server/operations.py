"""What a workspace's background does: alterations of the profile schema, and identity resolutions."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.krenalis_server import alteration, connections, profile_types, warehouse
from tests.support.krenalis_server.alteration import Operations
from tests.support.krenalis_server.answers import Panic, unprocessable
from tests.support.krenalis_server.columns import columns
from tests.support.krenalis_server.connections import Connection, WarehouseError, WarehouseSilent
from tests.support.krenalis_server.profile_types import Type
from tests.support.krenalis_server.state import Operation, State, Workspace, now, stored


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
        columns(wanted.schema)
        with (
            connections.connected(workspace.settings, state.answer_seconds) as connection,
            _recorded(connection, "AlterProfileSchema"),
            connection.transaction(),
        ):
            for statement in statements(wanted, warehouse.version(connection)):
                connections.run(connection, statement)
    with state.lock:
        workspace.schema = stored(wanted.schema)
        workspace.primary_sources = wanted.primary_sources
        workspace.identifiers = alteration.adjusted(workspace.identifiers, wanted.operations)
        state.version += 1


def statements(wanted: Alteration, version: int) -> list[str]:
    view = alteration.view(wanted.schema, version)
    return ['DROP VIEW "profiles"', *wanted.operations.statements(version), view]


class _recorded:  # noqa: N801 - it is used as a function
    """Records an operation in the warehouse, and its end or error."""

    def __init__(self, connection: Connection, kind: str) -> None:
        self.connection = connection
        self.id = uuid.uuid1()
        query = b"INSERT INTO krenalis_system_operations (id, operation_type) VALUES (%s, %s)"
        connection.execute(query, (self.id, kind))

    def __enter__(self) -> uuid.UUID:
        return self.id

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        said = "" if error is None else connections.said(error)
        query = b"UPDATE krenalis_system_operations SET completed_at = now(), error = %s WHERE id = %s"
        self.connection.execute(query, (said, self.id))


def resolve(state: State, workspace: Workspace) -> None:
    """Start an identity resolution; it ends in the background, and tells nobody when it failed."""
    operation = begin(state, workspace)
    workspace.resolutions.append(operation)
    _in_background(state, operation, lambda: _resolve(state, workspace))


def _resolve(state: State, workspace: Workspace) -> None:
    if any(profile_types.find(workspace.schema, path) is None for path in workspace.identifiers):
        raise _Retried
    names = ", ".join(f'"{column.name}"' for column in columns(workspace.schema))
    with (
        connections.connected(workspace.settings, state.answer_seconds) as connection,
        _recorded(connection, "IdentityResolution") as id_,
    ):
        last = warehouse.version(connection)
        new = last + 1
        with connection.transaction():
            like = f'CREATE TABLE "krenalis_profiles_{new}" (LIKE "krenalis_profiles_{last}")'
            connections.run(connection, like)
            query = b"INSERT INTO krenalis_profile_schema_versions VALUES (%s, %s, now())"
            connection.execute(query, (new, id_))
        if state.resolution_error is not None:
            raise WarehouseError(state.resolution_error)
        for statement in _resolution(new, names, next_version=state.next_version):
            connections.run(connection, statement)
        view = alteration.view(workspace.schema, new).replace("CREATE VIEW", "CREATE OR REPLACE VIEW")
        connections.run(connection, view)
        connections.run(connection, f'DROP TABLE IF EXISTS "krenalis_profiles_{last}"')


def _resolution(version: int, names: str, *, next_version: bool) -> list[str]:
    """A simple resolution, whose objects are those of a real one: each identity is a profile of its own."""
    listed = f", {names}" if names else ""
    counts, values = (", _anonymous_count, _recognized_count", ", 0, 1") if next_version else ("", "")
    body = f"""
        UPDATE krenalis_identities SET _kpid = coalesce(_kpid, gen_random_uuid()), _cluster = _pk;
        INSERT INTO "krenalis_profiles_{version}" (_kpid, _identities{counts}, _updated_at{listed})
        SELECT _kpid, ARRAY[_pk]{values}, _updated_at{listed} FROM krenalis_identities;
    """
    return [
        "DROP TABLE IF EXISTS krenalis_graph_edges",
        "CREATE TABLE krenalis_graph_edges (i1 integer, i2 integer)",
        "DROP TABLE IF EXISTS krenalis_graph_merge_clusters",
        "CREATE TABLE krenalis_graph_merge_clusters (c1 integer, c2 integer)",
        "DROP AGGREGATE IF EXISTS array_cat_agg(anycompatiblearray)",
        "CREATE AGGREGATE array_cat_agg(anycompatiblearray) (SFUNC = array_cat, STYPE = anycompatiblearray)",
        f"CREATE OR REPLACE PROCEDURE resolve_identities() LANGUAGE sql AS $${body}$$",
        "CALL resolve_identities()",
    ]

"""Two operations on one warehouse of Snowflake at a time: one works, and a dead one is taken over after its silence."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier
from types import SimpleNamespace

import pytest

from krenalis_provider.model.errors import CheckFailed, WarehouseError, WorkspaceError
from krenalis_provider.model.workspace import Workspace
from krenalis_provider.warehouses import unfinished_change
from krenalis_provider.warehouses.engines import lease, stepwise
from krenalis_provider.warehouses.snowflake import dialect
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.snowflake import SnowflakeDatabase, Strike
from tests.support.snowflake_warehouse import contents, objects_of, provisioner_of, record_of, soon
from tfplugin.deadline import Deadline

OTHER = replace(CUSTOMERS, id="2", name="Other")


def creation(
    database: SnowflakeDatabase, workspace: Workspace, deadline: Deadline | None = None
) -> WorkspaceError | None:
    try:
        provisioner_of(database).initialize(workspace, COLUMNS, deadline or soon())
    except WorkspaceError as error:
        return error
    return None


def hurry(monkeypatch: pytest.MonkeyPatch, *, silence: float, beat: float) -> None:
    monkeypatch.setattr(unfinished_change, "SILENCE_SECONDS", silence)
    monkeypatch.setattr(lease, "BEAT_SECONDS", beat)


def test_of_two_creations_at_once_one_wins_and_the_other_says_why(
    snowflake_database: SnowflakeDatabase,
) -> None:
    start = Barrier(2)

    def create(workspace: Workspace) -> WorkspaceError | None:
        start.wait()
        return creation(snowflake_database, workspace)

    with ThreadPoolExecutor() as pool:
        outcomes = dict(zip((CUSTOMERS.id, OTHER.id), pool.map(create, (CUSTOMERS, OTHER)), strict=True))

    found = provisioner_of(snowflake_database).inspect(soon())
    assert found.workspace is not None
    assert found.objects == dialect.NAMES.objects
    assert outcomes.pop(found.workspace.id) is None
    (loser,) = outcomes.values()
    assert isinstance(loser, CheckFailed)
    assert f'holds the Krenalis workspace "{found.workspace.name}"' in loser.detail


def test_of_two_first_rows_one_is_written(snowflake_database: SnowflakeDatabase) -> None:
    """The other came to write its own after it had seen none."""
    with (
        snowflake_database.strike(1, "hold", matching="MERGE INTO") as strike,
        ThreadPoolExecutor() as pool,
    ):
        slow = pool.submit(creation, snowflake_database, CUSTOMERS)
        strike.wait()
        assert creation(snowflake_database, OTHER) is None
        strike.release()
        late = slow.result()

    assert isinstance(late, CheckFailed)
    assert "Other" in late.detail
    assert provisioner_of(snowflake_database).inspect(soon()).workspace == OTHER


@contextmanager
def held_creation(database: SnowflakeDatabase) -> Iterator[tuple[Strike, "Future[WorkspaceError | None]"]]:
    """A creation that is held up in a statement until it is released."""
    with (
        database.strike(1, "hold", matching="CREATE TABLE.*KRENALIS_IDENTITIES") as strike,
        ThreadPoolExecutor() as pool,
    ):
        try:
            slow = pool.submit(creation, database, CUSTOMERS)
            strike.wait()
            yield strike, slow
        finally:
            strike.release()


@pytest.mark.slow
def test_a_slow_but_living_creator_is_not_robbed(
    snowflake_database: SnowflakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, silence=20, beat=1)
    with held_creation(snowflake_database) as (strike, slow):
        start = time.monotonic()
        robber = creation(snowflake_database, OTHER, Deadline.after(40))
        waited = time.monotonic() - start
        strike.release()
        assert slow.result() is None

    assert isinstance(robber, WarehouseError)
    assert robber.summary == "Another operation is not finished"
    assert f'the creation of workspace "Customers" (id {CUSTOMERS.id})' in robber.detail
    assert waited > 20
    found = provisioner_of(snowflake_database).inspect(soon())
    assert (found.workspace, found.objects) == (CUSTOMERS, dialect.NAMES.objects)


@pytest.mark.slow
def test_a_silent_creator_is_robbed_and_stops_by_itself(
    snowflake_database: SnowflakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, silence=20, beat=1000)
    with held_creation(snowflake_database) as (strike, slow):
        assert creation(snowflake_database, OTHER) is None
        whole = contents(snowflake_database)
        strike.release()
        late = slow.result()

    assert isinstance(late, WarehouseError)
    assert late.summary == "Warehouse was taken over"
    assert contents(snowflake_database) == whole
    assert provisioner_of(snowflake_database).inspect(soon()).workspace == OTHER


@pytest.mark.parametrize("state", ["initializing", "dropping"])
def test_what_a_dead_one_left_is_removed_and_made_anew(
    made_in_snowflake: SnowflakeDatabase, state: str
) -> None:
    made_in_snowflake.execute("INSERT INTO KRENALIS_PROFILES_0 (_UPDATED_AT) VALUES (CURRENT_TIMESTAMP())")
    made_in_snowflake.execute("DROP VIEW PROFILES")
    made_in_snowflake.execute(
        f"UPDATE KRENALIS_WORKSPACE SET STATE = '{state}', HEARTBEAT = DATEADD(SECOND, -121, CURRENT_TIMESTAMP())"
    )
    assert creation(made_in_snowflake, OTHER) is None

    found = provisioner_of(made_in_snowflake).inspect(soon())
    assert (found.workspace, found.objects) == (OTHER, dialect.NAMES.objects)
    assert made_in_snowflake.execute("SELECT * FROM PROFILES") == []
    assert record_of(made_in_snowflake)["STATE"] == "ready"


def test_a_broken_off_change_is_never_removed_by_a_creation(made_in_snowflake: SnowflakeDatabase) -> None:
    made_in_snowflake.execute(
        "UPDATE KRENALIS_WORKSPACE SET STATE = 'migrating', HEARTBEAT = DATEADD(SECOND, -1000, CURRENT_TIMESTAMP())"
    )
    before = contents(made_in_snowflake)

    error = creation(made_in_snowflake, OTHER)

    assert isinstance(error, CheckFailed)
    assert "already holds a workspace" in str(error)
    assert contents(made_in_snowflake) == before


def test_of_two_that_take_over_one_wins(snowflake_database: SnowflakeDatabase) -> None:
    """Both saw the same silent row; the second finds another owner in it."""
    provisioner_of(snowflake_database).initialize(CUSTOMERS, COLUMNS, soon())
    snowflake_database.execute(
        "UPDATE KRENALIS_WORKSPACE SET STATE = 'initializing', HEARTBEAT = DATEADD(SECOND, -121, CURRENT_TIMESTAMP())"
    )
    with (
        snowflake_database.strike(1, "hold", matching="UPDATE.*IS NOT DISTINCT") as strike,
        ThreadPoolExecutor() as pool,
    ):
        slow = pool.submit(creation, snowflake_database, CUSTOMERS)
        strike.wait()
        assert creation(snowflake_database, OTHER) is None
        strike.release()
        assert isinstance(slow.result(), CheckFailed)
    assert provisioner_of(snowflake_database).inspect(soon()).workspace == OTHER


class Polled(Deadline):
    """A deadline that only the pauses between two looks bring nearer."""

    pauses: list[float]

    def remaining(self) -> float:
        return 60 - sum(self.pauses)


def test_a_removal_waits_for_a_change_and_says_so_at_its_deadline(
    made_in_snowflake: SnowflakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(stepwise, "time", SimpleNamespace(sleep=pauses.append))
    monkeypatch.setattr(stepwise, "_POLL_SECONDS", 15)
    made_in_snowflake.execute(
        "UPDATE KRENALIS_WORKSPACE SET STATE = 'migrating', OWNER = 'x', HEARTBEAT = CURRENT_TIMESTAMP()"
    )
    with pytest.raises(WarehouseError, match="Another operation is not finished"):
        provisioner_of(made_in_snowflake).drop(CUSTOMERS.id, Polled(Deadline.after(60).at, pauses))
    assert pauses == [15, 15]
    assert objects_of(made_in_snowflake) == dict(dialect.NAMES.objects)

"""The network of tests/support/proxy.py itself."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.support.postgresql import Database, Server
from tests.support.proxy import Proxy, Side, is_commit


def connect(database: Database, network: Proxy) -> "psycopg.Connection[tuple[Any, ...]]":
    conninfo = database.server.conninfo(database.name, database.role, database.password)
    return psycopg.connect(conninfo, port=network.port, autocommit=True)


@pytest.fixture
def address(postgresql: Server) -> tuple[str, int]:
    return postgresql.host, postgresql.port


def test_a_network_passes_on_what_it_is_given(database: Database, address: tuple[str, int]) -> None:
    text = "0123456789" * 100_000
    with Proxy(address) as network, connect(database, network) as connection:
        assert connection.execute("SELECT %s", [text]).fetchone() == (text,)


def test_a_slow_network_takes_its_time_for_each_round_trip(
    database: Database, address: tuple[str, int]
) -> None:
    with Proxy(address, round_trip=0.1) as network, connect(database, network) as connection:
        start = time.monotonic()
        with connection.pipeline():
            for _ in range(50):
                connection.execute("SELECT 1")
        assert 0.1 <= time.monotonic() - start < 2  # and not for each statement


def test_a_message_is_held_until_it_is_let_go(database: Database, address: tuple[str, int]) -> None:
    def there() -> bool:
        with database.connect() as other:
            return other.execute(f"SELECT to_regclass('{database.schema}.t')").fetchone() != (None,)

    with Proxy(address) as network, connect(database, network) as connection, ThreadPoolExecutor() as pool:
        connection.execute("BEGIN")
        connection.execute(f"CREATE TABLE {database.schema}.t ()")
        with network.hold(is_commit) as commit:
            done = pool.submit(connection.execute, "COMMIT")
            commit.wait()
            assert not there()
        done.result()
        assert there()


def test_a_connection_is_cut_after_a_message_and_the_next_is_whole(
    database: Database, address: tuple[str, int]
) -> None:
    with Proxy(address) as network:
        with connect(database, network):
            started = network.passed(Side.CLIENT)
        network.cut_after(Side.CLIENT, started + 1)
        with connect(database, network) as connection, pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        with connect(database, network) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

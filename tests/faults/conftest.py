"""A server that may be ended, and whose transactions can be held in their COMMIT."""

from collections.abc import Iterator

import pytest

from tests.support.postgresql import Database, Server


@pytest.fixture(scope="session")
def fragile() -> Iterator[Server]:
    """A server of the faults' own; it waits for a standby that does not exist wherever `synchronous_commit` is on."""
    with Server.start(parameters={"synchronous_standby_names": "nobody"}) as server:
        with server.connect() as connection:
            connection.execute("CHECKPOINT")  # the process that makes it is the one that reads the setting
        yield server


@pytest.fixture
def fragile_database(fragile: Server) -> Iterator[Database]:
    """An empty database of the server that may be ended."""
    database = fragile.database()
    yield database
    database.drop()

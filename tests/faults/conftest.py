"""A server that may be ended, and whose transactions can be held in their COMMIT."""

from collections import Counter
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what random faults struck, and what became of the commands: how often they failed, of how many times."""
    faults: dict[str, Counter[str]] = {}
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, value in report.user_properties:
            if name == "fault":
                command, victim, became = value
                faults.setdefault(f"{command}, {victim}", Counter())[became] += 1
    if faults:
        terminalreporter.section("random faults")
        for pair, counts in sorted(faults.items()):
            became = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
            terminalreporter.write_line(f"{pair}: {became}")
        total = sum(counts.total() for counts in faults.values())
        terminalreporter.write_line(f"{total} in all")

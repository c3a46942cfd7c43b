"""Anything breaks at any moment while Terraform makes, changes, replaces or destroys a workspace; then it is told to go on.

The moment is one of the clock, or a message between the provider and PostgreSQL, those about the COMMIT more often. What is
promised (docs/design.md, "What it is") holds afterwards: a place has all of a change or nothing, and the same
command again, with the import command if that is printed, leads to where it would have led without the break.

``--iterations`` says how many, and each has its number as the seed; the counts are printed at the end.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from tests.faults.commands import COMMANDS, Command, Course, go_on, ids, places, prepare, undisturbed
from tests.faults.operations import until
from tests.faults.victims import VICTIMS, Scene
from tests.support.postgresql import Database, Server
from tests.support.processes import members
from tests.support.proxy import Message, Proxy, is_commit, is_committed
from tests.support.terraform import Terraform
from tests.support.terraform_process import Running, executables
from tests.support.warm_parents import begun_for
from tests.support.workspaces import ADDRESS

PAIRS: Final = random.Random(0).sample([*product(COMMANDS, VICTIMS)], len(COMMANDS) * len(VICTIMS))
"""Commands and victims, in an order in which even a few iterations meet all of both."""


@pytest.fixture
def network(fragile: Server) -> Iterator[Proxy]:
    with Proxy((fragile.host, fragile.port)) as proxy:
        yield proxy


@pytest.fixture
def terraform(any_terraform: Terraform, fragile_database: Database) -> Iterator[Terraform]:
    # for the import, whose command has none
    any_terraform.environment["PGPASSWORD"] = fragile_database.password
    with tempfile.TemporaryDirectory(dir="/tmp") as temporary:
        any_terraform.environment["TMPDIR"] = temporary  # the folder of a provider that is killed stays
        yield any_terraform


@pytest.fixture(scope="module")
def courses(fragile: Server, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Command], Course]:
    """How each command goes undisturbed, once it is asked for."""
    known: dict[str, Course] = {}

    def course(command: Command) -> Course:
        if command.name not in known:
            database = fragile.database()
            folder: Path = tmp_path_factory.mktemp("undisturbed")
            with (
                Terraform(executables()[0], folder) as terraform,
                Proxy((fragile.host, fragile.port)) as network,
            ):
                known[command.name] = undisturbed(command, terraform, database, network)
            database.drop()
        return known[command.name]

    return course


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("iterations")))


def test_whatever_breaks_whenever_nothing_is_lost_and_going_on_ends_well(
    seed: int,
    terraform: Terraform,
    fragile_database: Database,
    network: Proxy,
    courses: Callable[[Command], Course],
    record_property: Callable[[str, object], None],
) -> None:
    command, victim = PAIRS[seed % len(PAIRS)]
    chance = random.Random(seed)
    course = courses(command)
    prepare(command, terraform, fragile_database, network.port)
    known = ids(fragile_database)

    struck, running = disturb(command, victim, chance, course, terraform, fragile_database, network)
    ended = "succeeded" if running.process.returncode == 0 else "failed"
    record_property(
        "fault", (str(command), victim, ended if struck else f"{ended} before anything was struck")
    )

    assert_whole(command, course, places(fragile_database), running)
    leaves_old = go_on(command, terraform)
    wanted = (course.before[0], course.after[1]) if leaves_old else course.after
    assert places(fragile_database) == wanted, running.report()
    there = ids(fragile_database)
    assert terraform.state_list() == ([ADDRESS] if there else [])
    if there:
        assert there[-1:] == [terraform.show()["values"]["root_module"]["resources"][0]["values"]["id"]]
        assert not terraform.plan().has_changes
    if command.name == "migrate":
        assert there == known


def disturb(
    command: Command,
    victim: str,
    chance: random.Random,
    course: Course,
    terraform: Terraform,
    database: Database,
    network: Proxy,
) -> tuple[bool, Running]:
    """Run the command, strike at a moment, and return when nothing of it runs any more; whether anybody was struck."""
    moment = chance.choice([at_a_time, at_a_message, at_the_commit])(chance, course)
    running = command.start(terraform)
    scene = Scene(running, database, network, chance)
    struck = moment(scene, VICTIMS[victim])
    running.wait()
    network.down = False
    # who is left alone ends by itself, and so does what a session was doing
    terraforms = running.process.pid
    until(lambda: [*members(terraforms), *begun_for(terraforms)], lambda pids: not pids)
    until(lambda: at_work(database), lambda pids: not pids)
    return struck, running


def at_work(database: Database) -> list[int]:
    """The processes of sessions that are in a transaction; others hold nothing, even if they never learn of their end."""
    query = "SELECT pid FROM pg_stat_activity WHERE usename = %s AND xact_start IS NOT NULL"
    with database.server.connect() as connection:
        return [pid for (pid,) in connection.execute(query, [database.role])]


Strike = Callable[[Scene], bool]
Moment = Callable[[Scene, Strike], bool]


def at_a_time(chance: random.Random, course: Course) -> Moment:
    seconds = chance.uniform(0, course.seconds)

    def moment(scene: Scene, strike: Strike) -> bool:
        time.sleep(seconds)
        return not scene.is_over and strike(scene)

    return moment


def at_a_message(chance: random.Random, course: Course) -> Moment:
    return _before(_is_number(chance.randint(1, course.messages)))


def at_the_commit(chance: random.Random, course: Course) -> Moment:
    return _before(chance.choice([is_commit, is_committed]))


def _is_number(number: int) -> Callable[[Message], bool]:
    left = iter(range(number - 1))
    return lambda _: next(left, None) is None


def _before(matches: Callable[[Message], bool]) -> Moment:
    """While the first message that matches is held; if it never comes, there is no moment."""

    def moment(scene: Scene, strike: Strike) -> bool:
        with scene.network.hold(matches) as hold:
            while not hold.met and not scene.is_over:
                time.sleep(0.001)
            return hold.met and strike(scene)

    return moment


def assert_whole(command: Command, course: Course, now: tuple[object, object], running: Running) -> None:
    """Assert that each place is as before, or as it is to be."""
    for place, before, after in zip(now, course.before, course.after, strict=True):
        assert place in (before, after), running.report()
    if now not in (course.before, course.after):
        # a replacement is two changes
        assert command.name.startswith("replace"), running.report()
        in_both = now == (course.before[0], course.after[1])
        assert in_both == command.may_be_in_both_places, running.report()

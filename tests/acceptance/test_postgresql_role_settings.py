"""Whatever settings a role carries, a workspace is made, read, migrated and destroyed as without them."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import execute
from tests.support.role_settings import RoleSetting, carried, role_settings
from tests.support.workspace_life import Step, WorkspaceLife, differences

PARTS = 4
TOGETHER = 12
"""How many settings a role carries in one life, at most: a life takes a second."""
FEW = [
    ["exit_on_error = on"],
    ["idle_in_transaction_session_timeout = '1ms'"],
    ["idle_session_timeout = '5s'"],
    ["search_path = cdp, pg_catalog", "row_security = off", "quote_all_identifiers = on", "jit_above_cost = 0"],
    ["DateStyle = 'SQL, DMY'", "TimeZone = 'Asia/Kolkata'", "IntervalStyle = 'sql_standard'"],
    ["standard_conforming_strings = off", "array_nulls = off", "transform_null_equals = on", "extra_float_digits = -15"],
    ["plpgsql.extra_errors = 'all'", "plpgsql.variable_conflict = use_variable", "check_function_bodies = off"],
    ["plpgsql.variable_conflict = use_column", "session_replication_role = replica", "xmloption = document"],
    ["default_transaction_isolation = serializable", "default_transaction_deferrable = on"],
    ["max_stack_depth = '100kB'", "work_mem = '64kB'", "temp_buffers = 100", "from_collapse_limit = 1"],
]  # fmt: skip
"""Those with which something did not work once, or would not in other hands."""
KNOWN = {
    "default_transaction_read_only": "RESET default_transaction_read_only;",
    "dynamic_library_path": "RESET dynamic_library_path",
}
"""The settings with which nothing can be made, and what the message says."""


@pytest.fixture(scope="module")
def home(postgresql: Server) -> Iterator[Database]:
    database = postgresql.database()
    yield database
    database.drop()


@pytest.fixture(scope="module")
def usual(home: Database) -> Mapping[str, Step]:
    """The life of a workspace whose role carries no settings."""
    usual = WorkspaceLife(home).live()
    assert list(usual)[-1] == "warehouse after the destruction"
    return usual


def test_a_life_is_the_same_each_time(home: Database, usual: Mapping[str, Step]) -> None:
    assert differences(usual, WorkspaceLife(home).live()) == []


@pytest.mark.parametrize("settings", FEW, ids=lambda settings: settings[0].partition(" ")[0])
def test_settings_of_a_role_change_nothing(
    home: Database, usual: Mapping[str, Step], settings: Sequence[str]
) -> None:
    with carried(home, *settings):
        assert differences(usual, WorkspaceLife(home).live()) == []


SEVERAL = {
    "search_path": "cdp,pg_catalog",
    "exit_on_error": "on",
    "DateStyle": "German",
    "quote_all_identifiers": "on",
}


@pytest.mark.parametrize("place", ["DATABASE {name}", "ROLE {role} IN DATABASE {name}"])
def test_settings_of_a_database_change_nothing(home: Database, usual: Mapping[str, Step], place: str) -> None:
    place = place.format(name=home.name, role=home.role)
    with carried(home):
        execute(home, *(f"ALTER {place} SET {name} = {value}" for name, value in SEVERAL.items()))
        try:
            assert differences(usual, WorkspaceLife(home).live()) == []
        finally:
            execute(home, f"ALTER {place} RESET ALL")


@pytest.mark.parametrize("by", ["PGOPTIONS", "a service file"])
def test_settings_of_the_environment_change_nothing(
    home: Database, usual: Mapping[str, Step], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by: str
) -> None:
    options = " ".join(f"-c {name}={value}" for name, value in SEVERAL.items())
    if by == "PGOPTIONS":
        monkeypatch.setenv("PGOPTIONS", f"{options} -c ignore_system_indexes=on")
    else:
        (tmp_path / "services").write_text(f"[cdp]\noptions={options}\n")
        monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
        monkeypatch.setenv("PGSERVICE", "cdp")
    with carried(home):
        assert differences(usual, WorkspaceLife(home).live()) == []


def batches(settings: Iterable[RoleSetting]) -> list[list[RoleSetting]]:
    """Each of the settings once, several names at a time, of which neighbours are not together; alone those that are known."""
    values: dict[str, list[RoleSetting]] = {}
    for setting in settings:
        values.setdefault(setting.name, []).append(setting)
    found = [[setting] for name in KNOWN for setting in values.pop(name, [])]
    for nth in zip_longest(*values.values()):
        some = [setting for setting in nth if setting]
        number = math.ceil(len(some) / TOGETHER)
        found += [some[start::number] for start in range(number)]
    return found


def changes(
    home: Database, usual: Mapping[str, Step], settings: Sequence[RoleSetting]
) -> dict[tuple[RoleSetting, ...], Sequence[str]]:
    """What is other than usual, by the fewest of the settings that make it so."""
    with carried(home, *map(str, settings)):
        differs = differences(usual, WorkspaceLife(home).live())
    if not differs or (len(settings) == 1 and is_known(settings[0], differs)):
        return {}
    half = len(settings) // 2
    parts = [settings[:half], settings[half:]] if half else []
    return {culprits: told for part in parts for culprits, told in changes(home, usual, part).items()} or {
        tuple(settings): differs
    }


def is_known(setting: RoleSetting, differs: Sequence[str]) -> bool:
    return setting.name in KNOWN and len(differs) == 1 and KNOWN[setting.name] in differs[0]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_setting_that_a_role_may_carry_changes_anything(
    home: Database, usual: Mapping[str, Step], part: int
) -> None:
    found: dict[tuple[RoleSetting, ...], Sequence[str]] = {}
    for settings in batches(role_settings(home.server))[part::PARTS]:
        found |= changes(home, usual, settings)
    assert found == {}


@pytest.mark.slow
def test_what_changes_is_told_by_the_fewest_settings(home: Database, usual: Mapping[str, Step]) -> None:
    settings = [RoleSetting("work_mem", "64"), RoleSetting("default_transaction_read_only", "on")]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.KNOWN", {})
        assert list(changes(home, usual, [*settings, RoleSetting("jit", "off")])) == [(settings[1],)]

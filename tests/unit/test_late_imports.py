"""Modules that are imported when somebody uses them."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

from lightstart.late_imports import imported_late


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a library, and a package and a module that it imports."""
    (tmp_path / "heavy").mkdir()
    (tmp_path / "heavy" / "__init__.py").write_text("loads = []\nVALUE = 1\n")
    (tmp_path / "heavy" / "part.py").write_text("VALUE = 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("heavy", "heavy.part", "library"):
        sys.modules.pop(name, None)


def library(folder: Path, source: str, *late: str) -> ModuleType:
    (folder / "library.py").write_text(source)
    importlib.invalidate_caches()
    with imported_late(*late):
        return importlib.import_module("library")


def test_what_a_library_imports_and_does_not_use_is_not_imported(folder: Path) -> None:
    library(folder, "import heavy\nimport heavy", "heavy")

    assert "heavy" not in sys.modules


def test_what_it_uses_later_is_the_module_that_everybody_has(folder: Path) -> None:
    made = library(folder, "import heavy\ndef use():\n    heavy.loads.append(heavy.VALUE)", "heavy")

    made.use()
    made.use()

    heavy = importlib.import_module("heavy")
    assert heavy.loads == [1, 1]
    assert type(heavy) is ModuleType


@pytest.mark.parametrize("source", [
    "from heavy import VALUE", "import heavy\nVALUE = heavy.VALUE", "import heavy.part\nVALUE = heavy.VALUE",
    "import heavy\nimport heavy.part\nVALUE = heavy.part.VALUE - heavy.VALUE",
])  # fmt: skip
def test_what_it_uses_at_once_is_imported_at_once(folder: Path, source: str) -> None:
    assert library(folder, source, "heavy").VALUE == 1
    assert type(sys.modules["heavy"]) is ModuleType


def test_a_part_of_a_package_is_imported_late_too(folder: Path) -> None:
    made = library(folder, "from heavy import part\ndef use():\n    return part.VALUE", "heavy.part")

    assert "heavy" in sys.modules
    assert "heavy.part" not in sys.modules
    assert made.use() == 2
    assert importlib.import_module("heavy").part is sys.modules["heavy.part"]


def test_what_is_there_already_stays(folder: Path) -> None:
    heavy = importlib.import_module("heavy")

    assert library(folder, "import heavy", "heavy").heavy is heavy
    assert sys.modules["heavy"] is heavy


def test_what_is_missing_is_reported_where_it_is_used(folder: Path) -> None:
    made = library(folder, "import missing_module", "missing_module")

    with pytest.raises(ModuleNotFoundError, match="missing_module"):
        _ = made.missing_module.VALUE
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("missing_module")


def test_an_attribute_that_is_missing_is_missing(folder: Path) -> None:
    made = library(folder, "import heavy", "heavy")

    with pytest.raises(AttributeError, match="module 'heavy' has no attribute 'other'"):
        _ = made.heavy.other


def test_versions_are_those_that_the_library_tells_and_all_else_is_its_own() -> None:
    code = """
import sys
from lightstart.late_imports import tell_versions
tell_versions()
from importlib import metadata
told = metadata.version
print(told("psycopg"), "email.parser" in sys.modules)
from importlib.metadata import distributions, version
names = {each.name for each in distributions()}
print(len(names) > 20, {name for name in names if told(name) != version(name)})
try:
    told("there is none")
except metadata.PackageNotFoundError as error:
    print(type(error).__module__)
"""
    path = os.pathsep.join(sys.path)
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.splitlines() == [f"{version('psycopg')} False", "True set()", "importlib.metadata"], (
        run.stderr
    )

"""What `make freeze` writes, and for which versions it does."""

import re
from pathlib import Path

import pytest

from tests.support.freeze.__main__ import Refused, freeze, may_be_written
from tests.support.freeze.cases import EVERYWHERE
from tests.support.stored import FOLDER


def test_each_released_version_has_its_files() -> None:
    changelog = (FOLDER.parents[2] / "CHANGELOG.md").read_text()
    released = re.findall(r"^## (\S+) \((?!unreleased)", changelog, re.MULTILINE)

    assert set(released) <= {folder.name for folder in FOLDER.iterdir()}, "before the release: make freeze"


def test_the_files_of_a_released_version_are_never_made_anew() -> None:
    may_be_written("1.2.0", "## 1.2.0 (unreleased)\n\n## 1.1.0 (2027-01-31)\n")

    with pytest.raises(Refused, match="released on 2027-01-31"):
        may_be_written("1.1.0", "## 1.2.0 (unreleased)\n\n## 1.1.0 (2027-01-31)\n")
    with pytest.raises(Refused, match="no heading"):
        may_be_written("1.3.0", "## 1.2.0 (unreleased)\n")


@pytest.mark.slow
def test_it_writes_the_files_of_a_case_everywhere(tmp_path: Path) -> None:
    freeze(tmp_path, only="defaults")

    for place in EVERYWHERE:
        written = tmp_path / place / "defaults"
        frozen = FOLDER / "0.1.0" / place / "defaults"
        assert {file.name for file in written.iterdir()} == {file.name for file in frozen.iterdir()}
        assert (written / "configuration.json").read_text() == (frozen / "configuration.json").read_text()
        assert "127.0.0.1" not in "".join(file.read_text() for file in written.iterdir())

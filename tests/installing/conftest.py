"""What tests of the archive are given: one archive, made once for all workers."""

import fcntl
import os
from pathlib import Path

import pytest

from tests.support.installed import install, only_archive, unzip


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that the subcommand of the installed provider has made: do not change it."""
    folder = tmp_path_factory.getbasetemp()
    shared = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "archive-of-all-workers"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            install(shared / "home")
            (shared / "done").touch()
    return only_archive(shared / "home")


@pytest.fixture(scope="session")
def unpacked(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which a person has unpacked it: do not change it."""
    folder = tmp_path_factory.mktemp("unpacked")
    unzip(archive, folder)
    return folder

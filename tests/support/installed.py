"""The provider as people have it: an archive in a mirror, and accounts with nothing but Terraform."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from zipfile import ZipFile

from tests.support.terraform_process import KRENALIS, Executable

ADDRESS = "registry.terraform.io/krenalis/krenalis"
MIRROR = Path(".terraform.d", "plugins")
_NUMBERS = count(60_000 + os.getpid() % 5_000)  # of users whom no file of this machine belongs to


def install(home: Path, *, program: Path = KRENALIS.path) -> "subprocess.CompletedProcess[str]":
    """Run the subcommand for the user of that home, who has no other settings."""
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [program, "install"], env={"HOME": str(home)}, capture_output=True, text=True, check=True
    )


def only_archive(home: Path) -> Path:
    """What it has put into the mirror."""
    (archive,) = (home / MIRROR / ADDRESS).iterdir()
    return archive


def unzip(archive: Path, folder: Path) -> None:
    """As `unzip` does, modes included."""
    with ZipFile(archive) as files:
        for each in files.infolist():
            path = Path(files.extract(each, folder))
            path.chmod(each.external_attr >> 16 & 0o777)


@dataclass(frozen=True, slots=True)
class Account:
    """A user with an empty home, no variables but HOME, and no program on PATH.

    It is another user, whom the system does not even know by name, where the tests have the right to become one and the
    Terraform can be executed by all; else it is the caller.
    """

    home: Path
    terraform: Executable
    user: int | None = field(default=None)

    @classmethod
    @contextmanager
    def new(cls, terraform: Executable) -> "Iterator[Account]":
        """The account, until the end of the context."""
        home = Path(tempfile.mkdtemp(prefix="krenalis-account-", dir="/tmp"))
        user = next(_NUMBERS) if os.geteuid() == 0 and len(terraform.argv) == 1 else None
        account = cls(home, terraform, user)
        account.own(home)
        try:
            yield account
        finally:
            home.chmod(0o700)
            shutil.rmtree(home)

    def own(self, path: Path) -> None:
        """Give the account what is in the folder."""
        if self.user is not None:
            for each in (path, *path.rglob("*")):
                os.chown(each, self.user, self.user, follow_symlinks=False)

    def write(self, files: Mapping[str, str]) -> None:
        """Write texts by their names relative to the home."""
        for name, text in files.items():
            (self.home / name).parent.mkdir(parents=True, exist_ok=True)
            (self.home / name).write_text(text)
        self.own(self.home)

    def run(self, *words: str | Path, folder: Path | None = None, expect: int = 0, **variables: str) -> str:
        """What the command printed, which ends with the code that is expected."""
        run = subprocess.run(
            words,
            cwd=folder or self.home,
            env={"HOME": str(self.home), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            check=False,
        )
        assert run.returncode == expect, run.stdout
        return run.stdout

    def run_terraform(self, folder: Path, *words: str, expect: int = 0, **variables: str) -> str:
        """The same for a command of Terraform in a folder."""
        command = [*self.terraform.argv, *words, "-no-color"]
        return self.run(*command, folder=folder, expect=expect, CHECKPOINT_DISABLE="1", **variables)


def tree(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """All files below, by name: mode, time of change and content."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }

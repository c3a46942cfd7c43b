"""All that commands of Terraform leave where others may read it: output, log, plan, and what `/proc` shows."""

import base64
import contextlib
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests.support.processes import members
from tests.support.terraform import Terraform
from tests.support.warm_parents import begun_for

_LOOK_SECONDS = 0.01
_EDGE = 12
"""Characters at each end of a canary that no notation escapes."""


def forms(canary: str) -> tuple[str, ...]:
    """The canary in the notations in which it may turn up."""
    whole = base64.b64encode(canary.encode()).decode()
    return canary[:_EDGE], canary[-_EDGE:], quote(canary), json.dumps(canary)[1:-1], whole[:-4], whole[4:-4]


@dataclass
class Sinks:
    """Runs commands, and keeps what they left."""

    terraform: Terraform
    texts: dict[str, str] = field(default_factory=dict)
    """By what it is, such as ``plan: stdout``."""
    processes: dict[str, str] = field(default_factory=dict)
    """By name of a process and of a variable: command lines, and variables that the caller did not set so."""

    def run(self, *arguments: str, succeeds: bool) -> None:
        """Run a command to its end, and look at its processes meanwhile."""
        running = self.terraform.start(*arguments)
        ended = threading.Event()
        while running.process.poll() is None:
            self._look(running.process.pid)
            ended.wait(_LOOK_SECONDS)
        code = running.wait()
        assert (code == 0) is succeeds, running.report()
        for kind, text in (("stdout", running.stdout), ("stderr", running.stderr)):
            self.texts[f"{arguments[0]}: {kind}"] = self.texts.get(f"{arguments[0]}: {kind}", "") + text

    def life(self) -> None:
        """Validate, plan, apply and destroy."""
        plan = self.terraform.folder / "saved.plan"
        self.run("validate", succeeds=True)
        self.run("plan", "-input=false", f"-out={plan}", succeeds=True)
        self.run("show", "-json", str(plan), succeeds=True)
        self.run("apply", "-input=false", str(plan), succeeds=True)
        with zipfile.ZipFile(plan) as saved:
            for member in saved.namelist():
                self.texts[f"plan file: {member}"] = saved.read(member).decode(errors="replace")
        self.texts["plan file"] = plan.read_bytes().decode(errors="replace")
        self.texts |= self._states()
        self.run("destroy", "-input=false", "-auto-approve", succeeds=True)

    def failure(self, *, validates: bool = True) -> None:
        """Do the same where planning does not succeed."""
        self.run("validate", succeeds=validates)
        for command in (("plan",), ("apply", "-auto-approve")):
            self.run(*command, "-input=false", succeeds=False)
        self.texts |= self._states()

    def found(self, *canaries: str, log: Path | None = None) -> set[str]:
        """Where any of the canaries is; keys of `texts`, the log, and processes."""
        texts = {**self.texts, **self.processes}
        if log:
            texts["log"] = log.read_text()
        wanted = [form for canary in canaries for form in forms(canary)]
        return {name for name, text in texts.items() if any(form in text for form in wanted)}

    def _states(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.terraform.folder.glob("*.tfstate*")}

    def _look(self, group: int) -> None:
        for pid in {*members(group), *begun_for(group)}:  # a warm parent has a session of its own
            with contextlib.suppress(OSError):  # it ended meanwhile
                name = Path(f"/proc/{pid}/comm").read_text().strip()
                command, variables = (
                    Path(f"/proc/{pid}/{each}").read_text() for each in ("cmdline", "environ")
                )
                if Path(f"/proc/{pid}/comm").read_text().strip() != name:
                    continue  # it has become another program meanwhile; the next look sees that
                self.processes[f"{name} command line"] = command
                for variable, value in _variables(variables):
                    if self.terraform.environment.get(variable) != value:
                        self.processes[f"{name} {variable}"] = value


def _variables(text: str) -> Iterator[tuple[str, str]]:
    for each in text.split("\0"):
        name, _, value = each.partition("=")
        yield name, value

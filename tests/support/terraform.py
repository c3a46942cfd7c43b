"""The one Terraform runner of the tests: real commands in a folder of their own, without network.

The provider is ours, the executable beside the running interpreter, unless another is given. ``plan`` saves what was
planned; ``apply`` applies, then plans once more and expects no changes. A command that should succeed and does not, or
the other way round, is an AssertionError that shows the command and all it printed.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support import catalogued, terraform_process
from tests.support.terraform_checks import Check, verify
from tests.support.terraform_process import (
    KRENALIS,
    Diagnostic,
    Executable,
    ProviderExecutable,
    Running,
    folded,
)

_CHANGES = 2  # the exit code of a plan with -detailed-exitcode


@dataclass(frozen=True)
class Result:
    """What a command did. `plan` and `state` are asked of Terraform when first used, as they were at that time."""

    command: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    diagnostics: tuple[Diagnostic, ...]
    _show: Callable[[Path], dict[str, Any]] = field(repr=False, compare=False)
    _plan: Path | None = field(default=None, repr=False, compare=False)
    _state: Path | None = field(default=None, repr=False, compare=False)

    @property
    def text(self) -> str:
        """All that was printed, or all diagnostics of a ``-json`` run, folded into one line."""
        return folded(_joined(self.diagnostics) or f"{self.stdout}\n{self.stderr}")

    @property
    def errors(self) -> str:
        """The errors among it; Terraform prints those, and only those, on standard error."""
        errors = [diagnostic for diagnostic in self.diagnostics if diagnostic.severity == "error"]
        return folded(_joined(errors) or self.stderr)

    @cached_property
    def plan(self) -> dict[str, Any]:
        """The plan that was made or applied, as ``terraform show -json`` has it; empty when there is none."""
        return self._show(self._plan) if self._plan else {}

    @cached_property
    def state(self) -> dict[str, Any]:
        """The state that the command left, as ``terraform show -json`` has it; empty when there is none."""
        return self._show(self._state) if self._state else {}

    @property
    def has_changes(self) -> bool:
        """Whether a plan has any."""
        return self.exit_code == _CHANGES


class Terraform:
    """Terraform in one folder; as a context manager it ends what `start` left running.

    `environment` is added to a clean one and may be changed between commands.
    """

    def __init__(
        self,
        executable: Executable,
        folder: Path,
        *,
        provider: ProviderExecutable = KRENALIS,
        environment: Mapping[str, str] | None = None,
        override: bool = True,
    ) -> None:
        """With `override`, no command needs `init` before it, and ``init`` knows no modules and backends before 1.15."""
        self.executable = executable
        self.folder = folder
        self._is_ours = provider is KRENALIS
        folder.mkdir(parents=True, exist_ok=True)
        self._private = Path(tempfile.mkdtemp(prefix=".runner-", dir=folder))
        (self._private / "home").mkdir()
        configuration = terraform_process.write_cli_configuration(
            self._private, executable, provider, override=override
        )
        self.environment = terraform_process.environment(self._private / "home", configuration)
        self.environment.update(environment or {})
        self._files = 0
        self._running: list[Running] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for running in self._running:
            running.kill()

    def write(
        self,
        main: str,
        *,
        files: Mapping[str, str] | None = None,
        variables: Mapping[str, object] | None = None,
    ) -> None:
        """Write ``main.tf``, other files by name, and the values of variables; what is not given stays."""
        texts = {"main.tf": main, **(files or {})}
        if variables is not None:
            texts["terraform.tfvars.json"] = json.dumps(variables)
        for name, text in texts.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def log(self, level: str = "TRACE") -> Path:
        """Let the commands from now on write their log, and the provider's, to the file that is returned."""
        path = self._private / "terraform.log"
        self.environment |= {"TF_LOG": level, "TF_LOG_PATH": str(path)}
        return path

    def start(self, *arguments: str) -> Running:
        """Start a command and return while it runs."""
        running = Running(
            [*self.executable.argv, *arguments, "-no-color"],
            folder=self.folder,
            environment=self.environment,
            output=self._numbered("output"),
        )
        self._running.append(running)
        return running

    def run(
        self,
        *arguments: str,
        json: bool = False,
        expect_error: str | None = None,
        success: Collection[int] = (0,),
    ) -> Result:
        """Run a command to its end.

        `json` adds ``-json`` and parses the diagnostics. `expect_error` is a regular expression: the command must fail
        and its errors, folded into one line, match it.
        """
        running = self.start(*arguments, *(["-json"] if json else []))
        code = running.wait()
        stdout, stderr = running.stdout, running.stderr
        found = terraform_process.diagnostics(stdout) if json else ()
        result = Result(tuple(running.argv), code, stdout, stderr, found, self.show)
        if self._is_ours:
            messages = catalogued.told(found) if json else catalogued.printed(f"{stdout}\n{stderr}")
            unknown = catalogued.problems(messages)
            assert not unknown, "\n".join([*unknown, running.report()])
        if expect_error is None:
            assert code in success, f"the command failed\n{running.report()}"
        else:
            assert code not in success, f"the command should have failed\n{running.report()}"
            wanted = re.search(expect_error, result.errors)
            assert wanted, f"no error matches {expect_error!r}\n{running.report()}"
        return result

    def init(self, *arguments: str, expect_error: str | None = None) -> Result:
        """Run ``terraform init``, which the provider needs only where it is not overridden."""
        return self.run("init", "-input=false", *arguments, expect_error=expect_error)

    def validate(self, *, json: bool = False, expect_error: str | None = None) -> Result:
        """Run ``terraform validate``."""
        return self.run("validate", json=json, expect_error=expect_error)

    def plan(
        self,
        *arguments: str,
        out: Path | None = None,
        checks: Sequence[Check] = (),
        json: bool = False,
        expect_error: str | None = None,
    ) -> Result:
        """Run ``terraform plan``, save the plan (in `out`) and check it. The exit code is 2 when there are changes."""
        out = out or self._numbered("plan")
        options = ("-input=false", "-detailed-exitcode", f"-out={out}")
        result = self.run(
            "plan", *options, *arguments, json=json, expect_error=expect_error, success=(0, _CHANGES)
        )
        result = replace(result, _plan=out)
        if wanted := [check for check in checks if check.subject == "plan"]:
            verify(wanted, result.plan)
        return result

    def apply(
        self,
        *arguments: str,
        plan: Path | None = None,
        checks: Sequence[Check] = (),
        json: bool = False,
        expect_error: str | None = None,
        expect_non_empty_plan: bool = False,
    ) -> Result:
        """Plan, with `arguments`, and apply that plan; or apply the saved `plan`.

        `checks` look at the plan before, and at the state after. `expect_error` means that planning succeeds and
        applying does not. Only then are there two commands, and has the result a plan. Afterwards a fresh plan must be
        empty, or with `expect_non_empty_plan` must not.
        """
        if plan is None and (checks or expect_error):
            plan = self._numbered("plan")
            self.plan(*arguments, out=plan, checks=checks)
        what = [str(plan)] if plan else ["-auto-approve", *arguments]
        result = self.run("apply", "-input=false", *what, json=json, expect_error=expect_error)
        result = replace(result, _plan=plan, _state=self._saved_state())
        if expect_error is None:
            if wanted := [check for check in checks if check.subject == "state"]:
                verify(wanted, result.state)
            after = self.plan()
            assert after.has_changes == expect_non_empty_plan, f"a fresh plan after apply:\n{after.stdout}"
        return result

    def destroy(self, *arguments: str, json: bool = False, expect_error: str | None = None) -> Result:
        """Run ``terraform destroy``."""
        options = ("-input=false", "-auto-approve")
        result = self.run("destroy", *options, *arguments, json=json, expect_error=expect_error)
        return replace(result, _state=self._saved_state())

    def import_(self, address: str, identifier: str, *, expect_error: str | None = None) -> Result:
        """Run ``terraform import``."""
        result = self.run("import", "-input=false", address, identifier, expect_error=expect_error)
        return replace(result, _state=self._saved_state())

    def refresh(self, *arguments: str, json: bool = False, expect_error: str | None = None) -> Result:
        """Bring the state up to date with what there is: ``terraform apply -refresh-only``."""
        options = ("-refresh-only", "-input=false", "-auto-approve")
        result = self.run("apply", *options, *arguments, json=json, expect_error=expect_error)
        return replace(result, _state=self._saved_state())

    def state_list(self) -> list[str]:
        """Return the addresses in the state."""
        if not self._state_file.exists():
            return []
        return self.run("state", "list").stdout.split()

    def show(self, file: Path | None = None) -> dict[str, Any]:
        """Return what ``terraform show -json`` says of a saved plan or state, or of the current state."""
        shown = self.run("show", "-json", *([str(file)] if file else []))
        document: dict[str, Any] = json.loads(shown.stdout)
        return document

    def output(self) -> dict[str, Any]:
        """Return the values of all outputs by name, the sensitive ones too."""
        outputs = json.loads(self.run("output", "-json").stdout)
        return {name: output["value"] for name, output in outputs.items()}

    @property
    def _state_file(self) -> Path:
        return self.folder / "terraform.tfstate"

    def _saved_state(self) -> Path | None:
        """Keep the state as it is now, for a result that is asked for it later."""
        if not self._state_file.exists():
            return None
        return Path(shutil.copy(self._state_file, self._numbered("state")))

    def _numbered(self, kind: str) -> Path:
        self._files += 1
        return self._private / f"{self._files:03}.{kind}"


def _joined(diagnostics: Sequence[Diagnostic]) -> str:
    return "\n".join(f"{diagnostic.summary}\n{diagnostic.detail}" for diagnostic in diagnostics)

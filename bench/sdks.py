"""The smallest provider with each SDK: one process alone, and Terraform's commands."""

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.environments import NAMES, peer
from bench.measure import Table
from bench.processes import measure_process, peak_memory, time_command
from tests.support.terraform import Terraform
from tests.support.terraform_process import Executable, ProviderExecutable

_HEAD = 'terraform {\n  required_providers {\n    bench = { source = "bench/bench" }\n  }\n}\n'
_ONE = _HEAD + 'resource "bench_thing" "one" {\n  name = "quick"\n}\n'
_TEN_SLOW = _HEAD + 'resource "bench_thing" "many" {\n  count = 10\n  name  = "slow"\n}\n'
_MANY = _HEAD + 'resource "bench_thing" "many" {\n  count = 200\n  name  = "quick"\n}\n'
_PLAN = ("plan", "-input=false")
_APPLY = ("apply", "-input=false", "-auto-approve")
_DESTROY = ("destroy", "-input=false", "-auto-approve")


def compare(executable: Executable, folder: Path, runs: int) -> list[Table]:
    """Each row for each SDK in turn, again and again; the first time is for the caches and does not count."""
    table = Table("ms", NAMES)
    tls = Table("ours, 200 resources, ms", ("with TLS", "without TLS"))
    providers = {name: peer(name) for name in NAMES}
    terraforms = {
        name: Terraform(executable, folder / name, provider=provider, environment={"TMPDIR": str(folder)})
        for name, provider in providers.items()
    }
    for run in range(runs + 1):
        print(f"run {run} of {runs}", file=sys.stderr)
        turn = run % len(NAMES)
        names = NAMES[turn:] + NAMES[:turn]
        for name in names:
            measure_process(table, name, providers[name].path, folder / name)
        _commands(table, names, terraforms, providers)
        _with_and_without_tls(tls, terraforms["ours"], reverse=run % 2 == 1)
        if run == 0:
            table.forget()
            tls.forget()
    return [table, tls]


def _commands(
    table: Table,
    names: Sequence[str],
    terraforms: dict[str, Terraform],
    providers: dict[str, ProviderExecutable],
) -> None:
    def each(row: str, *command: str) -> None:
        for name in names:
            time_command(table, row, name, terraforms[name], *command)

    for main in (_ONE, _TEN_SLOW):
        for name in names:
            terraforms[name].write(main)
        if main is _ONE:
            each("terraform validate", "validate")
            each("terraform plan of a creation", *_PLAN)
            each("terraform apply of it", *_APPLY)
            each("terraform plan without changes", *_PLAN)
        else:
            each("terraform apply of 10 creations of 500 ms", *_APPLY, "-parallelism=10")
        for name in names:
            with peak_memory(table, name, providers[name].path):
                terraforms[name].run(*_DESTROY)


def _with_and_without_tls(table: Table, terraform: Terraform, *, reverse: bool) -> None:
    terraform.write(_MANY)
    variants = [("with TLS", ""), ("without TLS", "1")]
    for column, disable in reversed(variants) if reverse else variants:
        terraform.environment["TF_DISABLE_PLUGIN_TLS"] = disable
        time_command(table, "terraform apply", column, terraform, *_APPLY, cpu=True)
        time_command(table, "terraform destroy", column, terraform, *_DESTROY, cpu=True)
    terraform.environment["TF_DISABLE_PLUGIN_TLS"] = ""

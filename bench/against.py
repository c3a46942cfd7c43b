"""The provider of the working tree beside that of a commit: ``python -m bench.against COMMIT [ROUNDS]``."""

import sys
import tempfile
from pathlib import Path

from bench.environments import ROOT, build, source_of
from bench.krenalis import COMMANDS
from bench.many_workspaces import NUMBER, PLAN, terraform_of_many
from bench.measure import Table
from bench.processes import measure_process, time_command, whole_terraform
from tests.support.postgresql import Server
from tests.support.terraform import Terraform
from tests.support.terraform_process import ProviderExecutable
from tests.support.workspaces import configuration


def main(commit: str, rounds: str = "10") -> None:
    """Measure both, as often as `rounds` says."""
    builds = {commit: build("commit", source_of(commit)), "the working tree": build("tree", ROOT)}
    # the path of a socket must be short
    with tempfile.TemporaryDirectory(dir="/tmp") as temporary, Server.start() as server:
        print(_compare(builds, server, Path(temporary), int(rounds)))


def _compare(builds: dict[str, ProviderExecutable], server: Server, folder: Path, rounds: int) -> Table:
    """Each row for both in turn, in another order in each round; the first round is for the caches and does not count."""
    executable = whole_terraform()
    table = Table(f"{executable.name}, {rounds} rounds, ms", list(builds), ratio=True)
    one, many = {}, {}
    for number, (column, provider) in enumerate(builds.items()):
        one[column] = Terraform(executable, folder / f"one-{number}", provider=provider)
        one[column].write(configuration(server.database().settings(), extra="deletion_protection = false"))
        many[column] = terraform_of_many(
            executable, folder / f"many-{number}", server.database(), provider=provider
        )
        many[column].run("apply", "-input=false", "-auto-approve")
    for number in range(rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr)
        turn = list(builds)[:: -1 if number % 2 else 1]
        for column in turn:
            measure_process(table, column, builds[column].path, one[column].folder)
        for row, command in COMMANDS:
            for column in turn:
                time_command(table, row, column, one[column], *command, cpu=True)
        for column in turn:
            row = f"terraform plan over {NUMBER} workspaces"
            time_command(table, row, column, many[column], *PLAN, cpu=True)
        if number == 0:
            table.forget()
    return table


if __name__ == "__main__":
    main(*sys.argv[1:])

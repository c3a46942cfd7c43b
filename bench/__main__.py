"""Prints tables of timings; README.md says what they mean. Nothing here passes or fails."""

import os
import sys
import tempfile
from functools import partial
from pathlib import Path

from bench import (
    bundle,
    krenalis,
    large_schema,
    large_tables,
    many_workspaces,
    phases,
    provisioning,
    sdks,
    served,
)
from bench.processes import whole_terraform
from tests.support.postgresql import Server

_RUNS = 5


def main() -> None:
    """Measure everything, or the sections that are named: sdks, phases, bundle, krenalis."""
    wanted = sys.argv[1:] or ["sdks", "phases", "bundle", "krenalis"]
    executable = whole_terraform()
    python = sys.version.split()[0]
    print(
        f"{executable.name}, Python {python}, {os.cpu_count()} CPUs, {_RUNS} runs: median (least to greatest)"
    )
    # the path of a socket must be short
    with tempfile.TemporaryDirectory(dir="/tmp") as temporary:
        folder = Path(temporary)
        if "sdks" in wanted:
            for table in sdks.compare(executable, folder / "sdks", _RUNS):
                print(f"\n{table}", flush=True)
        if "phases" in wanted:
            print(f"\n{phases.measure(_RUNS)}", flush=True)
        if "bundle" in wanted:
            print(f"\n{bundle.sizes(folder / 'bundle')}", flush=True)
            with Server.start() as server:
                print(f"\n{bundle.measure(executable, server, folder / 'bundle', _RUNS)}", flush=True)
        if "krenalis" in wanted:
            with Server.start() as server:
                measures = (
                    partial(krenalis.measure, executable, server, folder / "krenalis"),
                    partial(provisioning.compare, server, folder / "provisioning"),
                    partial(many_workspaces.measure, executable, server, folder / "many"),
                    partial(served.measure, executable, server, folder / "served"),
                    partial(large_schema.measure, server),
                    partial(large_tables.measure, server),
                )
                for measure in measures:
                    print(f"\n{measure(_RUNS)}", flush=True)


if __name__ == "__main__":
    main()

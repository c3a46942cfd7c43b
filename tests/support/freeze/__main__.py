"""Write the folder of this version. One that is released, as the changelog says, is never written anew."""

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path

from krenalis_provider import __version__
from tests.support.freeze.cases import CASES
from tests.support.freeze.places import PLACES
from tests.support.freeze.unfinished import freeze_unfinished
from tests.support.stored import FOLDER
from tests.support.terraform import Terraform
from tests.support.terraform_process import executables

_CHANGELOG = Path(__file__).parents[3] / "CHANGELOG.md"
_HEADING = re.compile(r"^## (\S+) \((.*)\)$", re.MULTILINE)


class Refused(Exception):
    """Why nothing is written."""


def may_be_written(version: str, changelog: str) -> None:
    """Raise `Refused` for a version that is released, or of which the changelog does not speak."""
    releases: dict[str, str] = dict(_HEADING.findall(changelog))
    if version not in releases:
        raise Refused(f"CHANGELOG.md has no heading ## {version} (unreleased)")
    if releases[version] != "unreleased":
        raise Refused(
            f"version {version} was released on {releases[version]}, and its files are never made anew"
        )


def freeze(folder: Path, *, only: str | None = None) -> None:
    """Write all cases into an empty folder, or those of one name."""
    terraform = executables()[0]
    for place in PLACES:
        with place.open() as warehouses:
            for case in CASES:
                if place.name in case.places and only in {None, case.name}:
                    print(f"{place.name}/{case.name}", flush=True)
                    warehouse = warehouses.new()
                    with tempfile.TemporaryDirectory() as work, Terraform(terraform, Path(work)) as runner:
                        case.bring_about(runner, warehouse)
                        place.write(folder / place.name / case.name, case, runner, warehouse)
                    warehouse.drop()
            if place.has_unfinished and only is None:
                freeze_unfinished(folder / place.name, terraform, warehouses)


def main() -> int:
    """Return the exit code."""
    argparse.ArgumentParser(prog="python -m tests.support.freeze", description=__doc__).parse_args()
    folder = FOLDER / __version__
    try:
        may_be_written(__version__, _CHANGELOG.read_text())
    except Refused as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as made:
        freeze(Path(made))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)
    print(f"{folder} is what version {__version__} stores. It is for ever once the version is released.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

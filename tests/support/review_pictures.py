"""Makes the pictures of `docs/pictures`, by ``make pictures``: three real plans on a real PostgreSQL, reviewed in Chromium."""

import json
import sys
import tempfile
from pathlib import Path

from krenalis_provider.command.review.files import read_log, read_plan
from krenalis_provider.command.review.html import page
from krenalis_provider.command.review.reading import review
from tests.support.browser import browser
from tests.support.postgresql import Server
from tests.support.review_plans import RealPlan, real_plans
from tests.support.terraform_process import executable_from_path, executable_from_wheel

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
_WIDTH = 1_120
_MOST = 1_700
"""Pixels of height: what comes below is more of the same."""


def page_of(real: RealPlan, folder: Path) -> Path:
    """The page of a real plan, as the subcommand writes it."""
    plan, log = folder / "plan.json", folder / "plan.jsonl"
    plan.write_text(json.dumps(real.plan))
    log.write_text(real.log)
    path = folder / "review.html"
    path.write_text(page(review(read_plan(str(plan)), read_log(str(log)))))
    return path


def main() -> int:
    """Write a picture of each plan."""
    executable = executable_from_path() or executable_from_wheel()
    if executable is None:
        sys.stderr.write("no Terraform\n")
        return 1
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, Server.start() as server, browser() as chromium:
        folder = Path(name)
        with real_plans(executable, server, folder / "terraform") as plans:
            for title, real in plans.items():
                chromium.open(page_of(real, folder), width=_WIDTH)
                picture = PICTURES / f"review-{title.replace(' ', '-')}.png"
                picture.write_bytes(chromium.picture(most=_MOST))
                sys.stdout.write(f"{picture}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``review``: a plan for people who decide on it, such as those who read a pull request."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from krenalis_provider.command.exits import Exit
from krenalis_provider.command.printing import complain
from krenalis_provider.command.review.files import Unreadable, read_log, read_plan
from krenalis_provider.command.review.html import page
from krenalis_provider.command.review.markdown import comment
from krenalis_provider.command.review.model import Review
from krenalis_provider.command.review.reading import review

SUMMARY: Final = "show what a plan does to workspaces, and which data it would lose, for a pull request"
_DESCRIPTION: Final = """\
Show what a plan does to workspaces, and which data it would lose, as Markdown for a pull
request. It reads files alone: nothing connects, and no secret of the plan is shown.

  rm -f plan.tfplan plan.json plan.jsonl
  terraform plan -json -out=plan.tfplan > plan.jsonl
  terraform show -json plan.tfplan > plan.json
  terraform-provider-krenalis review --plan plan.json --log plan.jsonl

The log has the warnings of the plan, which its JSON lacks: numbers of rows, what goes with
a column, and what could not be checked. If the plan failed, give the log alone.
"""
_EXITS: Final = """\
exit codes:
  0   no data would be lost
  1   the plan failed, or a file is not what it should be
  2   data would be lost, or may be
  64  the command line is wrong
"""


def declare(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXITS
    parser.add_argument(
        "--plan", metavar="FILE", help="what terraform show -json prints of a plan; - is stdin"
    )
    parser.add_argument("--log", metavar="FILE", help="what terraform plan -json prints; - is stdin")
    parser.add_argument(
        "--html",
        metavar="FILE",
        help="write a page of its own too; with - it goes to stdout, and no Markdown",
    )


def run(arguments: Namespace) -> int:
    """Print the review, and return the exit code."""
    if arguments.plan is None and arguments.log is None:
        arguments.refuse("give --plan, --log, or both")
    if arguments.plan == arguments.log:
        arguments.refuse("--plan and --log cannot be one file")
    try:
        plan = None if arguments.plan is None else read_plan(arguments.plan)
        log = None if arguments.log is None else read_log(arguments.log)
        found = review(plan, log)
    except Unreadable as error:
        complain(str(error))
        return Exit.WRONG
    if found.is_refused:
        complain(" ".join(found.notices))
    if arguments.html not in (None, "-"):
        try:
            Path(arguments.html).write_text(page(found), encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            complain(f"{arguments.html} cannot be written: {error.strerror}.")
            return Exit.WRONG
    print(page(found) if arguments.html == "-" else comment(found), end="")
    return _exit(found)


def _exit(found: Review) -> Exit:
    """A plan that failed cannot be applied, so it loses nothing."""
    if found.has_failed:
        return Exit.WRONG
    return Exit.DATA_LOST if found.loses_data else Exit.DONE

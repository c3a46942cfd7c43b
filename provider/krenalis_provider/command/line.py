"""The command line: which subcommands there are, and how they end.

A subcommand is a module with three names: `SUMMARY`, a line for the list of subcommands; `declare`, which adds the
arguments to a parser and describes it; and `run`, which does the work and returns an exit code. Results go to stdout,
messages to stderr. `run` is given the arguments, with `refuse` among them, which ends the process for a wrong command line.
"""

import os
import signal
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from types import ModuleType
from typing import Final, NoReturn, TextIO

from krenalis_provider import __version__
from krenalis_provider.bundle.libraries import PROVIDER
from krenalis_provider.command import ddl, install, json_schema, review, validate_schema
from krenalis_provider.command.exits import Exit
from krenalis_provider.command.printing import complain

SUBCOMMANDS: Final[Mapping[str, ModuleType]] = {
    "review": review,
    "validate-schema": validate_schema,
    "json-schema": json_schema,
    "ddl": ddl,
    "install": install,
}

_EXPLANATION: Final = """\
The Terraform provider for Krenalis workspaces. Terraform starts this program by itself
where a configuration names the provider krenalis/krenalis. Beside that it has subcommands:
"""
_EXITS: Final = """\
exit codes:
  0   done; nothing speaks against it
  1   it failed, or what was checked is wrong
  2   review: applying the plan would lose data
  64  the command line is wrong

With -debug it serves Terraform commands until it is interrupted, for developers of the provider.
"""


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(Exit.USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str]) -> NoReturn:
    """Do what the arguments say, and end the process."""
    # the executable's script ignores Ctrl-C, which is Terraform's to handle; and whoever pipes may have read enough
    for number in (signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    sys.stdout, sys.stderr = _writable(sys.stdout), _writable(sys.stderr)
    given, rest = whole_parser().parse_known_args(arguments)
    if rest:
        given.refuse(f"unrecognized arguments: {' '.join(rest)}")
    sys.exit(_run(given))


def _writable(stream: TextIO | None) -> TextIO:
    """The stream as subcommands write to it, or where the caller has closed it, one that keeps nothing."""
    stream = stream or open(os.devnull, "w")  # noqa: SIM115, PTH123 - until the process ends
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return stream


def _run(given: Namespace) -> int:
    """Run a subcommand. What cannot be written is an error, and not only noise at the end of the process."""
    try:
        code: int = given.run(given)
        sys.stdout.flush()
    except OSError as error:
        if error.filename is not None:  # it is not about the standard streams
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be written
        complain(f"standard output cannot be written: {error.strerror}")
        return Exit.WRONG
    return code


def whole_parser() -> ArgumentParser:
    """The parser of a command line, with those of all subcommands."""
    parser = _Parser(
        prog=PROVIDER, description=_EXPLANATION, epilog=_EXITS, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"{PROVIDER} {__version__}")
    choices = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND", required=True)
    for name, module in SUBCOMMANDS.items():
        subparser = choices.add_parser(
            name, help=module.SUMMARY, formatter_class=RawDescriptionHelpFormatter, allow_abbrev=False
        )
        module.declare(subparser)
        subparser.set_defaults(run=module.run, refuse=subparser.error)
    return parser

"""How a subcommand ends."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes. The parser's own code for a wrong command line would be 2."""

    DONE = 0
    WRONG = 1
    DATA_LOST = 2
    USAGE = 64

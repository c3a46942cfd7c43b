"""What subcommands print: lines that nothing in a file can break, and colours on terminals only."""

import os
import sys
from typing import Final, TextIO

RED: Final = "31"
YELLOW: Final = "33"
BOLD: Final = "1"


def printable(text: str) -> str:
    """The text with an escape in the place of each character that would move the cursor, end a line or show nothing."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def styled(text: str, style: str, stream: TextIO) -> str:
    """The text in a style, if the stream is a terminal, and nobody has said that there are to be no colours."""
    wanted = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\033[{style}m{text}\033[0m" if wanted else text


def complain(message: str) -> None:
    """Print a message on stderr, after what was printed on stdout: both may be one pipe."""
    _say("error:", RED, message)


def warn(message: str) -> None:
    """Print a warning on stderr, after what was printed on stdout."""
    _say("warning:", YELLOW, message)


def _say(kind: str, colour: str, message: str) -> None:
    sys.stdout.flush()
    print(styled(kind, colour, sys.stderr), printable(message), file=sys.stderr)

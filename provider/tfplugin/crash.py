"""What the process says when it cannot go on.

Source: docs/facts/terraform.md, "Failing".
"""

# The launcher imports this module: `typing` and `contextlib` would take as long as all the rest of it
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from tfplugin.logs import Log

CODE: "Final" = 2  # the exit code of a Go program that panics
_STDOUT: "Final" = 1
_STDERR: "Final" = 2
_PIPE: "Final" = 2 << 20  # bytes: more than one holds
_LINE: "Final" = 4 << 10  # bytes; go-plugin reads no further after one of 64 KiB


class Explained(Exception):
    """The process cannot serve. The text names the cause, which is outside of the program, and the remedy."""


def tell(text: str) -> None:
    """Writes to stderr, even if the interpreter has no such stream. If nobody reads it, nobody is told.

    Writes the first line to stdout too where Terraform waits for a handshake line, and returns when it was read.
    After the handshake line, both streams are one.
    """
    try:
        os.write(_STDERR, text.encode(errors="replace"))
    except OSError:  # nobody reads it
        pass
    try:
        if "TF_PLUGIN_MAGIC_COOKIE" in os.environ and not os.path.sameopenfile(_STDOUT, _STDERR):
            line = text.partition("\n")[0].removeprefix("panic: ")
            blank = f"{'':{_LINE}}\n"
            os.write(_STDOUT, f"{line}\n{blank * (_PIPE // _LINE)}".encode(errors="replace"))
    except OSError:
        pass


def report(error: BaseException, log: "Callable[[], Log]") -> None:
    """Writes a text that Terraform recognises by its first word, and shows to its user.

    The traceback follows, unless the cause is outside of the program. `log` gives the log of the process.
    """
    match error:
        case ModuleNotFoundError():
            text = f"panic: The provider is not installed completely: {error}. Install it anew.\n"
        case _:
            text = f"panic: {error}\n"
    try:
        if not isinstance(error, Explained | ModuleNotFoundError):
            import traceback

            text += "\n" + "".join(traceback.format_exception(error))
        text = log().redactor.redact(text)
    except (OSError, ImportError):  # no files can be opened, or no more modules imported
        pass
    tell(text)

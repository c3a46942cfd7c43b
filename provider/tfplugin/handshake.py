"""What Terraform and a provider tell each other beside their connection.

Source: docs/facts/terraform.md, "Starting a provider" and "The handshake line".
"""

# The launcher imports this module: `typing` would take as long as all the rest of it
import os

from tfplugin.crash import Explained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

PROTOCOL: "Final" = "6"
# the names of signals that ask a provider for its end; without a handler they end it at once, with its folder left behind
ENDS: "Final" = (
    "SIGTERM",
    "SIGHUP",
    "SIGQUIT",
    "SIGALRM",
    "SIGUSR1",
    "SIGUSR2",
    "SIGXCPU",
    "SIGVTALRM",
    "SIGPROF",
)
_COOKIE: "Final" = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
_STDOUT: "Final" = 1
_STDERR: "Final" = 2


def refusal(environment: "Mapping[str, str]", address: str) -> str:
    """The reason why this process should not serve; empty if it should. `address` is the provider's full address."""
    if environment.get("TF_PLUGIN_MAGIC_COOKIE") != _COOKIE:
        return (
            f"This program is a Terraform provider ({address}). It is not started by hand:\n"
            "Terraform starts it when a configuration uses it. What else it can do: --help\n"
        )
    offered = environment.get("PLUGIN_PROTOCOL_VERSIONS", PROTOCOL).split(",")
    if PROTOCOL not in offered:
        return f"This provider speaks plugin protocol 6; the program that started it offers {', '.join(offered)}.\n"
    return ""


def announce(path: str, certificate: str) -> None:
    """Writes the line with which Terraform knows where to connect. Raises Explained if it cannot be written.

    `path` is that of the public socket, `certificate` the server's in base64 without padding; empty without TLS.
    """
    tell(f"1|{PROTOCOL}|unix|{path}|grpc|{certificate}\n")
    # Terraform throws away all that follows: it goes to the log
    os.dup2(_STDERR, _STDOUT)


def tell(text: str) -> None:
    """Writes to stdout, whatever encoding and buffer the interpreter's stream has. Raises Explained if it cannot."""
    try:
        os.write(_STDOUT, text.encode())
    except OSError as error:
        raise Explained(f"The provider's address cannot be written to stdout: {error.strerror}.") from error

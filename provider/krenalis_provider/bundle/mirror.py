"""Where Terraform looks for an archive: a filesystem mirror in the packed layout.

Source: Terraform's documentation, "CLI configuration file", "Explicit Installation Method Configuration".
"""

import sysconfig
from pathlib import Path
from typing import Final

from krenalis_provider import ADDRESS, __version__
from krenalis_provider.bundle.interpreter import ANOTHER
from krenalis_provider.bundle.libraries import PROVIDER

_SYSTEMS: Final = {"linux": "linux", "macosx": "darwin"}
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class UnknownPlatform(Exception):
    """The interpreter is for a system or a processor for which no archive is made; the text names it."""


def platform() -> str:
    """That of the running interpreter in Terraform's words, such as ``linux_amd64``. Raises `UnknownPlatform`."""
    system, *_, architecture = sysconfig.get_platform().split("-", 2)
    try:
        return f"{_SYSTEMS[system]}_{_ARCHITECTURES[architecture]}"
    except KeyError:
        remedy = f". {ANOTHER}" if architecture == "universal2" else ""
        raise UnknownPlatform(
            f"this Python is for {sysconfig.get_platform()}, for which no archive is made{remedy}"
        ) from None


def archive_name() -> str:
    """What the archive of this version and platform is called. Raises `UnknownPlatform`."""
    return f"{PROVIDER}_{__version__}_{platform()}.zip"


def place(mirror: Path) -> Path:
    """Where in the mirror it is. Raises `UnknownPlatform`."""
    return mirror / ADDRESS / archive_name()

"""``install``: puts the provider where Terraform finds it by itself, for the user who calls it."""

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from krenalis_provider import __version__
from krenalis_provider.bundle import cli_configuration, mirror
from krenalis_provider.bundle.assembly import assemble
from krenalis_provider.bundle.bytecode import NotCompiled
from krenalis_provider.bundle.elf import UnsupportedBinary
from krenalis_provider.bundle.files import File, archive, read_folder
from krenalis_provider.bundle.libraries import PROVIDER, IncompleteInstallation
from krenalis_provider.bundle.markers import UnknownMarker
from krenalis_provider.command.arguments import plain_text
from krenalis_provider.command.exits import Exit
from krenalis_provider.command.printing import complain

SUMMARY: Final = "install the provider for your user, so that terraform init finds it"
_DESCRIPTION: Final = """\
Writes the provider as one archive, which needs no Python, into a mirror folder, and makes
Terraform look there: by the block provider_installation of your CLI configuration. A
configuration that is there already is never changed; what it lacks is printed then, and
the exit code is 1. Called again, it changes nothing that is as it should be.
"""
_EPILOG: Final = """\
exit codes:
  0   Terraform finds the provider
  1   the configuration lacks something, which is printed, or it failed
  64  the command line is wrong
"""
_REASONS: Final = (
    IncompleteInstallation,
    NotCompiled,
    UnknownMarker,
    UnsupportedBinary,
    mirror.UnknownPlatform,
)
_OTHER_PLACES: Final = (
    "--mirror DIR and --cli-config FILE choose other places than those of your home folder."
)
_NAME: Final = "krenalis/krenalis"


def declare(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument(
        "--mirror",
        metavar="DIR",
        type=Path,
        help=f"the mirror folder (by default {PROVIDER}/mirror in XDG_DATA_HOME or ~/.local/share)",
    )
    parser.add_argument(
        "--cli-config",
        metavar="FILE",
        type=Path,
        help="the CLI configuration (by default what TF_CLI_CONFIG_FILE names, or ~/.terraformrc)",
    )


def run(arguments: Namespace) -> Exit:
    """Write the archive, then the configuration."""
    environment = dict(os.environ)
    if arguments.cli_config:
        environment["TF_CLI_CONFIG_FILE"] = str(arguments.cli_config.absolute())
    try:
        folder = (arguments.mirror or _default_mirror()).absolute()
        plain_text(str(folder))  # the configuration is to name it
        _write_archive(mirror.place(folder))
        return _configure(folder, environment)
    except OSError as error:
        return _tell_failure(f"{error.strerror}: {error.filename}. {_OTHER_PLACES}")
    except cli_configuration.NoHome as error:
        return _tell_failure(f"{error}. {_OTHER_PLACES}")
    except (ArgumentTypeError, *_REASONS) as error:
        return _tell_failure(str(error))


def _default_mirror() -> Path:
    base = os.environ.get("XDG_DATA_HOME", "")
    return (
        Path(base if base.startswith("/") else cli_configuration.home() / ".local" / "share")
        / PROVIDER
        / "mirror"
    )


def _write_archive(place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    _tell("Putting the archive together. This takes a while.")
    content = archive(_files())
    before = place.read_bytes() if place.exists() else None
    if before == content:
        return
    _write(place, content)
    if before:
        _tell(
            f"The mirror had another build of version {__version__}. Where a folder was initialised with it, Terraform goes on with"
            " the old one, or says that checksums do not match. Remove .terraform and the provider's block in"
            " .terraform.lock.hcl there, and run `terraform init` again."
        )


def _files() -> dict[str, File]:
    """Those of the archive that was unpacked here, or else made from what is installed."""
    program = Path(sys.argv[0]).resolve()
    if program.parent == Path(sys.prefix).resolve():
        return read_folder(program.parent)
    return assemble(program)


def _configure(folder: Path, environment: dict[str, str]) -> Exit:
    file = cli_configuration.main_file(environment)
    block = cli_configuration.block(folder)
    try:
        found = cli_configuration.read(cli_configuration.files(environment), folder)
    except cli_configuration.Unreadable as error:
        return _ask_for(
            f"This command does not understand the CLI configuration: {error}. Mend this, and run the command again."
            f" If Terraform does understand it, its block provider_installation has to hold:",
            block,
        )
    if found.serves and found.overridden:
        return _tell_failure(
            f"the archive is in {folder}, but Terraform does not take it: remove {_NAME} from dev_overrides in"
            f" {found.block}"
        )
    if found.block and not (found.serves and not found.asked_too):
        return _ask_for_methods(found, folder)
    if found.block:
        return _tell_success(folder, found.block)
    if os.path.lexists(file):
        return _ask_for(
            f"{file} is not changed by this command, and it has no block provider_installation. Add to it:",
            block,
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, block.encode())
    return _tell_success(folder, file)


def _write(place: Path, content: bytes) -> None:
    """All of it, or nothing: Terraform may look at any time."""
    try:
        with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as target:
            try:
                target.write(content)
                target.flush()
                os.fsync(target.fileno())
                Path(target.name).chmod(0o644)
                Path(target.name).replace(place)
            except BaseException:
                Path(target.name).unlink(missing_ok=True)
                raise
    except OSError as error:  # that of a full disk names no file
        raise OSError(error.errno, error.strerror, str(place)) from error


def _tell_success(folder: Path, file: Path) -> Exit:
    sys.stdout.write(
        f"{_NAME} {__version__} for {mirror.platform()} is installed. Terraform finds it in the mirror\n"
        f"  {folder}\nby the CLI configuration\n  {file}\n"
        f"Its other subcommands are those of the executable\n  {Path(sys.argv[0]).absolute()}\n"
    )
    return Exit.DONE


def _ask_for_methods(found: cli_configuration.Reading, folder: Path) -> Exit:
    """Asks for what its block provider_installation lacks."""
    lacks, texts = [], []
    if not found.serves:
        lacks.append("says nothing of the mirror. Add to it the block filesystem_mirror that follows")
        texts.append(cli_configuration.method(folder))
    if found.asked_too:
        lacks.append(
            f"{'also ' if lacks else ''}makes Terraform look for {_NAME} elsewhere. Put the line exclude that follows into"
            f" each block of it that is there already: {', '.join(found.asked_too)}. Where such a block has a line"
            " exclude, put the address into its list"
        )
        texts.append(cli_configuration.exclusion())
    return _ask_for(
        f"{found.block} is not changed by this command. Its block provider_installation {'. It '.join(lacks)}:",
        "\n".join(texts),
    )


def _ask_for(reason: str, text: str) -> Exit:
    """Prints what a configuration lacks; it is its owner's, and may hold more than is understood here."""
    _tell(f"The archive is in the mirror, but Terraform does not look there alone yet. {reason}\n")
    sys.stdout.write(text)
    return Exit.WRONG


def _tell_failure(reason: str) -> Exit:
    complain(reason)
    return Exit.WRONG


def _tell(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()

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
from krenalis_provider.bundle.libraries import IncompleteInstallation
from krenalis_provider.bundle.markers import UnknownMarker
from krenalis_provider.command.arguments import plain_text
from krenalis_provider.command.exits import Exit
from krenalis_provider.command.printing import complain, printable

SUMMARY: Final = "install the provider for your user, so that terraform init finds it"
_DESCRIPTION: Final = """\
Writes the provider as one archive, which needs no Python, into the folder .terraform.d/plugins
of your home folder. Terraform looks there by itself, unless its CLI configuration has a block
provider_installation: then what the block lacks is printed, and the exit code is 1. Called
again, it changes nothing that is as it should be.

With --mirror it writes the archive into another folder, for other people or machines, and
prints the block by which Terraform looks there.
"""
_EPILOG: Final = """\
exit codes:
  0   Terraform finds the provider; with --mirror, the archive is there
  1   the CLI configuration lacks something, which is printed, or it failed
  64  the command line is wrong
"""
_REASONS: Final = (
    IncompleteInstallation,
    NotCompiled,
    UnknownMarker,
    UnsupportedBinary,
    mirror.UnknownPlatform,
)
_NAME: Final = "krenalis/krenalis"


def declare(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument(
        "--mirror", metavar="DIR", type=_folder, help="write the archive into this mirror folder"
    )


def _folder(text: str) -> Path:
    """One that a CLI configuration can name."""
    if not text or "${" in text:
        raise ArgumentTypeError(f"{text!a} is no name of a folder that a CLI configuration can have")
    return Path(plain_text(text)).absolute()


def run(arguments: Namespace) -> Exit:
    """Write the archive, and tell what Terraform makes of it."""
    try:
        folder = arguments.mirror or cli_configuration.implied_mirror()
        _write_archive(mirror.place(folder))
        return _tell_block(folder) if arguments.mirror else _look_for(folder)
    except OSError as error:
        return _tell_failure(": ".join(str(each) for each in (error.strerror, error.filename) if each))
    except (cli_configuration.NoHome, *_REASONS) as error:
        return _tell_failure(str(error))


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
            f"The folder had another build of version {__version__}. Where a folder was initialised with it, Terraform goes on with"
            " the old one, or says that checksums do not match. Remove .terraform and the provider's block in"
            " .terraform.lock.hcl there, and run `terraform init` again."
        )


def _files() -> dict[str, File]:
    """Those of the archive that was unpacked here, or else made from what is installed."""
    program = Path(sys.argv[0]).resolve()
    if program.parent == Path(sys.prefix).resolve():
        return read_folder(program.parent)
    return assemble(program)


def _look_for(folder: Path) -> Exit:
    """Whether Terraform finds the archive in the mirror, into which it looks where no configuration keeps it from that."""
    try:
        found = cli_configuration.read(cli_configuration.files(os.environ), folder)
    except cli_configuration.Unreadable as error:
        return _tell_failure(
            f"the archive is in {folder}, but Terraform or this command does not understand the CLI configuration: {error}."
            " If Terraform does, it finds the archive without a block provider_installation, or with one that names the folder"
        )
    if found.block and found.serves and found.overridden:
        return _tell_failure(
            f"the archive is in {folder}, but Terraform does not take it: remove {_NAME} from dev_overrides in"
            f" {found.block}"
        )
    if found.block and not (found.serves and not found.asked_too):
        return _ask_for_methods(found, folder)
    sys.stdout.write(
        f"{_NAME} {__version__} for {mirror.platform()} is installed. Terraform finds it in\n  {folder}\n"
        f"Its other subcommands are those of the executable\n  {Path(sys.argv[0]).absolute()}\n"
    )
    return Exit.DONE


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


def _tell_block(folder: Path) -> Exit:
    _tell(
        f"The archive is in {folder}. Terraform looks there by the block that follows, in a CLI configuration. It then looks"
        " nowhere that the block does not say, such as ~/.terraform.d/plugins: add what else you use.",
        end="\n\n",
    )
    sys.stdout.write(cli_configuration.block(folder))
    return Exit.DONE


def _ask_for_methods(found: cli_configuration.Reading, folder: Path) -> Exit:
    """Asks for what its block provider_installation lacks, which is its owner's."""
    lacks, texts = [], []
    block, line = ("member", "member") if found.is_json else ("block", "line")
    if not found.serves:
        lacks.append(f"says nothing of that. Add to it the {block} filesystem_mirror that follows")
        texts.append(cli_configuration.method(folder, as_json=found.is_json))
        if found.is_json:
            lacks[-1] += ", or where it has one, what is in the list to that list"
    if found.asked_too:
        lacks.append(
            f"{'also ' if lacks else ''}makes Terraform look for {_NAME} elsewhere. Put the {line} exclude that follows into"
            f" each {'object' if found.is_json else 'block'} of it that is there already: {', '.join(found.asked_too)}."
            f" Where there is a {line} exclude, put the address into its list"
        )
        texts.append(cli_configuration.exclusion(as_json=found.is_json))
    _tell(
        f"The archive is in {folder}, but Terraform does not look there alone. {found.block} is not changed by this command."
        f" Its {block} provider_installation {'. It '.join(lacks)}:",
        end="\n\n",
    )
    sys.stdout.write("\n".join(texts))
    return Exit.WRONG


def _tell_failure(reason: str) -> Exit:
    complain(reason)
    return Exit.WRONG


def _tell(message: str, end: str = "\n") -> None:
    print(printable(message), end=end, file=sys.stderr, flush=True)

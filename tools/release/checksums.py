"""The manifest and the checksums of a release."""

import hashlib
from pathlib import Path

from krenalis_provider import __version__
from krenalis_provider.bundle.libraries import PROVIDER


def sum_up(folder: Path, manifest: Path) -> Path:
    """Write both; returns the file of the checksums, which covers the archives and the manifest.

    Ends the program if the folder has no archive of this version, or one of another.
    """
    release = f"{PROVIDER}_{__version__}"
    archives = sorted(folder.glob("*.zip"))
    strangers = [path.name for path in archives if not path.name.startswith(f"{release}_")]
    if strangers or not archives:
        raise SystemExit(f"{folder} should have archives of {release} alone, and has {strangers or 'none'}")
    copy = folder / f"{release}_manifest.json"
    copy.write_bytes(manifest.read_bytes())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in [*archives, copy]]
    sums = folder / f"{release}_SHA256SUMS"
    sums.write_text("".join(sorted(lines, key=lambda line: line.split()[1])))
    return sums

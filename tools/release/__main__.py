"""``python -m tools.release``: make the archive of this platform, and the files beside it; with ``--collect``, only these."""

import argparse
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from krenalis_provider.bundle import mirror
from krenalis_provider.bundle.assembly import assemble
from krenalis_provider.bundle.files import File, archive
from tools.release import sbom
from tools.release.checksums import sum_up
from tools.release.signature import sign

_ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Write everything; what was written is printed."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    parser.add_argument("--output", metavar="DIR", type=Path, default=_ROOT / "dist", help="where to (dist)")
    parser.add_argument(
        "--collect", metavar="DIR", type=Path, help="make no archive: sum up those of all platforms in DIR"
    )
    arguments = parser.parse_args()
    folder = arguments.collect or arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    if not arguments.collect:
        build(folder)
    sums = sum_up(folder, _ROOT / "terraform-registry-manifest.json")
    sign(sums, os.environ.get("GPG_PRIVATE_KEY", ""), os.environ.get("GPG_PASSPHRASE", ""))
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:12,} {path}")
    return 0


def build(folder: Path) -> None:
    """The archive of this platform, and the list of what is in it."""
    files = assemble(_ROOT / "provider" / "terraform-provider-krenalis")
    place = folder / mirror.archive_name()
    content = archive(files)
    place.write_bytes(content)
    epoch = int(os.environ["SOURCE_DATE_EPOCH"]) if "SOURCE_DATE_EPOCH" in os.environ else None
    place.with_name(f"{place.stem}.cdx.json").write_text(sbom.document(files, content, epoch))
    print(f"{len(files)} files, {sum(len(file.content) for file in files.values()):,} bytes unpacked")
    if library := c_library(files):
        print(f"It runs with glibc {library} or newer.")


def c_library(files: Mapping[str, File]) -> str:
    """The oldest version of glibc that has all that the files need; empty if they need none."""
    wanted = {
        tuple(map(int, match[1].split(b".")))
        for file in files.values()
        if file.content.startswith(b"\x7fELF")
        for match in re.finditer(rb"\0GLIBC_(\d+\.\d+)(?:\.\d+)?(?=\0)", file.content)
    }
    return ".".join(map(str, max(wanted))) if wanted else ""


if __name__ == "__main__":
    sys.exit(main())

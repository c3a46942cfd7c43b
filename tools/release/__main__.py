"""``python -m tools.release``: make the archive of this platform, and the files beside it; with ``--collect``, only these.

What ``--collect`` does needs the standard library alone, so that no other code is near the key that signs.
"""

import argparse
import os
import sys
from pathlib import Path

from krenalis_provider.bundle import mirror
from krenalis_provider.bundle.assembly import assemble
from krenalis_provider.bundle.files import archive
from tools.release.c_library import c_library, refuse_newer
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
    parser.add_argument(
        "--newest-glibc",
        metavar="VERSION",
        default="",
        help="fail if the archive needs a newer one, such as 2.28",
    )
    arguments = parser.parse_args()
    folder = arguments.collect or arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    if not arguments.collect:
        build(folder, arguments.newest_glibc)
    sums = sum_up(folder, _ROOT / "terraform-registry-manifest.json")
    sign(sums, os.environ.get("GPG_PRIVATE_KEY", ""), os.environ.get("GPG_PASSPHRASE", ""))
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:12,} {path}")
    return 0


def build(folder: Path, newest: str) -> None:
    """The archive of this platform, and the list of what is in it. Ends the program if it needs a newer glibc than the newest."""
    from tools.release import sbom  # noqa: PLC0415 - not for `--collect`: it needs other libraries

    files = assemble(_ROOT / "provider" / "terraform-provider-krenalis")
    if newest:
        refuse_newer(files, newest)
    place = folder / mirror.archive_name()
    content = archive(files)
    place.write_bytes(content)
    epoch = int(os.environ["SOURCE_DATE_EPOCH"]) if "SOURCE_DATE_EPOCH" in os.environ else None
    place.with_name(f"{place.stem}.cdx.json").write_text(sbom.document(files, content, epoch))
    print(f"{len(files)} files, {sum(len(file.content) for file in files.values()):,} bytes unpacked")
    if library := c_library(files):
        print(f"It runs with glibc {library} or newer.")


if __name__ == "__main__":
    sys.exit(main())

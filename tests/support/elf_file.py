"""A small ELF file, as the System V ABI has it: one loaded segment, a dynamic section, and perhaps a loader and a note."""

import struct
from collections.abc import Sequence

PROGRAM, SHARED, RELOCATABLE = 2, 3, 1
_HEADERS = 0x40, 56
_NEEDED, _STRINGS, _SIZE, _RUNPATH = 1, 5, 10, 29


def elf_file(
    kind: int = SHARED,
    *,
    needed: Sequence[str] = (),
    run_path: str = "",
    loader: str = "",
    sections: bytes = b"",
) -> bytes:
    """The file's content; `sections` are what follows the segments, as symbols for a debugger do."""
    strings = b"\0"
    entries = []
    for tag, text in [*((_NEEDED, each) for each in needed), *([(_RUNPATH, run_path)] if run_path else [])]:
        entries.append((tag, len(strings)))
        strings += text.encode() + b"\0"
    count = 4 if loader else 3
    start = _HEADERS[0] + _HEADERS[1] * count
    dynamic_size = 16 * (len(entries) + 3)
    path = loader.encode() + b"\0"
    places = start + dynamic_size, start + dynamic_size + len(strings)
    entries += [(_STRINGS, places[0]), (_SIZE, len(strings)), (0, 0)]
    body = b"".join(struct.pack("<qQ", *entry) for entry in entries) + strings + path
    segments = [
        (1, 0, start + len(body)),
        (2, start, dynamic_size),
        (4, places[1], len(path)),
        *([(3, places[1], len(path))] if loader else []),
    ]
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack(
        "<HHIQQQIHHHHHH", kind, 62, 1, 0, _HEADERS[0], start + len(body), 0, *_HEADERS, count, 64, 1, 0
    )
    table = b"".join(
        struct.pack("<IIQQQQQQ", which, 4, offset, offset, offset, size, size, 8)
        for which, offset, size in segments
    )
    return header + table + body + sections

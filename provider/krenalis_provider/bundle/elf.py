"""Programs and shared libraries of Linux, made so that they can be moved: ELF of 64 bits, little-endian.

What only linkers and debuggers read is cut off: it is half of an interpreter that was built from source. No absolute run
path stays, because it would name a folder of the machine on which the archive was made.

Source: elf(5); ld.so(8), "Description"; System V ABI, "Dynamic Section".
"""

import struct
from typing import Final, NamedTuple

_MAGIC: Final = b"\x7fELF\x02\x01"  # 64 bits, little-endian
_MOVABLE: Final = (2, 3)  # ET_EXEC, ET_DYN
_LOAD, _DYNAMIC, _INTERPRETER, _NOTE = 1, 2, 3, 4
_NEEDED, _STRING_TABLE, _STRINGS_SIZE, _RPATH, _RUNPATH = 1, 5, 10, 15, 29
_READ_WRITE: Final = 6
_PAGE: Final = 0x10000  # the largest of both architectures
_SEGMENT: Final = struct.Struct("<IIQQQQQQ")
_ENTRY: Final = struct.Struct("<qQ")


class UnsupportedBinary(Exception):
    """A program or library that cannot be made movable; the text says why."""


class _Segment(NamedTuple):
    type: int
    flags: int
    offset: int
    address: int
    physical: int
    size: int
    size_in_memory: int
    alignment: int

    @property
    def end(self) -> int:
        return self.offset + self.size


def is_elf(content: bytes) -> bool:
    """Whether it is a program or a shared library of Linux, of whatever architecture."""
    return content.startswith(b"\x7fELF")


class Elf:
    """One program or shared library. `needed` are the names of its libraries, `interpreter` is its dynamic loader."""

    def __init__(self, content: bytes) -> None:
        """Raises `UnsupportedBinary`."""
        if not content.startswith(_MAGIC):
            raise UnsupportedBinary("it is not a 64-bit little-endian ELF file")
        if struct.unpack_from("<H", content, 0x10)[0] not in _MOVABLE:
            raise UnsupportedBinary("it is neither a program nor a shared library")
        self._content = bytearray(content)
        (self._table,) = struct.unpack_from("<Q", content, 0x20)
        size, count = struct.unpack_from("<HH", content, 0x36)
        self._segments = [
            _Segment(*_SEGMENT.unpack_from(content, self._table + size * index)) for index in range(count)
        ]
        self._dynamic = self._read_dynamic()
        self._strings = self._read_strings()

    @property
    def interpreter(self) -> str:
        """Empty for a library."""
        for segment in self._segments:
            if segment.type == _INTERPRETER:
                return self._content[segment.offset : segment.end].rstrip(b"\0").decode()
        return ""

    @property
    def needed(self) -> list[str]:
        """The file names of the libraries that it is linked with."""
        return [self._string(value).decode() for tag, value in self._dynamic if tag == _NEEDED]

    @property
    def run_path(self) -> str:
        """Where it looks for them first: folders, separated by colons."""
        return ":".join(
            self._string(value).decode() for tag, value in self._dynamic if tag in {_RPATH, _RUNPATH}
        )

    def movable(self, run_path: str = "") -> bytes:
        """Its content without what running does not need, and without absolute run paths.

        A relative run path of its own becomes one that does not hide the program's. `run_path` takes the place of all.
        Raises `UnsupportedBinary`.
        """
        self._cut_off_sections()
        if self._dynamic:
            self._forget_run_paths(all_of_them=bool(run_path))
        if run_path:
            self._add_run_path(run_path.encode())
        return bytes(self._content)

    def _cut_off_sections(self) -> None:
        del self._content[max(segment.end for segment in self._segments) :]
        struct.pack_into("<Q", self._content, 0x28, 0)
        struct.pack_into("<HH", self._content, 0x3C, 0, 0)

    def _forget_run_paths(self, *, all_of_them: bool) -> None:
        """DT_RUNPATH would hide the program's DT_RPATH from the libraries of a library."""
        kept = []
        for tag, value in self._dynamic:
            if tag not in {_RPATH, _RUNPATH}:
                kept.append((tag, value))
                continue
            path = self._string(value)
            if not all_of_them and all(part.startswith(b"$ORIGIN") for part in path.split(b":")):
                kept.append((_RPATH, value))
            else:
                start = self._strings.offset + value
                self._content[start : start + len(path)] = bytes(len(path))
        kept += [(0, 0)] * (len(self._dynamic) - len(kept))
        segment = self._segment(_DYNAMIC)
        self._content[segment.offset : segment.offset + _ENTRY.size * len(kept)] = b"".join(
            _ENTRY.pack(*entry) for entry in kept
        )
        self._dynamic = self._read_dynamic()

    def _add_run_path(self, path: bytes) -> None:
        """Appends a segment with a longer string table and a longer dynamic section.

        The program's header has no room for another segment, so that of a note is taken, which only says how it was built.
        """
        address = _aligned(max(each.address + each.size_in_memory for each in self._of_type(_LOAD)), _PAGE)
        offset = _aligned(len(self._content), _PAGE)
        old = bytes(self._content[self._strings.offset : self._strings.offset + self._strings.size])
        strings = old + path + b"\0"
        strings += bytes(-len(strings) % 16)
        values = {_STRING_TABLE: address, _STRINGS_SIZE: len(strings)}
        entries = [(tag, values.get(tag, value)) for tag, value in self._dynamic if tag]
        entries = [*entries, (_RPATH, len(old)), (0, 0)]
        dynamic = b"".join(_ENTRY.pack(*entry) for entry in entries)
        added = strings + dynamic
        self._content += bytes(offset - len(self._content)) + added
        where = offset + len(strings), address + len(strings), address + len(strings)
        self._replace(_DYNAMIC, _Segment(_DYNAMIC, _READ_WRITE, *where, len(dynamic), len(dynamic), 8))
        size = len(added)
        self._replace(_NOTE, _Segment(_LOAD, _READ_WRITE, offset, address, address, size, size, _PAGE))

    def _replace(self, kind: int, segment: _Segment) -> None:
        """The first segment of the kind by this one; segments that are loaded stay in the order of addresses."""
        self._segments.remove(self._segment(kind))
        last = max(index for index, each in enumerate(self._segments) if each.type == _LOAD)
        self._segments.insert(last + 1, segment)
        for index, each in enumerate(self._segments):
            _SEGMENT.pack_into(self._content, self._table + _SEGMENT.size * index, *each)

    def _segment(self, kind: int) -> _Segment:
        for segment in self._of_type(kind):
            return segment
        raise UnsupportedBinary(f"it has no program header of type {kind}")

    def _of_type(self, kind: int) -> list[_Segment]:
        return [segment for segment in self._segments if segment.type == kind]

    def _read_dynamic(self) -> list[tuple[int, int]]:
        """The entries before the first that ends the section; none in a program that is linked statically."""
        entries = []
        for segment in self._of_type(_DYNAMIC):
            for tag, value in _ENTRY.iter_unpack(self._content[segment.offset : segment.end]):
                if tag == 0:
                    break
                entries.append((tag, value))
        return entries

    def _read_strings(self) -> _Segment:
        """The string table of the dynamic section, as if it were a segment."""
        values = dict(self._dynamic)
        address, size = values.get(_STRING_TABLE, 0), values.get(_STRINGS_SIZE, 0)
        for each in self._of_type(_LOAD):
            if each.address <= address < each.address + each.size:
                offset = address - each.address + each.offset
                return _Segment(_LOAD, 0, offset, address, address, size, size, 1)
        return _Segment(_LOAD, 0, 0, 0, 0, 0, 0, 1)

    def _string(self, start: int) -> bytes:
        first = self._strings.offset + start
        return bytes(self._content[first : self._content.index(b"\0", first)])


def _aligned(number: int, step: int) -> int:
    return -(-number // step) * step

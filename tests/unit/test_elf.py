"""Programs and libraries of Linux, read and made movable; the files are made by the test."""

import pytest

from krenalis_provider.bundle import elf
from tests.support.elf_file import PROGRAM, RELOCATABLE, elf_file

LOADER = "/lib64/ld-linux-x86-64.so.2"


def test_what_it_is_linked_with_is_read() -> None:
    made = elf.Elf(elf_file(PROGRAM, needed=["libz.so.1", "libc.so.6"], run_path="$ORIGIN/a", loader=LOADER))

    assert made.needed == ["libz.so.1", "libc.so.6"]
    assert made.run_path == "$ORIGIN/a"
    assert made.interpreter == LOADER


def test_a_library_has_no_loader_and_one_that_needs_nothing_has_no_libraries() -> None:
    assert elf.Elf(elf_file()).interpreter == ""
    assert elf.Elf(elf_file()).needed == []


def test_absolute_run_paths_and_what_follows_the_segments_are_cut_off() -> None:
    made = elf.Elf(
        elf_file(needed=["libz.so.1"], run_path="/home/somebody/lib", sections=b"symbols")
    ).movable()

    assert b"somebody" not in made
    assert b"symbols" not in made
    assert elf.Elf(made).run_path == ""
    assert elf.Elf(made).needed == ["libz.so.1"]


def test_a_relative_run_path_stays() -> None:
    assert elf.Elf(elf.Elf(elf_file(run_path="$ORIGIN/x.libs")).movable()).run_path == "$ORIGIN/x.libs"


def test_a_run_path_takes_the_place_of_all() -> None:
    made = elf.Elf(elf_file(PROGRAM, needed=["libz.so.1"], run_path="/opt/lib", loader=LOADER)).movable(
        "$ORIGIN/../lib"
    )

    assert elf.Elf(made).run_path == "$ORIGIN/../lib"
    assert elf.Elf(made).needed == ["libz.so.1"]
    assert elf.Elf(made).interpreter == LOADER


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (elf_file(RELOCATABLE), "it is neither a program nor a shared library"),
        (b"\x7fELF\x01\x01" + bytes(60), "it is not a 64-bit little-endian ELF file"),
    ],
)
def test_other_files_are_refused(content: bytes, said: str) -> None:
    with pytest.raises(elf.UnsupportedBinary, match=said):
        elf.Elf(content)

"""What an archive takes along with its interpreter; the programs and the loader's answers are the test's."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from krenalis_provider.bundle import interpreter, mirror
from krenalis_provider.bundle.elf import UnsupportedBinary
from krenalis_provider.bundle.interpreter import ANOTHER
from tests.support.elf_file import PROGRAM, RELOCATABLE, elf_file
from tests.support.macho_file import loads, program

LOADER = "/lib64/ld-linux-x86-64.so.2"


class Loader:
    """Stands in for the dynamic loader: what it prints, and its exit code."""

    def __init__(self) -> None:
        self.prints, self.code = "", 0

    def run(self, words: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        assert words[:2] == [LOADER, "--list"]
        return subprocess.CompletedProcess(words, self.code, self.prints, "")


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Loader:
    python = tmp_path / "python"
    python.write_bytes(elf_file(PROGRAM, needed=["libc.so.6"], loader=LOADER))
    monkeypatch.setattr(interpreter, "program", lambda: python)
    made = Loader()
    monkeypatch.setattr(subprocess, "run", made.run)
    return made


@pytest.fixture
def module(tmp_path: Path) -> Path:
    file = tmp_path / "module.so"
    file.write_bytes(elf_file(needed=["libz.so.1"]))
    return file


def test_all_libraries_come_along_but_for_those_of_the_c_library(loader: Loader, module: Path) -> None:
    loader.prints = (
        "\tlinux-vdso.so.1 (0x00007ffd1)\n"
        "\tlibz.so.1 => /opt/my libraries/libz.so.1 (0x00007f1)\n"
        "\tlibc++.so.1 => /usr/lib/libc++.so.1 (0x00007f2)\n"
        "\tlibmvec.so.1 => /lib/libmvec.so.1 (0x00007f3)\n"
        "\tlibc.so.6 => /lib/libc.so.6 (0x00007f4)\n"
        f"\t{LOADER} (0x00007f5)\n"
    )

    assert interpreter.shared_libraries([module]) == {
        "libz.so.1": Path("/opt/my libraries/libz.so.1"),
        "libc++.so.1": Path("/usr/lib/libc++.so.1"),
    }


def test_what_the_loader_cannot_tell_is_an_error(loader: Loader, module: Path) -> None:
    loader.prints, loader.code = f"{module}: cannot open shared object file\n", 127

    with pytest.raises(
        UnsupportedBinary, match=r"does not tell what .*/module\.so is linked with: .*cannot open"
    ):
        interpreter.shared_libraries([module])


def test_a_library_that_is_missing_is_named(loader: Loader, module: Path) -> None:
    loader.prints = "\tlibz.so.1 => not found\n"

    with pytest.raises(UnsupportedBinary, match=r"module\.so needs libz\.so\.1, which is missing"):
        interpreter.shared_libraries([module])


def test_the_loader_is_not_asked_about_what_needs_no_library(loader: Loader, module: Path) -> None:
    loader.code = 127
    module.write_bytes(elf_file())

    assert interpreter.shared_libraries([module]) == {}


def test_an_interpreter_that_loads_no_libraries_is_refused(loader: Loader, module: Path) -> None:
    interpreter.program().write_bytes(elf_file(PROGRAM))

    with pytest.raises(UnsupportedBinary, match=ANOTHER):
        interpreter.shared_libraries([module])


def test_what_cannot_be_moved_is_named(loader: Loader, module: Path) -> None:
    module.write_bytes(elf_file(RELOCATABLE))

    for call in (
        lambda: interpreter.shared_libraries([module]),
        lambda: interpreter.movable("lib/module.so", module.read_bytes()),
    ):
        with pytest.raises(UnsupportedBinary, match=r"module\.so cannot come along: it is neither"):
            call()


def test_a_binary_of_macos_that_finds_its_libraries_anywhere_stays_as_it_is() -> None:
    made = program(
        loads("@executable_path/../lib/libpython3.13.dylib"),
        loads("/usr/lib/libSystem.B.dylib"),
        loads("/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation"),
        loads("@loader_path/.dylibs/libpq.5.dylib"),
    )

    assert interpreter.movable("bin/python3.13", made, is_program=True) == made


@pytest.mark.parametrize(
    "library",
    [
        "/opt/homebrew/Cellar/python@3.13/3.13.1/Frameworks/Python.framework/Versions/3.13/Python",
        "/usr/local/lib/libssl.3.dylib",
        "@rpath/libpython3.13.dylib",
    ],
)
def test_a_binary_of_macos_that_is_linked_with_another_is_refused(library: str) -> None:
    with pytest.raises(UnsupportedBinary) as raised:
        interpreter.movable("bin/python3.13", program(loads(library)), is_program=True)

    assert (
        str(raised.value) == f"bin/python3.13 is linked with {library}, which does not come along. {ANOTHER}"
    )


def test_an_interpreter_for_several_processors_is_refused_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sysconfig.get_platform", lambda: "macosx-10.13-universal2")

    with pytest.raises(mirror.UnknownPlatform) as raised:
        mirror.platform()

    assert str(raised.value) == (
        f"this Python is for macosx-10.13-universal2, for which no archive is made. {ANOTHER}"
    )

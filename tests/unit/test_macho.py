"""Which libraries a program of macOS is linked with."""

from krenalis_provider.bundle import macho
from tests.support.macho_file import loads, program


def test_the_commands_that_load_libraries_are_read() -> None:
    made = program(
        loads("a segment", 0x19),
        loads("@executable_path/../lib/libpython3.13.dylib"),
        loads("/usr/lib/libSystem.B.dylib", 0x80000018),
    )

    assert macho.libraries(made) == [
        "@executable_path/../lib/libpython3.13.dylib",
        "/usr/lib/libSystem.B.dylib",
    ]


def test_other_files_have_none() -> None:
    assert macho.libraries(b"\x7fELF" + bytes(100)) == []

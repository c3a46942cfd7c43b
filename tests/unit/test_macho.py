"""Which libraries a program of macOS is linked with, read from a header as Apple's documentation has it."""

import struct

from krenalis_provider.bundle import macho


def command(kind: int, path: str) -> bytes:
    text = path.encode() + b"\0"
    text += bytes(-len(text) % 8)
    return struct.pack("<IIIIII", kind, 24 + len(text), 24, 0, 0, 0) + text


def program(*commands: bytes) -> bytes:
    sizes = sum(map(len, commands))
    return (
        b"\xcf\xfa\xed\xfe"
        + struct.pack("<IIIIIII", 0x100000C, 0, 2, len(commands), sizes, 0, 0)
        + b"".join(commands)
    )


def test_the_commands_that_load_libraries_are_read() -> None:
    made = program(
        command(0x19, "a segment"),
        command(0x0C, "@executable_path/../lib/libpython3.13.dylib"),
        command(0x80000018, "/usr/lib/libSystem.B.dylib"),
    )

    assert macho.libraries(made) == [
        "@executable_path/../lib/libpython3.13.dylib",
        "/usr/lib/libSystem.B.dylib",
    ]


def test_other_files_have_none() -> None:
    assert macho.libraries(b"\x7fELF" + bytes(100)) == []

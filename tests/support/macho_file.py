"""A small program of macOS: a header and its commands, as Apple's documentation has them."""

import struct

_LOAD = 0x0C


def loads(path: str, kind: int = _LOAD) -> bytes:
    """A command that loads a library, or one of another kind with a path."""
    text = path.encode() + b"\0"
    text += bytes(-len(text) % 8)
    return struct.pack("<IIIIII", kind, 24 + len(text), 24, 0, 0, 0) + text


def program(*commands: bytes) -> bytes:
    """The program's content."""
    sizes = sum(map(len, commands))
    return (
        b"\xcf\xfa\xed\xfe"
        + struct.pack("<IIIIIII", 0x100000C, 0, 2, len(commands), sizes, 0, 0)
        + b"".join(commands)
    )

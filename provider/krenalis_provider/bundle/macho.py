"""Programs of macOS: which libraries they bring along. They are copied as they are, because each change needs a new signature.

Source: Apple's ``mach-o/loader.h``.
"""

import struct
from typing import Final

_MAGIC: Final = b"\xcf\xfa\xed\xfe"  # 64 bits, little-endian
_HEADER: Final = 32  # bytes
_LIBRARY: Final = frozenset(
    {0x0C, 0x8000_0018, 0x8000_001F}
)  # LC_LOAD_DYLIB, and the same weak and re-exported


def libraries(content: bytes) -> list[str]:
    """The paths of the libraries that it is linked with; none if it is no such program, or one for several processors."""
    if not content.startswith(_MAGIC):
        return []
    (count,) = struct.unpack_from("<I", content, 16)
    found, position = [], _HEADER
    for _ in range(count):
        kind, size = struct.unpack_from("<II", content, position)
        if kind in _LIBRARY:
            (name,) = struct.unpack_from("<I", content, position + 8)
            found.append(content[position + name : position + size].rstrip(b"\0").decode())
        position += size
    return found

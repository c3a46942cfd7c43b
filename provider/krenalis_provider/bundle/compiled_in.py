"""Libraries of others that are part of compiled files, so that no file bears their names."""

import decimal
import pyexpat
import ssl
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.backends.openssl import backend

from krenalis_provider.bundle import interpreter, macho

# by the file's name that each would have as a shared library
_OF_THE_INTERPRETER: Final = {
    "libssl": ("OpenSSL", ssl.OPENSSL_VERSION.split()[1]),
    "libexpat": ("Expat", pyexpat.EXPAT_VERSION.removeprefix("expat_")),
    "libz": ("zlib", zlib.ZLIB_RUNTIME_VERSION),
    "libmpdec": ("mpdecimal", decimal.__libmpdec_version__),
}


def parts_of_the_interpreter(shared: Mapping[str, Path]) -> dict[str, str]:
    """Names and versions of what it and its standard library hold; `shared` are the shared libraries that come along."""
    binaries = (interpreter.program(), *shared.values())
    linked = {Path(each).name for binary in binaries for each in macho.libraries(binary.read_bytes())}
    names = tuple({*shared, *linked})
    return {
        name: version
        for library, (name, version) in _OF_THE_INTERPRETER.items()
        if not any(each.startswith(f"{library}.") for each in names)
    }


def openssl_of_cryptography() -> str:
    """Its version."""
    return backend.openssl_version_text().split()[1]

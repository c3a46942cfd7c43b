"""Modules that a library imports and this process may never use: imported when they are used.

`importlib.util.LazyLoader` does not serve here. A second `import` of the same module loads it, a library has many, and
up to Python 3.11 two threads may load it at once.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Late(ModuleType):
    """A door to a module, which is imported, as ever, when somebody first asks for an attribute."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def imported_late(*names: str) -> Iterator[None]:
    """Whoever imports one of these modules in this context, and has not before, gets a door to it.

    Each attribute is the module's own, and nobody who imports the module later sees the door. Only a library that uses
    no attribute while it is imported gains by it. No other thread may import anything meanwhile.
    """
    doors = {name: _Late(name) for name in names if name not in sys.modules}
    sys.modules.update(doors)
    try:
        yield
    finally:
        for name, door in doors.items():
            if sys.modules.get(name) is door:
                del sys.modules[name]


def tell_versions() -> None:
    """Answers `importlib.metadata.version` by the names of folders, from now on; all else imports the module, as ever.

    Some libraries ask for their own version when they are imported, and for nothing else. The module reads it with
    parsers of e-mail and archives, and importing these takes a fifth of the time of a driver.
    """
    if "importlib.metadata" not in sys.modules:
        door = sys.modules["importlib.metadata"] = _Late("importlib.metadata")
        vars(door)["version"] = _version


def _version(name: str) -> str:
    """As `importlib.metadata.version`.

    Source: the packaging user guide, "Recording installed projects": the folder is ``{name}-{version}.dist-info``.
    """
    for path in filter(os.path.isdir, sys.path):
        for entry in os.listdir(path):  # noqa: PTH208 - `pathlib` is not imported yet
            found, _, version = entry.removesuffix(".dist-info").partition("-")
            if entry.endswith(".dist-info") and _normal(found) == _normal(name):
                return version
    module: Any = sys.modules["importlib.metadata"]
    return str(module.distribution(name).version)


def _normal(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")

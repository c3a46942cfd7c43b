"""Modules that a library imports and this process may never use: imported when they are used.

`importlib.util.LazyLoader` does not serve here. A second `import` of the same module loads it, a library has many, and
up to Python 3.11 two threads may load it at once.
"""

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

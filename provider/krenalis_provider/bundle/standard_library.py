"""The interpreter's standard library, without what a provider cannot use."""

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# modules and packages
LEFT_OUT: Final = frozenset(
    {
        # tests
        *("test", "_testcapi", "_testbuffer", "_testclinic", "_testimportmultiple", "_testinternalcapi"),
        *(
            "_testmultiphase",
            "_testsinglephase",
            "_testexternalinspection",
            "_testlimitedcapi",
            "_ctypes_test",
        ),
        *("_xxtestfuzz", "xxlimited", "xxlimited_35", "xxsubtype", "__phello__", "__hello__"),
        # for people: windows, terminals, lessons, and the manual
        *("idlelib", "tkinter", "_tkinter", "turtle", "turtledemo", "curses", "_curses", "_curses_panel"),
        *("readline", "pydoc_data", "this", "antigravity"),
        # that installs and builds Python programs
        *("ensurepip", "venv", "distutils", "lib2to3"),
        # databases of other kinds
        *("sqlite3", "_sqlite3", "dbm", "_dbm", "_gdbm"),
        # whose libraries not every system has; whoever imports these goes on without
        *("_bz2", "_lzma", "_zstd", "_uuid", "_crypt", "nis", "ossaudiodev", "spwd", "audioop"),
    }
)
_FOLDERS_LEFT_OUT: Final = frozenset(
    {"__pycache__", "test", "tests", "idle_test", "site-packages", "dist-packages"}
)
LANDMARK: Final = "lib-dynload/README"
"""A file in the folder of extension modules, which the interpreter looks for even if it has none there."""
LICENCE: Final = "LICENSE.txt"
"""The interpreter's own."""


def folder() -> Path:
    """Where the running interpreter has its standard library."""
    return Path(os.path.realpath(os.__file__)).parent


def version() -> str:
    """The interpreter as folders and programs are named: ``python3.11``."""
    return f"python{sys.version_info[0]}.{sys.version_info[1]}"


def modules() -> Iterator[tuple[str, Path]]:
    """Sources and extension modules: the name relative to the library's folder, and the file."""
    for around, folders, names in os.walk(folder()):
        folders[:] = [name for name in folders if name not in _FOLDERS_LEFT_OUT | LEFT_OUT]
        for name in names:
            path = Path(around, name)
            if path.suffix in {".py", ".so"} and path.name.partition(".")[0] not in LEFT_OUT:
                yield path.relative_to(folder()).as_posix(), path
    # without it, `licences` looks for another text, and tells if there is none
    if (licence := folder() / LICENCE).exists():
        yield LICENCE, licence


def is_about_the_build(name: str) -> bool:
    """Whether the module of that file says how and where the interpreter was built."""
    return name.startswith("_sysconfigdata_")


def without_folders(source: bytes) -> bytes:
    """The same module without the values that name folders of the machine on which the interpreter was built.

    Where time zones are is not one of these: the path is of the systems for which it was built.
    """
    tree = ast.parse(source)
    values = next(
        ast.literal_eval(statement.value) for statement in tree.body if isinstance(statement, ast.Assign)
    )
    kept = {name: value for name, value in values.items() if name == "TZPATH" or "/" not in str(value)}
    return f"build_time_vars = {dict(sorted(kept.items()))!r}\n".encode()

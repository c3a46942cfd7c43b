#!/bin/sh
# A module under importlib.util.LazyLoader is executed by the second `import` of it, without any use.
#
# Guessed: with LazyLoader for asyncio, importing gRPC leaves asyncio unexecuted, because it uses nothing of it until
# somebody calls the asyncio half.
# Seen with grpcio 1.76.0 on Python 3.11, and without gRPC on 3.13: the first `import asyncio` leaves it lazy, as promised, and the second one,
# in whatever module, executes it: to see whether another thread is still importing the module, the import reads
# its `__spec__`, and reading any attribute ends the laziness. gRPC has several such imports, so nothing is gained.
# So: LazyLoader serves for modules that are imported in one place. For others, a stand-in in sys.modules that imports the
# real module when it is asked for an attribute it does not have itself.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check grpcio==1.76.0
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.util
import sys


def lazy(name):
    """The module, which is executed when one of its attributes is used."""
    spec = importlib.util.find_spec(name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def executed(module):
    """Looks without using an attribute of the module."""
    return type(module).__name__ == "module"


colorsys = lazy("colorsys")
before = executed(colorsys)
import colorsys as again  # noqa: E402

print(f"colorsys is executed: {before} before an import, {executed(again)} after it")
assert (before, executed(again)) == (False, True)

asyncio = lazy("asyncio")
before = executed(asyncio)
import grpc  # noqa: E402, F401

print(f"asyncio is executed: {before} before gRPC is imported, {executed(asyncio)} after it")
assert (before, executed(asyncio)) == (False, True)
PYTHON

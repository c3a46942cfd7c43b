"""What the executable runs first: makes the interpreter ready for the libraries, and starts what was asked for.

The executable is the script ``terraform-provider-krenalis``. Its interpreter has read neither the environment nor any
``.pth`` file. A start that another process serves imports next to nothing (`tfplugin.warm_start`).

Source: docs/facts/python.md, "An isolated interpreter".
"""

import os
import sys

# the beginnings of variables by which libraries take another implementation of themselves, or load plug-ins
_FOREIGN = ("GRPC_", "MSGPACK_", "PROTOCOL_BUFFERS_", "PSYCOPG_", "PYDANTIC_")

# what developers start it with: it serves, as without arguments
_DEBUG = ("-debug", "--debug")

# the beginnings of variables that libraries and the dynamic linker read once: a warm parent has them, and cannot change them
_READ_ONCE = tuple(
    b"CRYPTOGRAPHY_ GCONV_ GLIBC_ LANG LC_ LD_ LOCPATH MALLOC_ NLSPATH OPENSSL_ SSL_ TZ".split()
)
# what a warm parent runs, beside the executable's own words
_WARM = (
    "import sys; sys.path += sys.argv[2:4]; from krenalis_provider.launch import warm; warm(*sys.argv[1:])"
)


def main(program: str, libraries: str, source: str, *arguments: str) -> None:
    """Serve as a plugin of Terraform, or do what a person asks for by arguments.

    `program` is the executable, `libraries` the folder in which pip has installed the provider, and `source` the one
    that holds `krenalis_provider`. The two folders differ in an editable installation.
    """
    _make_ready(program, libraries, source, *arguments)
    if arguments and arguments[0] not in _DEBUG:
        from krenalis_provider.command.line import main as do

        do(arguments)
    way, public = "cold: KRENALIS_WARM_START is off", None
    if os.environ.get("KRENALIS_WARM_START", "").lower() != "off":
        from tfplugin.warm_start.launcher import Launcher

        options = sys.orig_argv[1 : sys.orig_argv.index("-c")]
        command = [sys.executable, *options, "-c", _WARM, program, libraries, source]
        way, public = Launcher(command, _read_once(), _alike(program, libraries, source)).run()

    from krenalis_provider.__main__ import main as serve

    serve(public, way)


def warm(program: str, libraries: str, source: str, *words: str) -> None:
    """Be the warm parent of a Terraform."""
    _make_ready(program, libraries, source)

    from krenalis_provider.__main__ import warm as run

    run(_alike(program, libraries, source), words)


def _alike(program: str, libraries: str, source: str) -> "tuple[object, ...]":
    """The provider and the interpreter, so that an upgrade shows, and the variables that were read."""
    packages = (f"{source}/{name}" for name in ("krenalis_provider", "tfplugin", "lightstart"))
    paths = [program, libraries, *packages, sys.executable]
    stats = [os.stat(path) for path in paths]
    facts = [(each.st_dev, each.st_ino, each.st_mtime_ns, each.st_size) for each in stats]
    return paths, sys.version, facts, _read_once()


def _read_once() -> dict[bytes, bytes]:
    return {name: value for name, value in os.environb.items() if name.startswith(_READ_ONCE)}


def _make_ready(program: str, libraries: str, source: str, *arguments: str) -> None:
    sys.argv[:] = [program, *arguments]
    # as `site` does: after the standard library
    found = [libraries, source, *_where_pip_looked_too(libraries, os.path.dirname(program))]
    wanted = [path if path.startswith("/") else f"{os.getcwd()}/{path}" for path in found]
    sys.path[:] = dict.fromkeys([path for path in sys.path if path not in wanted] + wanted)
    for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
        del os.environ[name]


def _where_pip_looked_too(libraries: str, beside: str) -> list[str]:
    """The interpreter's own folders of libraries, if pip did not install again what it found there.

    It did not, unless it made a folder of its own for the provider, or worked in a virtual environment.
    """
    prefix, found, _ = libraries.rpartition("/lib/python3")
    if not found or prefix == beside:
        return []
    try:
        with open(f"{prefix}/pyvenv.cfg", encoding="utf-8", errors="replace") as file:
            settings = "".join(file.read().lower().split())
    except FileNotFoundError:
        settings = "include-system-site-packages=true"
    if "include-system-site-packages=true" not in settings:
        return []
    import site

    return site.getsitepackages([sys.base_prefix, sys.base_exec_prefix])

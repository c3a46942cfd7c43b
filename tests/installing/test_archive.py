"""What is in the archive, and that it runs wherever it is put."""

import dis
import marshal
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType
from zipfile import ZipFile

import pytest

from krenalis_provider.bundle import elf, libraries, standard_library
from tests.support.bundle import PYTHON, SOURCE
from tests.support.installed import tree, unzip
from tests.support.plugin import get_schema, shut_down, started

NAME = "terraform-provider-krenalis_v0.1.0"
PROGRAMS = {NAME, f"bin/{PYTHON}"}
# what libraries can do with other libraries that the provider does not need
OPTIONAL = re.compile(
    r"No module named '(trio|pytest|h2|socksio|click|mypy|hypothesis)|'dnspython'|'Shapely'|requires distutils"
)
# imports all that is in a folder, and prints what fails
IMPORT_ALL = """
import importlib, os, sys
sys.path.append(sys.argv[1])
for around, folders, names in os.walk(sys.argv[1]):
    folders[:] = sorted(name for name in folders if not name.endswith((".libs", ".dist-info")))
    for name in sorted(names):
        stem, _, end = name.partition(".")
        if stem != "__main__" and (end == "pyc" or end.endswith("so")):
            module = os.path.relpath(os.path.join(around, stem), sys.argv[1]).replace("/", ".")
            try:
                importlib.import_module(module.removesuffix(".__init__"))
            except Exception as error:
                print(module, repr(error))
"""


@pytest.fixture(scope="module")
def contents(archive: Path) -> dict[str, bytes]:
    with ZipFile(archive) as files:
        return {each.filename: files.read(each) for each in files.infolist()}


def codes(content: bytes) -> Iterator[CodeType]:
    """All code of a file of bytecode."""
    waiting = [marshal.loads(content[16:])]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [each for each in code.co_consts if isinstance(each, CodeType)]


def test_only_the_launcher_and_the_interpreter_are_programs_and_nothing_is_a_link(archive: Path) -> None:
    with ZipFile(archive) as files:
        modes = {each.filename: each.external_attr >> 16 for each in files.infolist()}

    assert {name for name, mode in modes.items() if mode == 0o100755} == PROGRAMS
    assert {mode for name, mode in modes.items() if name not in PROGRAMS} == {0o100644}


def test_the_launcher_is_the_one_file_that_terraform_could_take_for_it(contents: dict[str, bytes]) -> None:
    assert [name for name in contents if "/" not in name] == [NAME]


def test_all_python_is_bytecode_that_asks_for_no_source(contents: dict[str, bytes]) -> None:
    bytecode = {name: content for name, content in contents.items() if name.endswith(".pyc")}

    assert len(bytecode) > 1000
    assert not [name for name in contents if name.endswith(".py") or "__pycache__" in name]
    assert {content[:4] for content in bytecode.values()} == {MAGIC_NUMBER}
    assert {content[4:8] for content in bytecode.values()} == {b"\1\0\0\0"}  # PEP 552: hashed, unchecked


def test_no_folder_of_this_machine_is_named(contents: dict[str, bytes]) -> None:
    """But for the prefix with which the interpreter was built, in its own program or library."""
    folders = {str(SOURCE.parent), sys.prefix, sys.base_prefix}
    named = {name for name, content in contents.items() for each in folders if each.encode() in content}

    assert all(name.startswith((f"lib/lib{PYTHON}", f"bin/{PYTHON}")) for name in named)
    for name, content in contents.items():
        if name.endswith(".pyc"):
            assert not [code for code in codes(content) if code.co_filename.startswith("/")]


def test_shared_libraries_look_beside_themselves_alone(contents: dict[str, bytes]) -> None:
    found = {name: elf.Elf(content) for name, content in contents.items() if elf.is_elf(content)}

    assert found[f"bin/{PYTHON}"].run_path == "$ORIGIN/../lib"
    paths = {part for each in found.values() for part in each.run_path.split(":") if part}
    assert all(part.startswith("$ORIGIN") for part in paths)
    names = {Path(name).name for name in found} | {
        *(
            "libc.so.6",
            "libm.so.6",
            "libpthread.so.0",
            "libdl.so.2",
            "librt.so.1",
            "libutil.so.1",
            "libresolv.so.2",
        ),
        *("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"),
    }
    assert {needed for each in found.values() for needed in each.needed} <= names


def test_everything_in_it_can_be_imported(unpacked: Path) -> None:
    libraries_of = unpacked / "lib" / PYTHON / "site-packages"
    printed = "".join(
        subprocess.run(
            [unpacked / "bin" / PYTHON, "-I", "-S", "-B", "-W", "ignore", "-c", IMPORT_ALL, folder],
            env={},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for folder in (libraries_of, unpacked / "lib" / PYTHON / "lib-dynload")
    )

    assert [line for line in printed.splitlines() if not OPTIONAL.search(line)] == []


def test_what_is_left_out_of_the_standard_library_is_missed_by_nobody(contents: dict[str, bytes]) -> None:
    importing = {
        name.removeprefix(f"lib/{PYTHON}/").removesuffix(".pyc")
        for name, content in contents.items()
        if name.endswith(".pyc")
        for code in codes(content)
        if imported_by(code) & standard_library.LEFT_OUT
    }

    assert importing <= {
        # without which `shutil`, `zipfile` and `tarfile` read fewer formats, and `uuid` and `multiprocessing` go on
        *("bz2", "lzma", "compression/zstd/__init__", "uuid", "multiprocessing/util"),
        # at a terminal
        *(
            "asyncio/__main__",
            "cmd",
            "code",
            "pdb",
            "pstats",
            "pydoc",
            "rlcompleter",
            "site",
            "_pyrepl/readline",
        ),
        # sounds, passwords of the host, objects in files
        *("aifc", "sunau", "crypt", "shelve"),
        # which compiles C
        "site-packages/cffi/_shimmed_dist_utils",
    }


def imported_by(code: CodeType) -> set[str]:
    """The first parts of the names of modules that the code imports, in whatever condition."""
    instructions = dis.get_instructions(code)
    return {each.argval.partition(".")[0] for each in instructions if each.opname == "IMPORT_NAME"}


def test_it_runs_in_a_folder_of_any_name_whatever_the_variables_say(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ä b" / "$HOME `x`"
    unzip(archive, folder)
    before = tree(folder)
    nonsense = dict.fromkeys(
        ("PATH", "HOME", "PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "LD_LIBRARY_PATH"), "/nowhere"
    )

    with started(nonsense, program=folder / NAME) as plugin:
        assert "krenalis_workspace" in get_schema(plugin).resource_schemas
        loaded = Path(f"/proc/{plugin.process.pid}/maps").read_text()
        shut_down(plugin)
        assert plugin.process.wait(10) == 0

    assert tree(folder) == before
    foreign = {
        line.split(maxsplit=5)[5].strip()
        for line in loaded.splitlines()
        if ".so" in line and str(folder) not in line
    }
    assert not [
        name
        for name in foreign
        if not re.match(r".*/(ld-linux|lib(c|m|dl|pthread|rt|util|resolv)[.-])", name)
    ]


def test_its_interpreter_finds_nothing_of_the_host(unpacked: Path) -> None:
    run = subprocess.run(
        [unpacked / "bin" / PYTHON, "-I", "-S", "-c", "import sys; print(sys.prefix, sys.path)"],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )

    lib = unpacked / "lib"
    path = [str(lib / f"{PYTHON.replace('.', '')}.zip"), str(lib / PYTHON), str(lib / PYTHON / "lib-dynload")]
    assert run.stdout == f"{unpacked} {path}\n"


def test_it_tells_its_version_without_terraform(unpacked: Path) -> None:
    run = subprocess.run([unpacked / NAME, "--version"], env={}, capture_output=True, text=True, check=True)

    assert run.stdout == "terraform-provider-krenalis 0.1.0\n"


def test_the_same_sources_in_another_folder_give_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    provider, installed = tmp_path / "a checkout" / "provider", tmp_path / "environment"
    shutil.copytree(SOURCE, provider, ignore=shutil.ignore_patterns("__pycache__"))
    for stray in (".DS_Store", "._x.py", "__init__.py~", "x.py.orig"):
        (provider / "krenalis_provider" / stray).write_text("x")
    installed.mkdir()
    for each in libraries.distributions():
        for path in each.files or ():
            if ".." not in path.parts and not path.name.endswith(".pth"):
                (installed / path).parent.mkdir(parents=True, exist_ok=True)
                (installed / path).write_bytes(Path(os.fspath(path.locate())).read_bytes())
    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]; from pathlib import Path;"
        "from krenalis_provider.bundle.assembly import assemble; from krenalis_provider.bundle.files import archive;"
        "Path(sys.argv[3]).write_bytes(archive(assemble(Path(sys.argv[1]) / 'terraform-provider-krenalis')))"
    )
    subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program, provider, installed, tmp_path / "made.zip"],
        cwd=tmp_path,
        env={"PYTHONHASHSEED": "1"},
        check=True,
    )

    assert (tmp_path / "made.zip").read_bytes() == archive.read_bytes()

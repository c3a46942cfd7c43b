"""Rules of the house that neither ruff nor import-linter can keep (CONTRIBUTING.md)."""

import ast
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PROVIDER = Path(__file__).parents[2] / "provider"
MODULES = sorted(path for path in PROVIDER.rglob("*.py") if "_generated" not in path.parts)
STATEMENT = re.compile(
    r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|DROP|ALTER|GRANT|SET LOCAL|MERGE INTO|SHOW|DESCRIBE|CALL) "
)
PLATFORMS = ("postgresql", "snowflake")
WAREHOUSES = PROVIDER / "krenalis_provider" / "warehouses"
REGISTRY = WAREHOUSES / "registry.py"
LONGEST_MODULE = 300


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PROVIDER).with_suffix("").parts).removesuffix(".__init__")


def docstrings(tree: ast.AST) -> set[ast.expr]:
    """Strings that are statements of their own."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def imported(tree: ast.AST, package: str, modules: Collection[str]) -> Iterator[str]:
    """The modules of these that a file of the package imports, wherever in it that stands.

    Importing a module is no import of the packages around it; importing a name that one of these defines is.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            around = package.split(".")[: -node.level + 1 or None] if node.level else []
            origin = ".".join([*around, *([node.module] if node.module else [])])
            names = [f"{origin}.{alias.name}" for alias in node.names]
            yield from (name if name in modules else origin for name in names if origin in modules)


def circle(sources: Mapping[str, str], packages: Collection[str]) -> list[str]:
    """Modules of which each imports the one before it, the last of them being the first again; none if there are none."""
    imports = {
        name: set(imported(ast.parse(source), name if name in packages else name.rpartition(".")[0], sources))
        for name, source in sources.items()
    }
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def named_platforms(tree: ast.AST) -> list[str]:
    """The platforms that comparisons and patterns of a match name."""
    parts = [node for node in ast.walk(tree) if isinstance(node, ast.Compare | ast.pattern)]
    constants = {node for part in parts for node in ast.walk(part) if isinstance(node, ast.Constant)}
    return [str(node.value) for node in constants if str(node.value).lower() in PLATFORMS]


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_sql_stays_in_the_folder_of_its_platform(path: Path) -> None:
    if any(platform in path.parts for platform in PLATFORMS):
        return
    tree = ast.parse(path.read_text())
    strings = {
        node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    found = [node.value for node in strings - docstrings(tree) if STATEMENT.match(str(node.value))]
    assert not found


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_importing_a_module_reads_no_environment(path: Path) -> None:
    tree = ast.parse(path.read_text())
    functions = [
        n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    ]
    inside = {inner for function in functions for inner in ast.walk(function)}
    outside = [node for node in ast.walk(tree) if node not in inside]
    assert not [
        node for node in outside if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]


def test_no_files_import_each_other_in_a_circle() -> None:
    paths = sorted(PROVIDER.rglob("*.py"))
    sources = {module_name(path): path.read_text() for path in paths}
    packages = {module_name(path) for path in paths if path.name == "__init__.py"}

    assert " -> ".join(reversed(circle(sources, packages))) == ""


@pytest.mark.parametrize("statement", [
    "import p.q.a", "from p.q import a", "from p.q.a import name", "def f():\n    import p.q.a",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.q.a import name", "from . import a",
    "from .a import name", "from ..q import a",
])  # fmt: skip
def test_a_circle_is_seen_in_whatever_way_a_module_is_imported(statement: str) -> None:
    sources = {
        "p": "",
        "p.q": "",
        "p.q.a": "from p.q.b import x",
        "p.q.b": "import os\nimport p.q.c",
        "p.q.c": "",
    }

    assert circle(sources, {"p", "p.q"}) == []
    assert set(circle({**sources, "p.q.c": statement}, {"p", "p.q"})) == {"p.q.a", "p.q.b", "p.q.c"}


@pytest.mark.parametrize(("statement", "circular"), [
    ("from p.q import name", True), ("from . import name", True), ("import p.q", True), ("from p.q import b", False),
    ("import p.q.b", False), ("from .b import name", False),
])  # fmt: skip
def test_a_module_and_its_package_are_a_circle_if_each_has_a_name_of_the_other(
    statement: str, *, circular: bool
) -> None:
    sources = {"p": "", "p.q": "from p.q.a import name", "p.q.a": statement, "p.q.b": ""}

    assert bool(circle(sources, {"p", "p.q"})) is circular


def test_the_folders_of_all_platforms_have_the_same_files() -> None:
    first, *others = [
        sorted(path.name for path in (WAREHOUSES / platform).glob("*.py")) for platform in PLATFORMS
    ]

    assert first
    assert others == [first] * len(others)


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_platform_is_told_from_others_in_its_folder_alone(path: Path) -> None:
    if path == REGISTRY or any(platform in path.parts for platform in PLATFORMS):
        return
    assert not named_platforms(ast.parse(path.read_text()))


@pytest.mark.parametrize("code", [
    'if platform == "PostgreSQL":\n    pass', 'x = platform.name not in ("Snowflake", "Oracle")',
    'match platform:\n    case Platform(name="PostgreSQL" | "MySQL"):\n        pass',
])  # fmt: skip
def test_a_platform_is_seen_in_whatever_way_it_is_told_from_others(code: str) -> None:
    assert len(named_platforms(ast.parse(code))) == 1


def test_plain_values_are_records_or_named_tuples_because_dataclasses_slow_each_start() -> None:
    sources = {module_name(path): path.read_text() for path in MODULES}
    assert [
        name for name, source in sources.items() if re.search(r"\b(?:import|from) dataclasses\b", source)
    ] == ["lightstart.records"]


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_module_has_no_more_lines_than_can_be_read_at_once(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= LONGEST_MODULE


def run(code: str) -> str:
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=PROVIDER
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_importing_a_module_starts_and_opens_nothing() -> None:
    heavy = (
        "grpc, ssl, asyncio, cryptography.x509, pydantic, psycopg, msgpack, google.protobuf.message_factory"
    )
    names = [module_name(path) for path in MODULES]
    assert "krenalis_provider.provider" in names
    output = run(f"""
import importlib, sys, threading, {heavy}
def hook(event, args):
    if event in ("socket.__new__", "subprocess.Popen", "os.mkdir", "os.remove"):
        print(name, event, args)
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        print(name, event, args)
sys.dont_write_bytecode = True
sys.addaudithook(hook)
for name in {names}:
    importlib.import_module(name)
    if threading.active_count() > 1:
        print(name, threading.enumerate())
""")
    assert output == ""


def test_a_driver_is_imported_by_the_first_call_that_needs_it() -> None:
    output = run("""
import sys
import krenalis_provider.__main__, tfplugin.server
import krenalis_provider.resources.workspace.schema, tfplugin.rpc.get_provider_schema
print(sorted({"psycopg", "pydantic", "snowflake", "httpx"} & set(sys.modules)))
import krenalis_provider.resources.workspace.plan
print(sorted({"psycopg", "pydantic", "snowflake", "httpx"} & set(sys.modules)))
""")
    assert output.splitlines() == ["[]", "[]"]


def test_validating_a_private_key_imports_no_driver_and_what_has_no_key_no_cryptography() -> None:
    output = run("""
import sys
from krenalis_provider.warehouses.registry import known_platform
from krenalis_provider.warehouses.settings import parameters_problems
for given in {"password": "p", "host": "h"}, {"private_key": "no key"}:
    parameters_problems(known_platform("Snowflake"), given)
    print(sorted({"cryptography", "snowflake"} & set(sys.modules)))
""")
    assert output.splitlines() == ["[]", "['cryptography']"]


def test_statements_for_snowflake_are_made_without_its_driver() -> None:
    output = run("""
import sys
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.workspaces.statements import Target, creation_statements
member = {"name": "email", "type": {"kind": "string"}, "readOptional": True}
wanted = parse({"kind": "object", "properties": [member]})
print(len(creation_statements(Target(platform="Snowflake", settings={"schema": "s"}), wanted).whole) > 5)
print("snowflake" in sys.modules)
""")
    assert output.splitlines() == ["True", "False"]


CITED = re.compile(r'(docs/(?:facts/)?\w+\.md)(?:(?:, | \(| )("[^"]+"(?:(?:,| and| to) "[^"]+")*))?')
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def test_a_cited_page_and_its_heading_are_there() -> None:
    root = PROVIDER.parent
    cited = [
        (path, page, heading)
        for folder in ("provider", "tests", "bench")
        for path in sorted((root / folder).rglob("*.py"))
        for page, headings in CITED.findall(re.sub(r"\s+", " ", path.read_text()))
        for heading in re.findall('"([^"]+)"', headings) or [""]
    ]
    pages = {page for _, page, _ in cited if "\\" not in page}
    there = {page: {"", *HEADING.findall((root / page).read_text())} for page in pages}
    assert len(pages) > 3
    assert [each for each in cited if each[2] not in there[each[1]]] == []

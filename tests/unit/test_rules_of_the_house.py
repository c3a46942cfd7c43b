"""Rules of the house that neither ruff nor import-linter can keep (CONTRIBUTING.md)."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROVIDER = Path(__file__).parents[2] / "provider"
MODULES = sorted(path for path in PROVIDER.rglob("*.py") if "_generated" not in path.parts)
STATEMENT = re.compile(
    r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|DROP|ALTER|GRANT|SET LOCAL|MERGE INTO|SHOW|DESCRIBE|CALL) "
)
PLATFORMS = ("postgresql", "snowflake")


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PROVIDER).with_suffix("").parts).removesuffix(".__init__")


def docstrings(tree: ast.AST) -> set[ast.expr]:
    """Strings that are statements of their own."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}


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

"""What a process imports before Terraform has its handshake line, and before its first answers."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.bundle import bundle
from tests.support.krenalis_server.state import make_key
from tests.support.plugin import COOKIE, client_certificate, get_schema, shut_down, started
from tests.support.processes import SECONDS
from tests.support.terraform import Terraform
from tests.support.terraform_process import Executable
from tests.support.workspaces import configuration

DRIVERS = {"psycopg", "snowflake", "httpx"}
SLOW = {"asyncio", "dataclasses", "hashlib", "pydantic", "urllib"}


def run(code: str) -> set[str]:
    """The words that a fresh interpreter prints."""
    environment = {**COOKIE, "PLUGIN_CLIENT_CERT": client_certificate()}
    child = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, child.stderr
    return set(child.stdout.split())


IMPORTS = ("-X", "importtime")


@pytest.fixture(scope="module")
def imported_for_the_schema(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What a process has imported that was asked for its schema and ended."""
    program = bundle(tmp_path_factory.mktemp("bundle") / "it", options=IMPORTS).path
    with started(program=program) as plugin, ThreadPoolExecutor(1) as pool:
        assert plugin.process.stderr
        log = pool.submit(plugin.process.stderr.read)
        get_schema(plugin)
        shut_down(plugin)
        return imported(log.result(SECONDS).decode())


def imported(log: str) -> set[str]:
    """The modules that the interpreter says it has imported."""
    return set(re.findall(r"import time:.*\|\s*([\w.]+)", log))


def packages(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def test_before_the_handshake_line_only_what_it_needs_is_imported() -> None:
    modules = run("""
import os, sys
at_first = set(sys.modules)
import tfplugin.handshake
def announce(path, certificate):
    print(*set(sys.modules) - at_first, flush=True)
    os._exit(0)
tfplugin.handshake.announce = announce
os.environ["KRENALIS_WARM_START"] = "off"
from krenalis_provider.launch import main
main("program", "/libraries", "/source")
""")

    ours = {
        module for module in modules if packages({module}) <= {"lightstart", "tfplugin", "krenalis_provider"}
    }
    assert ours == {
        "lightstart",
        "lightstart.late_imports",
        "krenalis_provider",
        "krenalis_provider.__main__",
        "krenalis_provider.launch",
        "tfplugin",
        "tfplugin.certificate",
        "tfplugin.crash",
        "tfplugin.front",
        "tfplugin.grpc_import",
        "tfplugin.handshake",
        "tfplugin.process",
        "tfplugin.public_socket",
        "tfplugin.socket_folder",
        "tfplugin.tls",
    }
    others = packages(modules - ours) - sys.stdlib_module_names
    assert others == {"_cffi_backend", "_openssl", "cryptography"}
    slow = {
        *("asyncio", "dataclasses", "datetime", "email", "hashlib", "inspect", "json", "logging", "pathlib"),
        *("subprocess", "tempfile", "traceback", "urllib"),
        *("cryptography.x509", "cryptography.hazmat.primitives.serialization"),
    }
    assert not slow & modules


def test_the_schema_needs_no_driver(imported_for_the_schema: set[str]) -> None:
    modules = imported_for_the_schema

    assert "krenalis_provider.resources.workspace.schema" in modules
    assert "krenalis_provider.model.workspace" not in modules
    assert (DRIVERS | SLOW) & packages(modules) == set()


@pytest.mark.parametrize("mode", ["direct", "server"])
def test_validation_needs_neither_a_driver_nor_what_is_slow(
    terraform_executable: Executable, tmp_path: Path, mode: str
) -> None:
    program = bundle(tmp_path / "bundle", options=IMPORTS)
    terraform = Terraform(terraform_executable, tmp_path / "configuration", provider=program)
    terraform.environment["KRENALIS_WARM_START"] = "off"
    log = terraform.log()
    settings = dict.fromkeys(["host", "username", "password", "database", "schema"], "x")
    at = 'endpoint = "https://krenalis.example.com"\n  api_key = "KEY"' if mode == "server" else ""
    terraform.write(configuration({**settings, "port": 5432}, provider=at.replace("KEY", make_key())))

    terraform.validate()

    modules = imported(log.read_text())
    assert "krenalis_provider.model.workspace" in modules
    assert (DRIVERS | SLOW) & packages(modules) == set()


def test_what_grpc_and_protobuf_import_and_nobody_uses_is_not_imported(
    imported_for_the_schema: set[str],
) -> None:
    unused = {"calendar", "grpc.aio", "pkgutil", "google.protobuf.text_format"}
    assert not unused & imported_for_the_schema


def test_whoever_uses_it_later_has_all_of_grpc_and_protobuf() -> None:
    assert run("""
from tfplugin.grpc_import import import_grpc
import_grpc()
import asyncio, grpc
from google.protobuf import text_format
from tfplugin._generated import tfplugin6_pb2 as pb

async def main():
    server = grpc.aio.server()
    port = server.add_insecure_port("localhost:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"localhost:{port}") as channel:
        try:
            await channel.unary_unary("/a/b")(b"")
        except grpc.aio.AioRpcError as error:
            print(error.code().name)
    await server.stop(None)

asyncio.run(main())
print(text_format.MessageToString(pb.Diagnostic(summary="x"), as_one_line=True))
""") == {"UNIMPLEMENTED", "summary:", '"x"'}


def test_garbage_is_collected_again_once_all_is_imported_or_that_has_failed() -> None:
    words = run("""
import contextlib, gc, tfplugin.process
process = tfplugin.process.Process("a/b/c", None, [])
for session in (lambda: None, lambda: 1 / 0):
    gc.disable()
    gc.unfreeze()
    with contextlib.suppress(ZeroDivisionError):
        process._session = session
        process._warm_up()
    print(gc.isenabled(), gc.get_freeze_count() > 0)
""")
    assert words == {"True"}


def test_what_hands_a_start_over_imports_next_to_nothing() -> None:
    words = run("""
import sys
before = set(sys.modules)
import krenalis_provider.launch, tfplugin.warm_start.launcher
for name in set(sys.modules) - before:
    if sys.modules[name].__spec__.origin not in {"built-in", "frozen"}:
        print(name)
""")
    assert words == {
        *("krenalis_provider", "krenalis_provider.launch"),
        *("tfplugin", "tfplugin.crash", "tfplugin.handshake", "tfplugin.linux"),
        *("tfplugin.warm_start", "tfplugin.warm_start.launcher", "tfplugin.warm_start.meeting"),
        *("_socket", "select"),
    }

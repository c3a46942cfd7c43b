"""A workspace that processes forked from a warm parent make, and what they still import to do it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.bundle import bundle
from tests.support.host import Host
from tests.support.plugin import Plugin, get_schema, shut_down, started_by
from tests.support.remote_caller import RemoteCaller
from tests.support.warehouse import Warehouse, only_on
from tests.support.warm_parents import warm_parent
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspaces import profile_schema

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no warm start elsewhere")

IMPORTS = ("-X", "importtime")
MORE = {"name": "nickname", "type": {"kind": "string"}, "readOptional": True}


class Start:
    """A start of the provider, and all that was imported in it, but for the launcher's own."""

    def __init__(self, plugin: Plugin, caller: RemoteCaller) -> None:
        self.plugin = plugin
        self.caller = caller
        self.imported: set[str] = set()


def names(log: str) -> set[str]:
    return set(re.findall(r"import time:.*\|\s*([\w.]+)", log))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A provider that says what it has imported."""
    return bundle(tmp_path_factory.mktemp("bundle") / "it", options=IMPORTS).path


@pytest.fixture(scope="module")
def of_the_launcher(program: Path) -> set[str]:
    """What a launcher imports."""
    libraries = (
        program.parent / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    )
    code = f"import sys; sys.path += [{str(libraries)!r}]; import krenalis_provider.launch, tfplugin.warm_start.launcher"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-B", *IMPORTS, "-X", "utf8", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    return names(run.stderr)


@contextmanager
def start(host: Host, program: Path, of_the_launcher: set[str]) -> Iterator[Start]:
    with started_by(host, program=program) as plugin, plugin.channel() as channel:
        started = Start(plugin, RemoteCaller(channel))
        yield started
        shut_down(plugin)
        assert plugin.process.stderr
        started.imported = names(plugin.process.stderr.read().decode()) - of_the_launcher


@only_on("PostgreSQL", "the driver of Snowflake is never imported ahead")
def test_nothing_is_imported_after_the_start_but_for_what_is_rare(
    warehouse: Warehouse, program: Path, of_the_launcher: set[str]
) -> None:
    starts: list[Start] = []
    life = None
    with Host() as host:

        @contextmanager
        def walk() -> Iterator[WorkspaceCalls]:
            """A start that makes a walk of Terraform; there is one workspace."""
            nonlocal life
            warm_parent(host.pid)
            with start(host, program, of_the_launcher) as started:
                started.caller.configure({"postgresql": warehouse.parameters()})
                calls = WorkspaceCalls(warehouse, started.caller)
                if life:
                    calls.copy(life)
                yield calls
                life = calls
            starts.append(started)

        with start(host, program, of_the_launcher) as first:
            get_schema(first.plugin)  # it is all that a first start is asked for
        warm_parent(host.pid)  # a start that waits too long for it imports by itself
        with start(host, program, of_the_launcher) as validation:
            calls = WorkspaceCalls(warehouse, validation.caller)
            assert calls.validate(calls.config(profile_schema())) == []
        with walk() as planning:
            assert planning.plan(planning.config(profile_schema())).errors == []
        with walk() as applying:
            assert applying.apply(applying.plan(applying.config(profile_schema()))) == []
        with walk() as changing:
            assert [*changing.upgrade(), *changing.refresh()] == []
            document = profile_schema()
            document["properties"].append(MORE)
            plan = changing.plan(changing.config(document, name="Others"))
            assert plan.errors == []
            assert changing.apply(plan) == []
            assert changing.state["name"] == "Others"
        with walk() as destroying:
            assert [*destroying.upgrade(), *destroying.refresh()] == []
            assert destroying.apply(destroying.plan(None)) == []
            assert destroying.state is None

    assert "tfplugin.public_socket" in first.imported, "the log shows no imports"
    assert validation.imported == set()
    assert [each.imported for each in starts] == 4 * [set()]

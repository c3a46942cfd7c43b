"""A stand-in for Terraform: a process whose children are the provider's starts, and what belongs to it by then.

A warm parent serves the starts of one process, and ends with it. So each test has a stand-in of its own, in a temporary
folder of its own.
"""

import os
import select
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from krenalis_provider.provider import KrenalisProvider
from tests.support import processes
from tests.support.host import Host, Process
from tests.support.plugin import COOKIE, Plugin, call, client_certificate, get_schema, shut_down
from tests.support.processes import alive
from tests.support.terraform_process import KRENALIS
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import msgpack_codec

_NAME = "krenalis_workspace"
SECONDS = 1.0
"""How long anything may stay after Terraform's end, where there is nothing else to do."""
_NOISE = 14.0  # seconds more, on a busy machine; a warm parent that waits for starts ends later


class Start:
    """A start of the provider. It looks as its `subprocess.Popen` would in the stand-in."""

    def __init__(self, stand_in: "StandIn", process: Process) -> None:
        self.pid = process.pid
        self.plugin: Plugin | None = None
        self._stand_in = stand_in
        self._process = process

    def handshake(self) -> Plugin:
        """What the handshake line says."""
        line = b""
        deadline = time.monotonic() + processes.SECONDS
        while not line.endswith(b"\n"):
            assert select.select([self._process.stdout], [], [], max(0, deadline - time.monotonic()))[0], line
            part = self._process.stdout.read(1)
            assert part, f"no handshake line: {line!r}, {self.said()}"
            line += part
        fields = tuple(line.decode().rstrip("\n").split("|"))
        self.plugin = Plugin(self._process, fields)
        return self.plugin

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    def wait(self) -> int:
        """The exit code."""
        return self._process.wait(processes.SECONDS)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def said(self) -> str:
        """What stderr has, to its end."""
        return self._process.stderr.read().decode() if self._is_over() else ""

    def serve(self) -> None:
        """Expect it to serve as Terraform's starts are served, from the handshake line to a clean end."""
        assert _NAME in get_schema(self.plugin or self.handshake()).resource_schemas
        self.shut_down()

    def shut_down(self) -> None:
        """Ask for the end as Terraform does, and expect a clean one."""
        assert self.plugin
        shut_down(self.plugin)
        assert self.wait() == 0

    @property
    def serving(self) -> int:
        """The process that serves it: the one with its stderr that is not itself; itself if there is none other."""
        stream = os.fstat(self._process.stderr.fileno())
        for pid in self._stand_in.family():
            with suppress(OSError):
                if os.path.samestat(Path(f"/proc/{pid}/fd/2").stat(), stream):
                    return pid
        return self.pid

    @property
    def is_warm(self) -> bool:
        """Whether another process serves it."""
        return self.serving != self.pid

    def close(self) -> None:
        """Read no more."""
        self._process.close()

    def _is_over(self) -> bool:
        """Wait until nobody holds stderr."""
        end = select.poll()
        end.register(self._process.stderr, select.POLLHUP)
        return bool(end.poll(1000 * processes.SECONDS))


class StandIn:
    """Terraform's process."""

    def __init__(self, temporary: Path, program: Path, prepare: Mapping[str, Any]) -> None:
        self.temporary = temporary
        self.program = program
        self._host = Host(cwd="/", **prepare)
        self.process = self._host.process
        self._starts: list[Start] = []

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def start(
        self,
        environment: Mapping[str, str | None] | None = None,
        *,
        program: Path | None = None,
        by: Sequence[str | Path] = (),
    ) -> Start:
        """Start the provider as Terraform does. Variables that are None are not set; see `plugin.starting`."""
        variables: dict[str, str | None] = {**os.environ, **COOKIE, "TMPDIR": str(self.temporary)}
        variables |= {"PLUGIN_CLIENT_CERT": client_certificate(), **(environment or {})}
        process = self._host.start(
            [*by, program or self.program],
            env={name: value for name, value in variables.items() if value is not None},
            own_session=False,
        )
        self._starts.append(Start(self, process))
        return self._starts[-1]

    def family(self) -> list[int]:
        """Warm parents and what they have forked: all that serve for this stand-in but its own children."""
        return [pid for pid in running() if f"{self.temporary}/plugin-".encode() in _told(pid, "cmdline")]

    def warm_parents(self) -> list[int]:
        """Those that fork; each has a session of its own."""
        found = []
        for pid in self.family():
            with suppress(OSError):
                if os.getsid(pid) == pid:
                    found.append(pid)
        return found

    def warm_parent(self) -> int:
        """The only one, which may not have run yet."""
        return int(until(self.warm_parents)[0])

    def spare(self) -> int:
        """The process that waits for the next start, as soon as it does."""
        return int(until(self._spares)[0])

    def _spares(self) -> list[int]:
        parents = self.warm_parents()
        return [
            pid
            for pid in self.family()
            if pid not in parents
            and len(list(Path(f"/proc/{pid}/task").glob("*"))) > 1  # its server listens
            and _has_no_stderr(pid)  # a process that serves has one, and one that ends has closed it
        ]

    def folders(self) -> list[Path]:
        """Those of warm parents."""
        return list(self.temporary.glob("plugin-*"))

    def end(self) -> None:
        """End as Terraform does: after its providers; nothing may be left soon after."""
        self._host.close()
        self.process.wait(processes.SECONDS)
        self.expect_nothing()

    def kill(self) -> None:
        """End at once, and so the readers of what the provider says.

        They are gone before anybody can see that Terraform is: a start that sees it takes whoever is its parent then for
        Terraform, if somebody still reads.
        """
        for start in self._starts:
            start.close()
        self.process.kill()
        self.process.wait()

    def expect_nothing(self, *, seconds: float = SECONDS, but: Sequence[Path] = ()) -> None:
        """No process, socket or folder may be left."""
        until(lambda: not self.leftovers(but), seconds + _NOISE, lambda: str(self.leftovers(but)))

    def leftovers(self, but: Sequence[Path] = ()) -> list[object]:
        """What should not be there after its end."""
        mark = f"TMPDIR={self.temporary}\0".encode()
        of_starts = [pid for pid in running() if mark in _told(pid, "environ")]
        names = [
            Path(folder, name)
            for folder, folders, files in os.walk(self.temporary)
            for name in (*folders, *files)
        ]
        found = [path for path in names if path not in but]
        told = [
            (pid, _told(pid, "cmdline")[-300:], _told(pid, "stat")) for pid in (*self.family(), *of_starts)
        ]
        return [*told, *found]

    def close(self) -> None:
        """Kill all that there still is."""
        self.kill()
        self._host.close()
        for start in self._starts:
            start.kill()
        for pid in self.family():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def stand_in(temporary: Path, *, program: Path = KRENALIS.path, **prepare: Any) -> Iterator[StandIn]:
    """A stand-in for Terraform; all of it is killed at the end. `prepare` is told to its `Host`."""
    made = StandIn(temporary, program, prepare)
    try:
        yield made
    finally:
        made.close()


def until(condition: Any, seconds: float = processes.SECONDS, told: Any = lambda: "not in time") -> Any:
    """What the condition gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, told()
        time.sleep(0.005)
    return found


def running() -> list[int]:
    """All processes that have not ended."""
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if alive(int(path.name))]


def _has_no_stderr(pid: int) -> bool:
    with suppress(OSError):  # it has ended, or is ending
        return Path(f"/proc/{pid}/fd/2").readlink() == Path(os.devnull)
    return False


def _told(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


@contextmanager
def call_in_flight(plugin: Plugin) -> Iterator[None]:
    """A call that does not end by itself while this is open: an import from a server that never answers."""
    type_ = KrenalisProvider().schema().type
    config = pb.DynamicValue(msgpack=msgpack_codec.encode(type_, dict.fromkeys(type_.attributes)))
    with socket.create_server(("127.0.0.1", 0)) as silent, plugin.channel() as channel:
        silent.settimeout(processes.SECONDS)
        configure = pb.ConfigureProvider.Request(config=config)
        call(channel, "ConfigureProvider", configure, pb.ConfigureProvider.Response)
        place = f"postgresql://user@127.0.0.1:{silent.getsockname()[1]}/database/schema"
        importing = pb.ImportResourceState.Request(type_name=_NAME, id=place)
        (imported,) = call(
            channel, "ImportResourceState", importing, pb.ImportResourceState.Response
        ).imported_resources
        method = channel.unary_unary(
            "/tfplugin6.Provider/ReadResource",
            request_serializer=pb.ReadResource.Request.SerializeToString,
            response_deserializer=pb.ReadResource.Response.FromString,
        )
        answer = method.future(pb.ReadResource.Request(type_name=_NAME, current_state=imported.state))
        with silent.accept()[0]:
            assert not answer.done()
            yield

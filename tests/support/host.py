"""A process that starts providers as Terraform does: two starts of one `Host` are two starts of one Terraform command."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_LONGEST = 1 << 20  # bytes of a request


class Process:
    """A child of the host, as `subprocess.Popen` has it."""

    def __init__(self, host: "Host", pid: int, stdout: int, stderr: int) -> None:
        self.pid = pid
        self.stdout = open(stdout, "rb", buffering=0)  # noqa: SIM115 - closed below
        self.stderr = open(stderr, "rb", buffering=0)  # noqa: SIM115 - likewise
        self._host = host
        self._watch = os.pidfd_open(pid)
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        if (code := self._wait(timeout)) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def _wait(self, timeout: float | None) -> int | None:
        if self._code is None and select.select([self._watch], [], [], timeout)[0]:
            self._code = self._host.ask(wait=self.pid)
        return self._code

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """What it still writes to stdout and stderr, to its end."""
        with ThreadPoolExecutor(2) as pool:
            stdout, stderr = pool.map(lambda stream: stream.read(), (self.stdout, self.stderr))
        self.wait(timeout)
        return stdout, stderr

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._watch, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        os.close(self._watch)

    def close(self) -> None:
        """Read no more of what it says."""
        self.stdout.close()
        self.stderr.close()


class Host:
    """As a context manager it ends like a Terraform that was killed: what it started sees to its own end."""

    def __init__(self, *, user: int | None = None, **prepare: Any) -> None:
        """It takes the id of another user and its group, if it is root. `prepare` is told to `subprocess.Popen`."""
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, str(theirs.fileno()), str(user or os.getuid())],
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                **prepare,
            )

    @property
    def pid(self) -> int:
        """That of the Terraform."""
        return self.process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.close()

    def close(self) -> None:
        """Ask for nothing more, so that it ends by itself."""
        self._requests.close()

    def start(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        leaked: Sequence[int] = (),
        own_session: bool = True,
    ) -> Process:
        """Start a child, which inherits the descriptors `leaked` too."""
        (stdout, its_stdout), (stderr, its_stderr) = os.pipe(), os.pipe()
        given = [its_stdout, its_stderr, *leaked]
        try:
            words = [str(word) for word in command]
            place = {"cwd": str(cwd) if cwd else None, "own_session": own_session}
            pid = self.ask(*given, command=words, env=dict(env), **place)
        finally:
            os.close(its_stdout)
            os.close(its_stderr)
        return Process(self, pid, stdout, stderr)

    def ask(self, *descriptors: int, **request: Any) -> int:
        """The host's answer to one request."""
        socket.send_fds(self._requests, [json.dumps(request).encode()], descriptors)
        return int(self._requests.recv(_LONGEST))


def _play(requests: socket.socket) -> None:
    children: dict[int, subprocess.Popen[bytes]] = {}
    while True:
        message, given, _, _ = socket.recv_fds(requests, _LONGEST, 8)
        if not message:
            return
        request = json.loads(message)
        if "wait" in request:
            answer = children.pop(request["wait"]).wait()
        else:
            stdout, stderr, *leaked = given
            child = subprocess.Popen(
                request["command"],
                env=request["env"],
                cwd=request["cwd"],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                pass_fds=leaked,
                start_new_session=request["own_session"],
            )
            children[child.pid] = child
            answer = child.pid
        for descriptor in given:
            os.close(descriptor)
        requests.send(str(answer).encode())


def _become(user: int) -> None:
    if user != os.getuid():
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


if __name__ == "__main__":
    _become(int(sys.argv[2]))  # not before: another user may be unable to run this interpreter
    _play(socket.socket(fileno=int(sys.argv[1])))

"""Who may be struck while Terraform works on a workspace: a process, a session, the server, or the network."""

import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from tests.faults.operations import sessions
from tests.support.postgresql import Database
from tests.support.processes import children
from tests.support.proxy import Proxy, can_lose
from tests.support.terraform_process import Running
from tests.support.warm_parents import WarmParent, warm_parents


@dataclass(frozen=True, slots=True)
class Scene:
    """A command that runs, and all that it needs."""

    running: Running
    database: Database
    network: Proxy
    random: random.Random

    @property
    def is_over(self) -> bool:
        """Whether the command has ended."""
        return self.running.process.poll() is not None


def _kill_terraform(scene: Scene) -> bool:
    return _kill([scene.running.process.pid])


def _kill_provider(scene: Scene) -> bool:
    return _kill(_chosen(scene, _providers))


def _kill_serving(scene: Scene) -> bool:
    return _kill(_chosen(scene, lambda scene: [pid for each in _parents(scene) for pid in each.serving]))


def _kill_parent(scene: Scene) -> bool:
    return _kill(_chosen(scene, lambda scene: [each.pid for each in _parents(scene)]))


def _parents(scene: Scene) -> list[WarmParent]:
    return warm_parents(scene.running.process.pid)


def _providers(scene: Scene) -> list[int]:
    return children(scene.running.process.pid)


def _end_session(scene: Scene) -> bool:
    pids = _chosen(scene, lambda scene: sessions(scene.database))
    with scene.database.server.connect() as connection:
        ended = [connection.execute("SELECT pg_terminate_backend(%s)", [pid]).fetchone() for pid in pids]
    return ended == [(True,)]


def _crash(scene: Scene) -> bool:
    scene.database.server.crash()
    scene.database.server.restart()
    return True


def _cut(scene: Scene) -> bool:
    """Cut all connections: both sides are told, or the server is not; for once, or until the command has ended."""
    ways = [scene.network.cut, scene.network.lose] if can_lose() else [scene.network.cut]
    scene.network.down = scene.random.random() < _FOR_GOOD
    scene.random.choice(ways)()
    return True


_FOR_GOOD: Final = 0.5

VICTIMS: Final[Mapping[str, Callable[[Scene], bool]]] = {
    "Terraform": _kill_terraform,
    "provider": _kill_provider,
    "serving process": _kill_serving,
    "warm parent": _kill_parent,
    "session": _end_session,
    "server": _crash,
    "network": _cut,
}
"""How each is struck; the answer is whether it was there to be struck."""


def _chosen(scene: Scene, find: Callable[[Scene], list[int]]) -> list[int]:
    """One of what is to be struck, as soon as there is one; none if the command ends before."""
    while not (found := find(scene)) and not scene.is_over:
        time.sleep(0.001)
    return [scene.random.choice(found)] if found else []


def _kill(pids: list[int]) -> bool:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
    return False

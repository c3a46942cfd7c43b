"""What only Linux offers: facts about processes, and descriptors that one process passes to another.

The launcher imports this module: it imports only what is built in, or a part of the standard library in C. All functions
raise OSError if the kernel does not tell.
"""

# `socket` would bring `selectors` and `enum`, which take as long as the rest of a launcher
import _socket
import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INTEGER = 4  # bytes, in the machine's order
_STATUS = tuple(b"Uid Gid Groups Umask Cap NoNewPrivs Seccomp Cpus_allowed_list Mems_allowed_list".split())
_LINKS = ("root", *(f"ns/{name}" for name in ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")))


def host() -> str:
    """Tells this start of this machine, and this namespace of process ids, from others."""
    return f"{_read('/proc/sys/kernel/random/boot_id')[:8].decode()}-{os.stat('/proc/self/ns/pid').st_ino:x}"


def started(pid: int) -> int:
    """When the process was started, in clock ticks since the machine was."""
    return int(_stat(pid)[19])


def parent_of(pid: int) -> int:
    """The process whose child it is."""
    return int(_stat(pid)[1])


def surroundings(pid: "int | str") -> bytes:
    """What a process inherits and cannot be handed: ids, rights, limits, umask, cgroup, namespaces, priority.

    ``self`` is the process itself.
    """
    status = [line for line in _read(f"/proc/{pid}/status").splitlines() if line.startswith(_STATUS)]
    links = [os.readlink(f"/proc/{pid}/{name}").encode() for name in _LINKS]
    files = [_read(f"/proc/{pid}/{name}") for name in ("limits", "cgroup")]
    return b"\n".join([*status, *links, *files, _stat(pid)[16]])


def peer(connection: _socket.socket) -> tuple[int, int]:
    """The process at the other end of a connection, or the one that listens there; and its user."""
    pid, uid, _ = _integers(connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 3 * _INTEGER))
    return pid, uid


def pass_on(connection: _socket.socket, values: "tuple[Any, ...]", descriptors: list[int]) -> None:
    """Sends plain values, and descriptors."""
    content = marshal.dumps(values)
    rights = b"".join(number.to_bytes(_INTEGER, sys.byteorder) for number in descriptors)
    size = len(content).to_bytes(_INTEGER, sys.byteorder)
    connection.sendmsg([size], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
    connection.sendall(content)


def take(connection: _socket.socket) -> "tuple[Any, list[int]]":
    """Receives what `pass_on` has sent, from a process that is trusted.

    Raises ValueError, EOFError or TypeError if it is something else.
    """
    space, flags = _socket.CMSG_SPACE(8 * _INTEGER), _socket.MSG_CMSG_CLOEXEC
    size, ancillary, _, _ = connection.recvmsg(_INTEGER, space, flags)
    content = bytearray()
    while len(content) < int.from_bytes(size, sys.byteorder) and (part := connection.recv(1 << 20)):
        content += part
    descriptors = [number for _, _, data in ancillary for number in _integers(data)]
    return marshal.loads(content), descriptors  # noqa: S302 - see above


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _stat(pid: "int | str") -> list[bytes]:
    """The fields after the name, which is in parentheses and may hold anything."""
    return _read(f"/proc/{pid}/stat").rpartition(b") ")[2].split()


def _integers(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + _INTEGER], sys.byteorder) for at in range(0, len(data), _INTEGER)]

"""Where a launcher and the warm parent meet, whom they trust, and how a start is handed over.

The launcher runs this module: it imports only what is built in, or a part of the standard library in C.
"""

# `socket` would bring `selectors` and `enum`, which take as long as the rest of a launcher
import _socket
import marshal
import os
import sys

SOCKET = "warm"
READY = b"r"  # of the spare: nothing is printed yet
GO = b"g"  # of the launcher: it will not serve by itself
END = b"e"  # of the launcher: a signal asks for the end
_INTEGER = 4  # bytes
_LONGEST_PATH = 100  # bytes; see `socket_folder`

# what libraries and the dynamic linker read once, before a spare has an environment
_READ_AT_IMPORT = (
    *("CRYPTOGRAPHY_", "GCONV_", "GLIBC_", "LANG", "LC_", "LD_", "LOCPATH", "MALLOC_", "NLSPATH", "OPENSSL_", "SSL_"),
    "TZ",
)
_STATUS = (
    *(b"Uid", b"Gid", b"Groups", b"Umask", b"Cap", b"NoNewPrivs", b"Seccomp", b"Cpus_allowed_list"),
    b"Mems_allowed_list",
)
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


class Odd(Exception):
    """Something because of which there is no warm start. The text says it for the log."""


def read_at_import(environment: "dict[bytes, bytes]") -> "dict[bytes, bytes]":
    """The variables that a warm parent has: those whose values it cannot take over later."""
    wanted = tuple(os.fsencode(name) for name in _READ_AT_IMPORT)
    return {name: value for name, value in environment.items() if name.startswith(wanted)}


def folder(terraform: int, environment: "dict[bytes, bytes]") -> str:
    """The folder of the warm parent of the process `terraform`. Its name says which process that is, of all hosts.

    Raises Odd if there can be no socket.
    """
    base = environment.get(b"PLUGIN_UNIX_SOCKET_DIR") or environment.get(b"TMPDIR") or b"/tmp"  # noqa: S108
    boot = _read("/proc/sys/kernel/random/boot_id")[:8].decode()
    namespace = os.stat("/proc/self/ns/pid").st_ino
    path = f"{os.fsdecode(base)}/plugin-{boot}-{namespace:x}-{terraform:x}-{started(terraform):x}"
    if not path.startswith("/") or len(os.fsencode(path)) > _LONGEST_PATH - 10:
        raise Odd("its folder cannot hold a socket")
    return path


def started(pid: int) -> int:
    """When the process was started, in clock ticks since the system was."""
    return int(_stat(pid)[19])


def parent_of(pid: int) -> int:
    """The process that waits for the process."""
    return int(_stat(pid)[1])


def surroundings(pid: "int | str") -> bytes:
    """All that a process inherits and cannot be handed over: ids, rights, limits, umask, cgroup, namespaces, root.

    ``self`` is the process itself. Raises OSError if the kernel does not tell.
    """
    status = [line for line in _read(f"/proc/{pid}/status").splitlines() if line.startswith(_STATUS)]
    spaces = [os.readlink(f"/proc/{pid}/{name}").encode() for name in ("root", *(f"ns/{n}" for n in _NAMESPACES))]
    others = [_read(f"/proc/{pid}/{name}") for name in ("limits", "cgroup")]
    return b"\n".join([*status, *spaces, *others, _stat(pid)[16]])


def installation(program: str, libraries: str, source: str) -> "list[object]":
    """The provider and the interpreter, as far as an upgrade of either would change them."""
    packages = [f"{source}/{name}" for name in ("krenalis_provider", "tfplugin")]
    files = [os.stat(path) for path in (program, libraries, sys.executable, *packages)]
    return [program, libraries, source, sys.version, *[(f.st_dev, f.st_ino, f.st_mtime_ns, f.st_size) for f in files]]


def peer(connection: "_socket.socket") -> "tuple[int, int]":
    """The process at the other end of a connection, and its user."""
    told = connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 3 * _INTEGER)
    pid, uid, _ = (_integer(told[at : at + _INTEGER]) for at in range(0, 3 * _INTEGER, _INTEGER))
    return pid, uid


def hand_over(connection: "_socket.socket", start: object, descriptors: "list[int]") -> None:
    """Sends a start, which is made of plain values, and descriptors."""
    content = marshal.dumps(start)
    numbers = b"".join(number.to_bytes(_INTEGER, sys.byteorder) for number in descriptors)
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, numbers)]
    connection.sendmsg([len(content).to_bytes(_INTEGER, sys.byteorder)], rights)
    connection.sendall(content)


def take(connection: "_socket.socket") -> "tuple[object, list[int]]":
    """Receives what `hand_over` sent. Raises EOFError if it breaks off."""
    size, ancillary, _, _ = connection.recvmsg(_INTEGER, _socket.CMSG_SPACE(8 * _INTEGER), _socket.MSG_CMSG_CLOEXEC)
    descriptors = [
        _integer(data[at : at + _INTEGER]) for _, _, data in ancillary for at in range(0, len(data), _INTEGER)
    ]
    content = bytearray()
    while len(content) < _integer(size) and (part := connection.recv(1 << 20)):
        content += part
    return marshal.loads(content), descriptors


def leave(path: str, *, last: bool) -> None:
    """Removes the warm parent's folder if nobody needs it: `last` says that there is no warm parent."""
    for remove, name in ((os.unlink, f"{path}/{SOCKET}"), (os.rmdir, path)):
        try:
            if last or remove is os.rmdir:
                remove(name)
        except OSError:  # a process that serves still has a folder in it, or another one was quicker
            pass


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _stat(pid: "int | str") -> "list[bytes]":
    """The fields after the name, which is in parentheses and may hold anything."""
    return _read(f"/proc/{pid}/stat").rpartition(b") ")[2].split()


def _integer(data: bytes) -> int:
    return int.from_bytes(data, sys.byteorder, signed=True)

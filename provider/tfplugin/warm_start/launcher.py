"""The process that Terraform starts: hands the start over to a spare of the warm parent, and waits for its end."""

import _signal
import _socket
import os
import select
import stat
import sys

from tfplugin import crash, handshake, linux
from tfplugin.warm_start import meeting
from tfplugin.warm_start.meeting import Odd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from tfplugin.public_socket import PublicSocket

_PATIENCE = {"later": 5.0, "first": 30.0}  # seconds until a spare is ready; the first one waits for imports


class Launcher:
    """Takes the warm way, if there is one."""

    def __init__(self, command: list[str], variables: dict[bytes, bytes], alike: "tuple[Any, ...]") -> None:
        """`command` begins a warm parent, in an environment of these variables; see `parent.run` for its other words.

        `alike` consists of plain values, and is the same for all starts that one warm parent may serve.
        """
        self._command = command
        self._variables = variables
        self._alike = alike
        self._terraform = os.getppid()
        self._made = ""  # the folder, if it is this process that has made it
        self._sockets: tuple[str, ...] = (meeting.SOCKET, "provider")  # what this process removes from it
        self._parent = 0  # the warm parent, if this process has begun it
        self._public: PublicSocket | None = None

    def run(self) -> "tuple[str, PublicSocket | None]":
        """Ends the process when a spare has served; returns if this process is to serve by itself.

        Returns why it is, and the socket that was announced, if one was.
        """
        try:
            self._refuse_what_is_unusual()
            watch = os.pidfd_open(self._terraform)
            path = meeting.folder(self._terraform)
            self._take_signals()
            way = "first" if self._make(path) else "later"
            if way == "first":
                self._begin(path, watch)
                self._listen(path)
            spare = self._hand_over(path, way)
        except (Odd, OSError) as error:
            if os.getppid() != self._terraform:
                self._end(0)
            if self._parent:  # of no use to later starts if it is none to this one
                os.kill(self._parent, _signal.SIGKILL)
                os.waitpid(self._parent, 0)
            if not self._public:
                self._leave()
            return f"cold: {error}", self._public
        self._sockets = ("provider",)
        return self._wait(spare, watch)

    def _refuse_what_is_unusual(self) -> None:
        if not hasattr(os, "pidfd_open"):
            raise Odd("not on this system")
        if len(sys.argv) > 1 or handshake.refusal(os.environ, ""):
            raise Odd("not started by Terraform")
        if "BEGIN CERTIFICATE" not in os.environ.get("PLUGIN_CLIENT_CERT", ""):
            raise Odd("without TLS")
        if os.getresuid() != (os.getuid(),) * 3 or os.getresgid() != (os.getgid(),) * 3:
            raise Odd("with the rights of another user")
        for stream in (1, 2):
            os.fstat(stream)
        readers = select.poll()
        readers.register(1, 0)
        if readers.poll(0):  # Terraform has ended, and the parent is whoever takes in orphans
            raise Odd("nobody reads its stdout")

    def _make(self, path: str) -> bool:
        self._made = path  # before it is: a signal may ask for the end at any time
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            self._made = ""
        return bool(self._made)

    def _begin(self, path: str, watch: int) -> None:
        listener = _socket.socket(_socket.AF_UNIX)
        try:
            listener.bind(f"{path}/{meeting.SOCKET}")
            listener.listen(128)
            descriptors = listener.fileno(), watch
            for inherited in descriptors:
                os.set_inheritable(inherited, True)
            command = [*self._command, *map(str, (*descriptors, path, self._terraform))]
            null = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
            # a signal to Terraform's group is none to the warm parent
            self._parent = os.posix_spawn(
                command[0], command, self._variables, file_actions=null, setsid=True
            )
        finally:
            listener.close()

    def _listen(self, path: str) -> None:
        """Announces a socket while the warm parent imports: Terraform waits there for the spare."""
        from tfplugin.public_socket import PublicSocket
        from tfplugin.socket_folder import SocketFolder

        try:
            public = PublicSocket.make(SocketFolder(path))
            public.announce()
        except crash.Explained as error:
            raise Odd(str(error)) from error
        self._public = public

    def _hand_over(self, path: str, way: str) -> _socket.socket:
        """The connection with a spare that goes on."""
        found = os.lstat(path)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise Odd("the folder of the warm parent is somebody else's")
        public = self._public
        announced = public and (public.certificate, public.key)
        start = self._alike, dict(os.environb), sys.argv, way, announced
        folder = os.open(".", os.O_PATH)
        spare = _socket.socket(_socket.AF_UNIX)
        spare.settimeout(_PATIENCE[way])
        sockets = [public.listener.fileno()] if public else []
        try:
            spare.connect(f"{path}/{meeting.SOCKET}")
            if linux.peer(spare)[1] == os.getuid():
                linux.pass_on(spare, start, [1, 2, folder, *sockets])
                if spare.recv(1) == meeting.READY:
                    spare.send(meeting.GO)
                    spare.settimeout(None)
                    return spare
        except OSError:
            spare.close()
            raise
        finally:
            os.close(folder)
        spare.close()
        raise Odd("the warm parent takes no such start")

    def _wait(self, spare: _socket.socket, terraform: int) -> "NoReturn":
        """Ends as the spare does, or with Terraform: the spare then sees that this process has gone."""
        os.dup2(2, 1)
        if self._public:
            self._public.listener.close()
        poll = select.poll()
        for watched in (spare, terraform):
            poll.register(watched, select.POLLIN)
        code = b""
        if spare.fileno() in dict(poll.poll()):
            try:
                code = spare.recv(1)
            except OSError:  # it was killed before it had read what it was handed
                pass
            if not code:
                crash.tell("panic: The process that serves Terraform was killed.\n")
        self._end(code[0] if code else crash.CODE)

    def _take_signals(self) -> None:
        for number in (getattr(_signal, name) for name in handshake.ENDS):
            if _signal.getsignal(number) is not _signal.SIG_IGN:  # by `nohup`
                _signal.signal(number, lambda *_: self._end(0))

    def _end(self, code: int) -> "NoReturn":
        """Ends the process; a spare that serves sees it, and ends too."""
        self._leave()
        os._exit(code)

    def _leave(self) -> None:
        """Removes the folder, if it is this process that has made it, and if there is no warm parent."""
        if self._made:
            meeting.leave(self._made, *self._sockets)

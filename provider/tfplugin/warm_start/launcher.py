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
    from tfplugin.socket_folder import SocketFolder

_ENDS = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGVTALRM", "SIGPROF")
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
        self._folder: SocketFolder | None = None
        self._public: PublicSocket | None = None

    def run(self) -> "tuple[str, PublicSocket | None]":
        """Ends the process when a spare has served; returns if this process is to serve by itself.

        Returns why it is, and the socket that was announced, if one was.
        """
        try:
            self._refuse_what_is_unusual()
            terraform = os.getppid()
            watch = os.pidfd_open(terraform)
            path = meeting.folder(terraform)
            self._take_signals()
            try:
                os.mkdir(path, 0o700)
            except FileExistsError:
                way = "later"
            else:
                way = "first"
                self._begin(path, terraform)
                self._listen()
            spare = self._hand_over(path, way)
        except (Odd, OSError) as error:
            return f"cold: {error}", self._public
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

    def _begin(self, path: str, terraform: int) -> None:
        listener = _socket.socket(_socket.AF_UNIX)
        try:
            listener.bind(f"{path}/{meeting.SOCKET}")
            listener.listen(128)
            os.set_inheritable(listener.fileno(), True)
            words = listener.fileno(), path, terraform, linux.started(terraform)
            command = [*self._command, *map(str, words)]
            null = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
            os.posix_spawn(command[0], command, self._variables, file_actions=null)
        except OSError:
            meeting.leave(path, last=True)
            raise
        finally:
            listener.close()

    def _listen(self) -> None:
        """Announces a socket while the warm parent imports: Terraform waits there for the spare."""
        from tfplugin.public_socket import PublicSocket
        from tfplugin.socket_folder import SocketFolder

        self._folder = SocketFolder()
        try:
            self._folder.make(os.environ)
            public = PublicSocket.make(self._folder)
            public.announce()
        except (OSError, crash.Explained) as error:
            self._folder.remove()
            raise Odd(str(error)) from error
        self._public = public

    def _hand_over(self, path: str, way: str) -> _socket.socket:
        """The connection with a spare that goes on."""
        found = os.lstat(path)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise Odd("the folder of the warm parent is somebody else's")
        public = self._public
        announced = public and (public.folder.path, public.certificate, public.key)
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
        if spare.fileno() in dict(poll.poll()):
            if code := spare.recv(1):
                os._exit(code[0])
            crash.tell("panic: The process that serves Terraform was killed.\n")
        self._end(crash.CODE)

    def _take_signals(self) -> None:
        for number in (getattr(_signal, name) for name in _ENDS):
            if _signal.getsignal(number) is not _signal.SIG_IGN:  # by `nohup`
                _signal.signal(number, lambda *_: self._end(0))

    def _end(self, code: int) -> "NoReturn":
        """Ends the process; a spare that serves sees it, and ends too."""
        if self._folder:
            self._folder.remove()
        os._exit(code)

"""The process that Terraform starts: hands the start over to a spare of the warm parent, and waits for its end."""

import _signal
import _socket
import os
import select
import stat
import sys

from tfplugin import crash, handshake
from tfplugin.warm_start import meeting
from tfplugin.warm_start.meeting import Odd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from tfplugin.public_socket import PublicSocket
    from tfplugin.socket_folder import SocketFolder

_ENDS = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGVTALRM", "SIGPROF")
_PATIENCE = 5.0  # seconds until a spare is ready
_PATIENCE_AT_FIRST = 30.0  # the same, with all imports


class Launcher:
    """Takes the warm way, if there is one."""

    def __init__(self, command: list[str], *installation: str) -> None:
        """`command` starts a warm parent, with the words that `parent.run` describes; see `meeting.installation`."""
        self._command = command
        self._installation = installation
        self._folder: SocketFolder | None = None
        self._public: PublicSocket | None = None
        self._connection: _socket.socket | None = None  # with the spare that serves

    def run(self) -> "tuple[str, PublicSocket | None]":
        """Ends the process when a spare has served.

        Returns if there is no warm way: the reason, and the socket that was announced, if one was.
        """
        try:
            self._refuse_what_is_unusual()
            terraform = os.getppid()
            watch = os.pidfd_open(terraform)
            path = meeting.folder(terraform, dict(os.environb))
            self._take_signals()
            try:
                os.mkdir(path, 0o700)
            except FileExistsError:
                way, patience = "warm", _PATIENCE
            else:
                way, patience = "first", _PATIENCE_AT_FIRST
                self._begin(path, terraform)
                self._listen()
            self._connection = connection = self._hand_over(path, way, patience)
        except (Odd, OSError) as error:
            return f"cold: {error}", self._public
        self._wait(connection, watch)

    def _refuse_what_is_unusual(self) -> None:
        if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
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
        """Starts a warm parent."""
        listener = _socket.socket(_socket.AF_UNIX)
        try:
            listener.bind(f"{path}/{meeting.SOCKET}")
            listener.listen(128)
            os.set_inheritable(listener.fileno(), True)
            null = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
            words = listener.fileno(), path, terraform, meeting.started(terraform)
            command = [*self._command, *map(str, words)]
            variables = meeting.read_at_import(dict(os.environb))
            os.posix_spawn(command[0], command, variables, file_actions=null)
        except OSError:
            meeting.leave(path, last=True)
            raise
        finally:
            listener.close()

    def _listen(self) -> None:
        """Announces a socket, while the warm parent imports: Terraform waits there for the spare that will serve."""
        from tfplugin.public_socket import PublicSocket
        from tfplugin.socket_folder import SocketFolder

        self._folder = SocketFolder()
        try:
            self._folder.make(os.environ)
            public = PublicSocket.make(self._folder)
            public.announce()
        except (OSError, crash.Explained) as error:
            self._remove_folder()
            raise Odd(str(error)) from error
        self._public = public

    def _hand_over(self, path: str, way: str, patience: float) -> _socket.socket:
        """The connection with the spare that goes on. Raises Odd or OSError if there is none."""
        found = os.lstat(path)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise Odd("its folder is somebody else's")
        connection = _socket.socket(_socket.AF_UNIX)
        folder = os.open(".", os.O_PATH)
        public = self._public
        try:
            connection.settimeout(patience)
            connection.connect(f"{path}/{meeting.SOCKET}")
            if meeting.peer(connection)[1] != os.getuid():
                raise Odd("its socket is somebody else's")
            announced = public and (public.folder.path, public.certificate, public.key)
            start = meeting.installation(*self._installation), dict(os.environb), sys.argv, way, announced
            sockets = [public.listener.fileno()] if public else []
            meeting.hand_over(connection, start, [1, 2, folder, *sockets])
            if connection.recv(1) != meeting.READY:
                raise Odd("it takes no such start")
            connection.settimeout(None)
            connection.send(meeting.GO)
        except BaseException:
            connection.close()
            raise
        finally:
            os.close(folder)
        if public:
            public.listener.close()
        return connection

    def _wait(self, connection: _socket.socket, terraform: int) -> "NoReturn":
        """Ends as the spare does, or when Terraform is gone: then the spare ends because of this process."""
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        poll.register(terraform, select.POLLIN)
        if connection.fileno() not in dict(poll.poll()):
            os._exit(crash.CODE)
        if code := connection.recv(1):
            os._exit(code[0])
        crash.tell("panic: The process that serves Terraform was ended.\n")
        self._remove_folder()
        os._exit(crash.CODE)

    def _take_signals(self) -> None:
        for number in (getattr(_signal, name) for name in _ENDS):
            if _signal.getsignal(number) is not _signal.SIG_IGN:  # by `nohup`
                _signal.signal(number, self._end)

    def _end(self, *_: object) -> None:
        if not self._connection:
            self._remove_folder()
            os._exit(0)
        try:
            self._connection.send(meeting.END)
        except OSError:  # it has ended
            pass

    def _remove_folder(self) -> None:
        if self._folder:
            self._folder.remove()

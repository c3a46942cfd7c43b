"""One list of the server's workspaces for all reads of a configured provider."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from krenalis_provider.api.errors import ApiError, NoAnswer
from krenalis_provider.model.deadline import Deadline

if TYPE_CHECKING:  # importing pydantic waits for the first request
    from krenalis_provider.api.documents import Workspace


class _Request:
    """One request of the list, for which several threads may wait."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.workspaces: Mapping[str, Workspace] | None = None
        self.error: ApiError | None = None


class SharedList:
    """The list, requested on first use and again after `forget`; threads may share it."""

    def __init__(self, request: "Callable[[Deadline], Sequence[Workspace]]") -> None:
        """`request` asks the server."""
        self._ask = request
        self._lock = threading.Lock()
        self._current: _Request | None = None

    def forget(self) -> None:
        """The next reads make a new request; one under way is not taken for the new one."""
        with self._lock:
            self._current = None

    def workspaces(self, deadline: Deadline) -> "Mapping[str, Workspace]":
        """The workspaces by id. Raises `ApiError`, of the request of another thread too."""
        while True:
            with self._lock:
                request, is_mine = self._current, self._current is None
                if request is None:
                    request = self._current = _Request()
            if is_mine:
                self._fill(request, deadline)
            elif not request.ended.wait(deadline.remaining()):
                raise NoAnswer("GET /v1/workspaces", "no answer in time.", sent=True, timed_out=True)
            if request.workspaces is not None:
                return request.workspaces
            if request.error and (is_mine or not _was_hurried(request.error) or not deadline.remaining()):
                raise request.error

    def _fill(self, request: _Request, deadline: Deadline) -> None:
        try:
            request.workspaces = {each.id: each for each in self._ask(deadline)}
        except ApiError as error:
            request.error = error
        finally:
            with self._lock:
                if request.workspaces is None and self._current is request:
                    self._current = None
            request.ended.set()


def _was_hurried(error: ApiError) -> bool:
    """Whether the thread that asked may only have had less time than the others."""
    return isinstance(error, NoAnswer) and error.timed_out

"""Requests that may have to wait or to be repeated: each is safe to repeat, because it says how things are to be."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from krenalis_provider.api.errors import ApiError, NoAnswer, ServerFailed, Unprocessable, WrongEndpoint
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.workspaces.server.meanings import BUSY

_T = TypeVar("_T")
LOOKING_SECONDS: Final = 15
"""The time, even after the deadline, to see what became of a request without an answer."""
_REPEATS: Final = (0.5, 2.0)
"""The pauses before further tries, in seconds."""
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0


class Pauses:
    """Pauses that grow, until a deadline."""

    def __init__(self, deadline: Deadline) -> None:
        """No pause was made yet."""
        self._deadline = deadline
        self._next = _FIRST_PAUSE

    def pause(self) -> bool:
        """Wait for a while; False, at once, if no time is left."""
        if self._deadline.remaining() <= self._next:
            return False
        time.sleep(self._next)
        self._next = min(2 * self._next, _LONGEST_PAUSE)
        return True


def carried_out(
    request: Callable[[Deadline], None], is_done: Callable[[Deadline], bool], deadline: Deadline
) -> None:
    """Make a request until it is done: it waits for other operations, and is repeated if its answer does not come.

    Raises the `ApiError` of the last try.
    """
    for pause in (*_REPEATS, None):
        try:
            when_idle(lambda: request(deadline), deadline)
        except ApiError as error:
            if error.may_have_acted and _looks_done(is_done, deadline.later(LOOKING_SECONDS)):
                return
            if pause is None or not _may_be_repeated(error) or deadline.remaining() <= pause:
                raise
            time.sleep(pause)
        else:
            return


def when_idle(request: Callable[[], None], deadline: Deadline) -> None:
    """Make a request, again and again while another operation of the workspace is under way. Raises `ApiError`."""
    pauses = Pauses(deadline)
    while True:
        try:
            return request()
        except Unprocessable as error:
            if error.code not in BUSY or not pauses.pause():
                raise


def answered(ask: Callable[[], _T], pauses: Pauses) -> _T:
    """The answer to what changes nothing, asked again while the server is away, such as for a restart. Raises `ApiError`."""
    while True:
        try:
            return ask()
        except ApiError as error:
            if not _may_be_repeated(error) or not pauses.pause():
                raise


def _looks_done(is_done: Callable[[Deadline], bool], deadline: Deadline) -> bool:
    try:
        return is_done(deadline)
    except ApiError:
        return False


def _may_be_repeated(error: ApiError) -> bool:
    """Whether nobody can say that the next try fails too."""
    return isinstance(error, NoAnswer | ServerFailed) and not isinstance(error, WrongEndpoint)

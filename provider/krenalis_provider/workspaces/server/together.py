"""Two questions asked at the same time: of the server, and of the warehouse."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

_A = TypeVar("_A")
_B = TypeVar("_B")


def together(first: Callable[[], _A], second: Callable[[], _B]) -> tuple[_A, _B]:
    """The results of both; `first` is called in a thread of its own, `second` in this one. Raises what they raise."""
    result: Future[_A] = Future()

    def run() -> None:
        try:
            result.set_result(first())
        except BaseException as error:  # noqa: BLE001 - it is raised in the waiting thread
            result.set_exception(error)

    thread = Thread(target=run, name="server-check", daemon=True)
    thread.start()
    theirs = second()
    return result.result(), theirs

"""A time limit for work that cannot be interrupted: a driver's, or the system's look-up of a name."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_T = TypeVar("_T")


def in_time(name: str, seconds: float, work: Callable[[], _T], too_late: Callable[[_T], object] = id) -> _T:
    """Do the work in a new thread with that `name`; return its result, or raise its exception.

    Raises `TimeoutError` when the work takes longer. It then goes on alone, and `too_late` gets its result.
    """
    result: Future[_T] = Future()

    def run() -> None:
        try:
            value = work()
        except BaseException as error:  # noqa: BLE001 - it is raised in the waiting thread
            if result.set_running_or_notify_cancel():
                result.set_exception(error)
        else:
            if result.set_running_or_notify_cancel():
                result.set_result(value)
            else:
                too_late(value)

    threading.Thread(target=run, name=name, daemon=True).start()
    try:
        return result.result(seconds)
    except TimeoutError:
        if result.cancel():
            raise
        return result.result()

"""Waiting for what nothing can interrupt: a driver, or the system's look-up of a name."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_T = TypeVar("_T")


def in_time(name: str, seconds: float, work: Callable[[], _T], too_late: Callable[[_T], object] = id) -> _T:
    """Do the work in a thread of its own and that `name`, and return what it returns, or raise what it raises.

    Raises `TimeoutError` when it takes longer; then it is left to itself, and what it returns to `too_late`.
    """
    result: Future[_T] = Future()

    def run() -> None:
        try:
            value = work()
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits for it
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

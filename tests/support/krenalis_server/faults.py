"""Faults that tests order: a request, by method, path and number, is treated otherwise than a server would."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tests.support.krenalis_server.answers import JSON_ERROR, TEXT, Answer, compact
from tests.support.krenalis_server.requests import Request


class Strike(Enum):
    """What happens to a request."""

    CLOSE_UNREAD = "the connection is closed before the body is read"
    CLOSE_READ = "the connection is closed after the request was read, and nothing is done"
    CLOSE_DONE = "what was asked is done, and the connection is closed without an answer"
    HALF_ANSWER = "what was asked is done, and the connection is closed in the middle of the answer"
    HANG = "the request is read, nothing is done, and the answer never comes"
    HANG_DONE = "what was asked is done, and the answer never comes"
    ANSWER = "another answer is given, and nothing is done"
    DELAY = "what was asked is done and answered later"
    DIE = "the server dies when it has read the request"
    DIE_DONE = "the server dies when it has done what was asked, before the answer"


@dataclass(slots=True)
class Fault:
    """Strikes the requests of a method and a path (``*`` is any) from the `nth` on, as many `times` as it says."""

    method: str
    path: str
    strike: Strike
    nth: int = 1
    times: int = 1
    answer: Answer = field(default_factory=Answer)
    seconds: float = 0.0
    seen: int = 0
    struck: int = 0
    happened: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def concerns(self, request: Request) -> bool:
        return self.method in ("*", request.method) and self.path in ("*", request.path)

    def end(self) -> None:
        """Strike no more, and let those go that hang."""
        self.times = 0
        self.over.set()


class Faults:
    """The faults of a server. Each request is counted by all that concern it, and struck by the first that is due."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def strike(self, request: Request) -> Fault | None:
        with self._lock:
            concerned = [fault for fault in self._faults if fault.concerns(request)]
            for fault in concerned:
                fault.seen += 1
            for fault in concerned:
                if fault.seen >= fault.nth and fault.struck < fault.times:
                    fault.struck += 1
                    fault.happened.set()
                    return fault
        return None

    def end(self) -> None:
        with self._lock:
            for fault in self._faults:
                fault.end()
            self._faults.clear()


def make_answer(status: int, headers: Mapping[str, str] | None = None, text: str | None = None) -> Answer:
    """An error answer as the server or what is before it gives it: the JSON form but for 500, 502 and 504."""
    codes = {
        400: ("BadRequest", "bad request"),
        401: ("Unauthorized", "API key in the Authorization header of the request does not exist"),
        403: ("Forbidden", "forbidden"),
        404: ("NotFound", "workspace does not exist"),
        422: ("OperationAlreadyExecuting", "another operation is already executing"),
        429: ("TooManyRequests", "rate limit exceeded; retry according to the Retry-After header"),
        503: ("ServiceUnavailable", "request cannot be processed at this time; try again later"),
    }
    if text is not None or status not in codes:
        words = {500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Timeout"}
        plain = text if text is not None else words.get(status, "Error")
        kind = "text/html" if plain.lstrip().startswith("<") else TEXT
        return Answer(status, plain.encode(), kind, headers or {})
    code, message = codes[status]
    return Answer(status, compact({"error": {"code": code, "message": message}}), JSON_ERROR, headers or {})

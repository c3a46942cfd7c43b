"""The test server as tests hold it."""

import ssl
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.krenalis_server import access, calls, routes
from tests.support.krenalis_server.answers import Answer, Panic, PlainText, Refusal, Silence, broken
from tests.support.krenalis_server.faults import Fault, Faults, Strike, make_answer
from tests.support.krenalis_server.rate_limit import Bucket
from tests.support.krenalis_server.requests import Request
from tests.support.krenalis_server.state import State, Workspace, make_key
from tests.support.krenalis_server.wire import Cut, Half, Listener
from tests.support.ports import Port

_HANGS = (Strike.HANG, Strike.HANG_DONE)
_AFTER_ACTING = (Strike.CLOSE_DONE, Strike.HANG_DONE, Strike.DIE_DONE, Strike.HALF_ANSWER)


class CannotStart(Exception):
    """The server does not start because of what it stored; the text is what it logs."""


class KrenalisServer:
    """A Krenalis server on the loopback interface; a context manager that stops it.

    `requests` are all that came, in order, those that a fault struck too. `state` holds the switches. A server that is
    `dead` refuses connections until `restart`. `errors` are the traces of what the test server itself did wrong.
    """

    def __init__(self, state: State, tls: ssl.SSLContext | None = None) -> None:
        self.state = state
        self.requests: list[Request] = []
        self.errors: list[str] = []
        self.dead = False
        self.key = state.new_key()
        state.panic = self.die
        self._faults = Faults()
        self._life = threading.Lock()
        self._tls = tls
        self._kept = Port()  # while it is dead, too
        self.port = self._kept.number
        self._listener = Listener(self.port, self, tls)

    @classmethod
    def start(
        cls,
        *,
        documented: bool = False,
        next_version: bool = False,
        certificate: tuple[Path, Path] | None = None,
    ) -> Self:
        """Start a server without workspaces.

        `documented` spells ids, preferences and modes as the API's documentation does, `next_version` has what the
        version after the recorded one brings. `certificate` is the path of a certificate and of its key, for TLS.
        """
        tls = None
        if certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(*certificate)
        return cls(State(documented=documented, next_version=next_version), tls)

    @property
    def endpoint(self) -> str:
        """The address without a path."""
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}"

    @property
    def workspaces(self) -> Mapping[str, Workspace]:
        """The workspaces by id, as the server has them."""
        return self.state.workspaces

    def workspace(self) -> Workspace:
        """The only workspace."""
        [workspace] = self.state.workspaces.values()
        return workspace

    def restricted_key(self, workspace: str) -> str:
        """A new key that is restricted to a workspace, and dies with it."""
        return self.state.new_key(workspace)

    def organisation_key(self) -> str:
        return self.state.new_key()

    @staticmethod
    def unknown_key() -> str:
        """A key that is well-formed and nobody's."""
        return make_key()

    def limit_rate(
        self, per_minute: float | None, capacity: float = 1, *, workspace: str | None = None
    ) -> None:
        """Limit the requests of the organisation, or those of a workspace; None lifts the limit."""
        bucket = Bucket(per_minute, capacity)
        if workspace is None:
            self.state.bucket = bucket
        else:
            self.state.workspace_buckets[workspace] = bucket

    def sent(self, method: str | None = None, path: str | None = None) -> list[Request]:
        """The requests of a method and a path, which is given without ``/v1``."""
        return [
            request
            for request in list(self.requests)
            if method in (None, request.method) and (path is None or request.path == f"/v1{path}")
        ]

    def fail(
        self,
        method: str,
        path: str,
        strike: Strike,
        *,
        nth: int = 1,
        times: int = 1,
        status: int = 500,
        headers: Mapping[str, str] | None = None,
        text: str | None = None,
        seconds: float = 0.0,
    ) -> Fault:
        """Strike requests that come from now on: the `nth` of a method and a path, and `times` in all.

        `path` is without ``/v1``; ``*`` is any, for the method too. `status`, `headers` and `text` are of
        `Strike.ANSWER`; without a text the answer has the server's form. `seconds` is how long `Strike.DELAY` waits.
        """
        where = path if path == "*" else f"/v1{path}"
        answer = make_answer(status, headers, text)
        return self._faults.add(Fault(method, where, strike, nth, times, answer, seconds))

    def heal(self) -> None:
        """End all faults, and let go what hangs."""
        self._faults.end()

    def die(self) -> None:
        """End as a process does: connections are closed, and new ones refused until `restart`."""
        with self._life:
            if not self.dead:
                self.dead = True
                self._listener.close()

    def restart(self) -> None:
        """Start again at the same port with what was stored. Raises `CannotStart`."""
        self.die()
        if self.state.bricked is not None:
            raise CannotStart(self.state.bricked)
        with self._life:
            self._listener = Listener(self.port, self, self._tls)
            self.dead = False

    def stop(self) -> None:
        self.heal()
        self.die()
        self._kept.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # what the listener calls

    def before_reading(self, request: Request) -> Fault | None:
        self.requests.append(request)
        fault = self._faults.strike(request)
        if fault is not None and fault.strike is Strike.CLOSE_UNREAD:
            raise Cut
        return fault

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        strike = fault.strike if fault is not None else None
        if fault is not None and strike not in _AFTER_ACTING:
            before = self._before_acting(fault)
            if before is not None:
                request.status = before.status
                return before
        answer = self._act(request)
        if strike in (Strike.CLOSE_DONE, Strike.DIE_DONE):
            self._die_if(strike)
            raise Cut
        if strike is Strike.HALF_ANSWER:
            raise Half(answer)
        if fault is not None and strike is Strike.HANG_DONE:
            fault.over.wait()
        request.status = answer.status
        return answer

    def _before_acting(self, fault: Fault) -> Answer | None:
        """What is answered instead of acting, if anything is. Raises `Cut`."""
        match fault.strike:
            case Strike.ANSWER:
                return fault.answer
            case Strike.DELAY:
                fault.over.wait(fault.seconds)
            case Strike.HANG:
                fault.over.wait()
                raise Cut
            case _:
                self._die_if(fault.strike)
                raise Cut
        return None

    def _die_if(self, strike: Strike | None) -> None:
        if strike in (Strike.DIE, Strike.DIE_DONE):
            self.die()

    def _act(self, request: Request) -> Answer:
        try:
            if request.path == routes.INDEX and request.method == "GET":
                found = routes.index(request)
                return found._replace(headers={"Sync-Token": access.sync_token(self.state)})
            known = routes.NEXT_ROUTES if self.state.next_version else routes.ROUTES
            return calls.answer(request, self.state, known)
        except (Refusal, PlainText) as error:
            return error.answer()
        except Silence:
            raise Cut from None
        except Panic:
            self.die()
            raise Cut from None
        except Exception:  # noqa: BLE001 - whatever it is, the fixture shows it
            self.errors.append(traceback.format_exc())
            return broken().answer()

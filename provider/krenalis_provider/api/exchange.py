"""One request and its answer over HTTP, in time. httpx is nowhere else."""

import errno
import logging
import os
import socket
import ssl
import threading
import weakref
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import httpx

from krenalis_provider import __version__
from krenalis_provider.api import tls
from krenalis_provider.api.answers import Answer, Asked
from krenalis_provider.api.errors import (
    ApiError,
    NoAnswer,
    NoAuthorities,
    ServerFailed,
    Untrusted,
    WithoutTLS,
)
from krenalis_provider.api.proxies import Proxy, proxy_for
from krenalis_provider.api.server import Server
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.run_in_time import in_time

LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes. A list of a thousand workspaces, each with a hundred properties, is a quarter of it."""

_CONNECTING: Final = 30.0  # seconds for a connection; a host that is there answers sooner
_AT_ONCE: Final = 32  # connections; Terraform does ten things at once unless told otherwise
_IDLE: Final = (
    20.0  # seconds after which an idle connection is not used again; what is in between may forget it
)
_HEADERS: Final = {
    "Accept": "application/json",
    # what is compressed may be a little of much; the answers are small
    "Accept-Encoding": "identity",
    "User-Agent": f"terraform-provider-krenalis/{__version__}",
}
_log: Final = logging.getLogger("api")
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # below, they tell the headers of answers

_E = TypeVar("_E", bound=BaseException)


class Connections:
    """The connections with one server. Made when they are needed, they end with the object; threads may share them."""

    def __init__(self, server: Server) -> None:
        """Connects to nothing yet."""
        self._server = server
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._proxy: Proxy | None = None

    def exchange(
        self, asked: Asked, headers: Mapping[str, str], content: bytes | None, deadline: Deadline
    ) -> Answer:
        """Send one request and wait for the whole answer, whatever it says.

        Raises `NoAnswer`, at the deadline at the latest; also where a name is being looked up, or an answer drips.
        """
        seconds, progress = deadline.remaining(), _Progress()
        if not seconds:
            raise self._too_late(asked, seconds, sent=False)
        try:
            answer = in_time("api", seconds, lambda: self._send(asked, headers, content, seconds, progress))
        except TimeoutError:
            raise self._too_late(asked, seconds, sent=progress.give_up()) from None
        except httpx.TimeoutException as error:
            waited = min(seconds, _CONNECTING) if isinstance(error, httpx.ConnectTimeout) else seconds
            raise self._too_late(asked, waited, sent=progress.sent) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            detail = f"{asked.endpoint} cannot be reached: it names no host that can be."
            raise NoAnswer(asked.request, detail, sent=False) from error
        except httpx.HTTPError as error:
            raise self._no_answer(asked, error, sent=progress.sent) from error
        _log.debug("%s: %d, %d bytes", asked.request, answer.status, len(answer.body))
        return answer

    def _send(
        self,
        asked: Asked,
        headers: Mapping[str, str],
        content: bytes | None,
        seconds: float,
        progress: "_Progress",
    ) -> Answer:
        method, _, path = asked.request.partition(" ")
        body = bytearray()
        with self._connected(asked).stream(
            method,
            f"{self._server.endpoint}{path}",
            content=content,
            headers={**_HEADERS, **headers},
            timeout=httpx.Timeout(seconds, connect=min(seconds, _CONNECTING)),
            extensions={"trace": progress.trace},
        ) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if progress.given_up:
                    raise TimeoutError
                if len(body) > LARGEST_ANSWER:
                    raise ServerFailed(
                        asked.request,
                        f"The answer of {asked.endpoint} is larger than {LARGEST_ANSWER >> 20} MiB. No Krenalis server "
                        "answers so.",
                        status=response.status_code,
                    )
            return Answer(response.status_code, dict(response.headers), bytes(body))

    def _connected(self, asked: Asked) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._proxy = proxy_for(self._server.endpoint, os.environ)
                self._client = self._made(asked, self._proxy)
                weakref.finalize(self, self._client.close)
            return self._client

    def _made(self, asked: Asked, proxy: Proxy | None) -> httpx.Client:
        """The client: verified by our own certificates, through our own choice of proxy, and nothing of the environment."""
        try:
            speaks_tls = self._server.endpoint.startswith("https:")
            context = tls.context(self._server.ca_cert_file) if speaks_tls else tls.trusting_nobody()
        except tls.CertificateFileError as error:
            raise NoAuthorities(
                asked.request, f"`ca_cert_file` ({self._server.ca_cert_file}) {error}.", sent=False
            ) from error
        try:
            return httpx.Client(
                verify=context,
                proxy=_httpx_proxy(proxy) if proxy else None,
                trust_env=False,
                limits=httpx.Limits(
                    max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE, keepalive_expiry=_IDLE
                ),
            )
        except (ValueError, ImportError, httpx.InvalidURL):
            variable = proxy.variable if proxy else ""
            raise NoAnswer(
                asked.request,
                f"The proxy that the variable {variable} names cannot be used: write it as "
                f"`http://proxy.example.com:3128`, or name {asked.endpoint} in NO_PROXY.",
                sent=False,
            ) from None  # the text holds the URL, and that may hold a password

    def _too_late(self, asked: Asked, seconds: float, *, sent: bool) -> NoAnswer:
        within = f"within {seconds:.3g} seconds" if seconds else "because no time was left"
        what = "has not answered" if sent else "was not reached"
        detail = f"{asked.endpoint} {what}{self._through} {within}."
        return NoAnswer(asked.request, detail, sent=sent, timed_out=True)

    def _no_answer(self, asked: Asked, error: httpx.HTTPError, *, sent: bool) -> ApiError:
        protected = _cause(error, ssl.SSLError)
        kind = NoAnswer
        if isinstance(error, httpx.ProxyError):
            reason = f"the proxy refuses the connection ({_printable(error)})"
        elif protected and not isinstance(protected, ssl.SSLEOFError) and not sent:
            reason = tls.explained(protected, self._server.ca_cert_file)
            kind = _kind(protected)
        elif not sent:
            reason = _reason(_cause(error, OSError))
        elif isinstance(error, httpx.DecodingError) or "illegal" in str(error):
            detail = f"{asked.endpoint} does not speak HTTP. Should `endpoint` begin with `https://`, or is its port wrong?"
            return NoAnswer(asked.request, detail, sent=sent)
        elif isinstance(error, httpx.LocalProtocolError):
            return ApiError(
                asked.request, "The request cannot be written. Does the API key hold a line break?"
            )
        else:
            return NoAnswer(asked.request, _closed(asked, error), sent=sent, may_pass=True)
        return kind(
            asked.request,
            f"{asked.endpoint} cannot be reached{self._through}: {reason.rstrip('.?')}{'?' * reason.endswith('?') or '.'}",
            sent=sent,
            may_pass=_may_pass(error) and not sent,
        )

    @property
    def _through(self) -> str:
        return f" through the proxy that the variable {self._proxy.variable} names" if self._proxy else ""


def _httpx_proxy(proxy: Proxy) -> httpx.Proxy:
    """A proxy that itself speaks TLS is verified by the system's authorities: `ca_cert_file` is for the server's."""
    speaks_tls = proxy.url.lower().startswith("https:")
    return httpx.Proxy(proxy.url, ssl_context=tls.context(None) if speaks_tls else None)


class _Progress:
    """How far a request has got. One thread sends it, and another may give up on it."""

    def __init__(self) -> None:
        """Nothing has been sent."""
        self._lock = threading.Lock()
        self.sent = self.given_up = False

    def trace(self, event: str, facts: Mapping[str, Any]) -> None:
        """Hears from httpcore what it does next; what it sends to a proxy alone does not count.

        Source: https://www.encode.io/httpcore/extensions/, "trace".
        """
        if event.endswith("send_request_headers.started") and facts["request"].method != b"CONNECT":
            with self._lock:
                if self.given_up:
                    raise TimeoutError  # whoever has waited for it was told that it was not sent
                self.sent = True

    def give_up(self) -> bool:
        """Nobody waits any longer: send nothing from now on. Whether something was sent before."""
        with self._lock:
            self.given_up = True
            return self.sent


def _cause(error: BaseException, kind: type[_E]) -> _E | None:
    """The first exception of a kind among those that led to an error."""
    found: BaseException | None = error
    while found:
        if isinstance(found, kind):
            return found
        found = found.__cause__ or found.__context__
    return None


def _kind(error: ssl.SSLError) -> type[NoAnswer]:
    """What no protected connection proves: trying again does not help with a certificate, or without TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Untrusted
    return WithoutTLS if tls.is_of_plain_text(error) else NoAnswer


def _reason(error: OSError | None) -> str:
    match error:
        case socket.gaierror():
            return f"its name is not found ({error.strerror}): is it spelt right?"
        case ConnectionRefusedError():
            return "nothing answers at its port (connection refused): is the port right, and does the server run?"
        case OSError(strerror=str(reason)):
            return reason[:1].lower() + reason[1:]
    return "the connection was ended while it was being made"


def _may_pass(error: httpx.HTTPError) -> bool:
    """Whether a server or a network may be there again in a second, as after a restart."""
    reason = _cause(error, OSError)
    if isinstance(error, httpx.ProxyError):
        return False
    if isinstance(reason, socket.gaierror):
        return reason.errno == socket.EAI_AGAIN
    if isinstance(reason, ssl.SSLError):
        return isinstance(reason, ssl.SSLEOFError)
    return reason is None or reason.errno in (errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE)


def _closed(asked: Asked, error: httpx.HTTPError) -> str:
    began = "complete message body" in str(error) or "chunked read" in str(error)
    return (
        f"{asked.endpoint} ended the connection {'within its' if began else 'without an'} answer. A Krenalis server "
        "does so when it needs longer than 30 seconds, and when it crashes: its log says more. It may have done what "
        "it was asked."
    )


def _printable(error: Exception) -> str:
    return "".join(filter(str.isprintable, str(error)))[:100]

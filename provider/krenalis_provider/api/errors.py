"""What may go wrong between this provider and a Krenalis server.

    ApiError
      Refused                an error of the API: a code and a message
        Unauthorized           401
          UnknownKey             no such key; or it was restricted to a workspace that was deleted
        Forbidden              403
        NotFound               404: the workspace is gone
        Unprocessable          422
        TooManyRequests        429, also after waiting
        Unavailable            503
      OtherWorkspace         the key is restricted to another workspace
      ServerFailed           an answer that is not one of the API
        WrongEndpoint          what answers there is no Krenalis server, or it is elsewhere
      NoAnswer               no answer, or only the beginning of one
        Untrusted              the certificate of what answers does not count here
        WithoutTLS             what answers does not speak TLS
        NoAuthorities          the file of authorities cannot be used

No text holds the API key or a password.
Source: docs/facts/krenalis.md, "The REST API".
"""

from typing import Final


class ApiError(Exception):
    """Base of the exceptions. A subclass is raised, or this one if a request cannot even be written."""

    may_have_acted: bool = False
    """Whether the server may have done what it was asked, in whole or in part."""

    def __init__(self, request: str, detail: str) -> None:
        """`request` is such as ``POST /v1/workspaces``; `detail` says to people what happened, and the remedy."""
        super().__init__(f"{request}: {detail}")
        self.request = request
        self.detail = detail


class Refused(ApiError):
    """The API refused the request, and did not act; or for 503, not to the end."""

    def __init__(
        self, request: str, detail: str, *, status: int, code: str, message: str, cause: str | None = None
    ) -> None:
        """The `code`, such as ``BadRequest``, the `message` and the `cause` are the server's own words."""
        super().__init__(request, detail)
        self.status = status
        self.code = code
        self.message = message
        self.cause = cause
        self.may_have_acted = status >= _SERVER_ERROR


class Unauthorized(Refused):
    """The key is missing or malformed, or not made for such a request."""


class UnknownKey(Unauthorized):
    """The server has no such key: it never had it, the key was deleted, or with the workspace it was restricted to."""


class Forbidden(Refused):
    """The request lacks what the server wants to see."""


class NotFound(Refused):
    """The workspace does not exist.

    The status is 401 for a key that was seen to be restricted to this very workspace, and is gone now.
    """


class Unprocessable(Refused):
    """The request is well formed, and cannot be carried out; the code says why."""


class TooManyRequests(Refused):
    """The rate limit is exceeded for longer than there is time."""


class Unavailable(Refused):
    """Something that the server needs fails: most often the warehouse, with wrong settings too."""


class OtherWorkspace(ApiError):
    """The key is restricted to another workspace than the one that was asked for."""

    def __init__(self, request: str, detail: str, *, restricted_to: str) -> None:
        """`restricted_to` is the id of the only workspace that the key gives access to."""
        super().__init__(request, detail)
        self.restricted_to = restricted_to


class ServerFailed(ApiError):
    """An answer that is not one of the API: a status without its document, HTML, or another document."""

    def __init__(self, request: str, detail: str, *, status: int) -> None:
        """`status` is the answer's."""
        super().__init__(request, detail)
        self.status = status
        self.may_have_acted = status < _REDIRECTION or status >= _SERVER_ERROR


class WrongEndpoint(ServerFailed):
    """What answers at the endpoint is no Krenalis server; or it is elsewhere: under a path, another host or scheme."""

    def __init__(self, request: str, detail: str, *, status: int) -> None:
        """As `ServerFailed`; nobody acted."""
        super().__init__(request, detail, status=status)
        self.may_have_acted = False


class NoAnswer(ApiError):
    """The server cannot be reached, or its answer did not come, or not to its end."""

    def __init__(
        self, request: str, detail: str, *, sent: bool, timed_out: bool = False, may_pass: bool = False
    ) -> None:
        """`sent` says whether the server may have the request, in whole or in part.

        `timed_out` says whether it was given up on at the deadline, and `may_pass` whether it may work a moment later.
        """
        super().__init__(request, detail)
        self.sent = self.may_have_acted = sent
        self.timed_out = timed_out
        self.may_pass = may_pass


class Untrusted(NoAnswer):
    """No authority that counts here has signed the certificate of what answers, or it is another name's; nothing was sent."""


class WithoutTLS(NoAnswer):
    """What answers does not speak TLS, and the endpoint begins with https; nothing was sent."""


class NoAuthorities(NoAnswer):
    """The file of `ca_cert_file` cannot be used; nothing was sent."""


_REDIRECTION: Final = 300
_SERVER_ERROR: Final = 500

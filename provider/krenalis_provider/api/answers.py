"""What an answer of a server means: its document, or the error to raise.

What is quoted of an answer comes without the API key, should somebody echo it. An answer of status 200 is never quoted,
because it may hold passwords.
Source: docs/facts/krenalis.md, "The REST API" and "Keys".
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from krenalis_provider.api import errors

_QUOTED: Final = 300  # characters of an answer that is no error of the API
_TITLE: Final = re.compile(rb"<title[^>]*>([^<]*)", re.IGNORECASE)
_NO_KEY: Final = "does not exist"
_ONE_WORKSPACE: Final = "cannot specify a workspace"
_OK: Final = 200


class Answer(NamedTuple):
    """An answer as it came, whole. The names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Asked(NamedTuple):
    """What was asked, for messages."""

    request: str
    """Such as ``GET /v1/workspaces``."""
    endpoint: str
    key: str

    def without_key(self, text: str) -> str:
        """The text without the API key."""
        return text.replace(self.key, "(redacted)") if self.key else text


def checked(asked: Asked, answer: Answer) -> bytes:
    """The body of an answer that tells of success. Raises an `errors.ApiError` for any other."""
    if answer.status == _OK:
        if _is_html(answer):
            raise errors.WrongEndpoint(
                asked.request,
                f"{asked.endpoint} answers with a web page. Is there another path at which it has the API? "
                "`endpoint` is what comes before `/v1`.",
                status=_OK,
            )
        return answer.body
    if error := _api_error(answer):
        raise _refusal(asked, answer, {name: asked.without_key(text) for name, text in error.items()})
    raise _failure(asked, answer)


def parsed(asked: Asked, body: bytes) -> Any:
    """The document in an answer of status 200; fractions are Decimals. Raises `errors.ServerFailed`."""
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        what = "is empty" if not body.strip() else "is no JSON"
        raise errors.ServerFailed(
            asked.request,
            f"The answer of {asked.endpoint} has status 200 and {what}. {_NOT_THE_API}",
            status=_OK,
        ) from error


def says_key_is_restricted(error: errors.Refused) -> bool:
    """Whether a request was refused because a restricted key must name no workspace."""
    return (
        error.status == _BAD_REQUEST
        and "Krenalis-Workspace" in error.message
        and "restricted key" in error.message
    )


def says_key_has_one_workspace(error: errors.Refused) -> bool:
    """Whether a request for the organization, which named no workspace, was refused because the key has only one."""
    return error.status == _UNAUTHORIZED and _ONE_WORKSPACE in error.message


def refuses_sync_token(answer: Answer) -> bool:
    """Whether the server refused the request for its `Sync-Token` alone."""
    return answer.status == _BAD_REQUEST and b"Sync-Token" in answer.body and not _api_error(answer)


def _api_error(answer: Answer) -> dict[str, str] | None:
    """The members of the API's form of an error, or None if it has another."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return None
    return {name: text for name in ("code", "message", "cause") if isinstance(text := error.get(name), str)}


def _refusal(asked: Asked, answer: Answer, error: Mapping[str, str]) -> errors.Refused:
    message, code, cause = error["message"], error.get("code", ""), error.get("cause")
    kind = _KINDS.get(answer.status, errors.Refused)
    if answer.status == _UNAUTHORIZED and _NO_KEY in message:
        kind = errors.UnknownKey
    said = message if not cause or cause in message else f"{message}: {cause}"
    detail = f"The server answers {answer.status}{f' {code}' if code else ''}: {said.rstrip('.')}."
    remedy = _REMEDIES.get(kind, "")
    if kind is errors.Unauthorized and _ONE_WORKSPACE in message:
        remedy = "The key is restricted to one workspace; this takes a key of the organization."
    seconds = answer.headers.get("retry-after", "")[:_MOST_DIGITS]
    if kind is errors.TooManyRequests and seconds.isdecimal():
        remedy = f"It asks to wait {seconds} seconds, for which there is no time."
    return kind(
        asked.request,
        f"{detail} {remedy}".strip(),
        status=answer.status,
        code=code,
        message=message,
        cause=cause,
    )


def _failure(asked: Asked, answer: Answer) -> errors.ApiError:
    """The error for an answer without the API's form."""
    status, said = answer.status, _quoted(asked, answer)
    seen = f"{asked.endpoint} answers {status}{f': {said}' if said else ''}."
    if _FIRST_REDIRECTION <= status < _BAD_REQUEST:
        where = asked.without_key(_origin(answer.headers.get("location", "")))
        return errors.WrongEndpoint(
            asked.request,
            f"{asked.endpoint} answers {status}, which points elsewhere{f': to {where}' if where else ''}. The key is "
            "not sent to another place: if the server is there, write that in `endpoint`.",
            status=status,
        )
    if status == _BAD_REQUEST and re.search(rb"HTTP request (?:to an|was sent to) HTTPS", answer.body):
        return errors.WrongEndpoint(
            asked.request,
            f"{asked.endpoint} speaks HTTPS: let `endpoint` begin with `https://`.",
            status=status,
        )
    if status in (_NOT_FOUND, _NO_SUCH_METHOD):
        return errors.WrongEndpoint(
            asked.request,
            f"{seen} No Krenalis server has the API there: `endpoint` is what comes before `/v1`.",
            status=status,
        )
    if status == _TOO_MANY:
        return errors.TooManyRequests(asked.request, seen, status=status, code="", message=said)
    return errors.ServerFailed(asked.request, f"{seen} {_FAILURES.get(status, _NOT_THE_API)}", status=status)


def _quoted(asked: Asked, answer: Answer) -> str:
    """The title of a web page, or the first line of a text, as far as people can read it."""
    title = _TITLE.search(answer.body)
    if _is_html(answer) or title:
        text = title[1] if title else b""
    elif answer.headers.get("content-type", "text/plain").startswith("text/plain"):
        text = answer.body.strip().partition(b"\n")[0]
    else:
        text = b""
    shown = "".join(filter(str.isprintable, asked.without_key(text.decode(errors="replace"))))
    return " ".join(shown.split())[:_QUOTED].rstrip(".")


def _is_html(answer: Answer) -> bool:
    return "html" in answer.headers.get("content-type", "").partition(";")[0] or bool(
        re.match(rb"\s*<(?:!doctype html|html)", answer.body, re.IGNORECASE)
    )


def _origin(location: str) -> str:
    """Scheme, host and port of a URL; what follows may hold anything."""
    found = re.match(r"https?://[A-Za-z0-9.:\[\]_-]+(?=[/?#]|$)", location)
    return found[0] if found else ""


_MOST_DIGITS: Final = 6
_FIRST_REDIRECTION: Final = 300
_BAD_REQUEST: Final = 400
_UNAUTHORIZED: Final = 401
_NOT_FOUND: Final = 404
_NO_SUCH_METHOD: Final = 405
_TOO_MANY: Final = 429
_KINDS: Final[Mapping[int, type[errors.Refused]]] = {
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    422: errors.Unprocessable,
    429: errors.TooManyRequests,
    503: errors.Unavailable,
}
_REMEDIES: Final[Mapping[type[errors.Refused], str]] = {
    errors.Unauthorized: "Give an API key that was made in the Admin console of this server, whole.",
    errors.UnknownKey: "Such a key was deleted, belongs to another server, or was restricted to a workspace "
    "that was deleted. Make a new one in the Admin console.",
}
_NOT_THE_API: Final = "No Krenalis server answers so. Is something else at this address, or in between?"
_FAILURES: Final[Mapping[int, str]] = {
    407: "A proxy on the way wants a user and a password; the variable that names the proxy can hold them.",
    413: "Something before the server takes no request of this size.",
    500: "The server failed, and does not say why; its log does.",
    502: "Something before the server had no valid answer from it.",
    503: "The server, or something before it, takes no requests now.",
    504: "Something before the server had no answer from it in time.",
}

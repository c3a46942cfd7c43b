"""What the test server answers, and the ways in which it does not."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

JSON = "application/json"
JSON_ERROR = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """Status, body, and headers beside those that every answer has."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = {}


class Refusal(Exception):
    """An error answer in the JSON form."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        cause: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.cause = status, code, message, cause
        self.headers = headers or {}

    def answer(self) -> Answer:
        error = {"code": self.code, "message": self.message}
        if self.cause is not None:
            error["cause"] = self.cause
        headers = {"X-Content-Type-Options": "nosniff", **self.headers}
        return Answer(self.status, compact({"error": error}), JSON_ERROR, headers)


class PlainText(Exception):
    """An error answer without the JSON form."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {text}")
        self.status, self.text, self.headers = status, text, headers or {}

    def answer(self) -> Answer:
        headers = {"X-Content-Type-Options": "nosniff", **self.headers}
        return Answer(self.status, self.text.encode() + b"\n", TEXT, headers)


class Panic(Exception):
    """What ends the process of a real server: nobody is answered, and nothing until it is started again."""


class Silence(Exception):
    """The connection is closed without an answer."""


def bad_request(message: str, *, cause: str | None = None) -> Refusal:
    return Refusal(400, "BadRequest", message, cause=cause)


def unprocessable(code: str, message: str, *, cause: str | None = None) -> Refusal:
    return Refusal(422, code, message, cause=cause)


def unavailable(message: str) -> Refusal:
    return Refusal(503, "ServiceUnavailable", message)


def broken() -> PlainText:
    """What the server says of an error that it does not expect."""
    return PlainText(500, "Internal Server Error")


def compact(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def document(value: Any) -> Answer:
    return Answer(200, value if isinstance(value, bytes) else compact(value), JSON)

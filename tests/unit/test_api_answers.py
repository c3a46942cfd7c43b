import json
from collections.abc import Mapping

import pytest

from krenalis_provider.api import errors
from krenalis_provider.api.answers import Answer, Asked, checked, parsed, refuses_sync_token

KEY = "api_canary"
ASKED = Asked("GET /v1/workspaces", "https://krenalis.example.com", KEY)
TEXT = {"content-type": "text/plain; charset=utf-8"}
HTML = {"content-type": "text/html"}


def raised(answer: Answer) -> errors.ApiError:
    with pytest.raises(errors.ApiError) as caught:
        checked(ASKED, answer)
    return caught.value


def api_error(code: str, message: str, cause: str | None = None) -> bytes:
    return json.dumps(
        {"error": {"code": code, "message": message, **({"cause": cause} if cause else {})}}
    ).encode()


@pytest.mark.parametrize(("status", "code", "message", "kind"), [
    (400, "BadRequest", "name is empty", errors.Refused),
    (401, "Unauthorized", "API key in the Authorization header of the request is malformed", errors.Unauthorized),
    (401, "Unauthorized", "API key in the Authorization header of the request does not exist", errors.UnknownKey),
    (401, "Unauthorized", "organization request cannot specify a workspace", errors.Unauthorized),
    (403, "Forbidden", "Krenalis-Workspace header is missing", errors.Forbidden),
    (404, "NotFound", "workspace vSL83h3PbHDz does not exist", errors.NotFound),
    (422, "WarehouseNotInitializable", "data warehouse cannot be initialized", errors.Unprocessable),
    (429, "TooManyRequests", "rate limit exceeded", errors.TooManyRequests),
    (503, "ServiceUnavailable", "data warehouse: unexpected EOF", errors.Unavailable),
    (507, "Other", "an error of the future", errors.Refused),
])  # fmt: skip
def test_an_error_of_the_api_keeps_the_servers_words(
    status: int, code: str, message: str, kind: type[errors.Refused]
) -> None:
    error = raised(Answer(status, {"content-type": "application/json"}, api_error(code, message, "because")))

    assert type(error) is kind
    assert (error.status, error.code, error.message, error.cause) == (status, code, message, "because")
    assert f"{status} {code}: {message}: because" in error.detail
    assert error.may_have_acted is (status >= 500)


def test_a_cause_that_the_message_holds_is_said_once() -> None:
    error = raised(
        Answer(422, {}, api_error("InvalidWarehouseSettings", "not valid: port is 0", "port is 0"))
    )

    assert error.detail.count("port is 0") == 1


@pytest.mark.parametrize(("status", "headers", "body", "kind", "says"), [
    (500, TEXT, b"Internal Server Error\n", errors.ServerFailed, "its log does"),
    (500, {}, b"", errors.ServerFailed, "its log does"),
    (502, HTML, b"<html><head><title>502 Bad Gateway</title>", errors.ServerFailed, "502: 502 Bad Gateway"),
    (503, TEXT, b"no healthy upstream", errors.ServerFailed, "no healthy upstream"),
    (504, HTML, b"<html>", errors.ServerFailed, "in time"),
    (407, HTML, b"<title>x</title>", errors.ServerFailed, "proxy"),
    (413, HTML, b"<title>Too large</title>", errors.ServerFailed, "of this size"),
    (403, TEXT, b"cross-origin request detected", errors.ServerFailed, "cross-origin"),
    (404, TEXT, b"404 page not found\n", errors.WrongEndpoint, "before `/v1`"),
    (405, TEXT, b"Method Not Allowed\n", errors.WrongEndpoint, "before `/v1`"),
    (404, HTML, b"<title>Welcome to nginx</title>", errors.WrongEndpoint, "Welcome to nginx"),
    (200, HTML, b"<!DOCTYPE html><title>Krenalis</title>", errors.WrongEndpoint, "a web page"),
    (200, {}, b"\n <HTML>", errors.WrongEndpoint, "a web page"),
    (301, {"location": "https://other.example.com/v1/workspaces?a=b"}, b"", errors.WrongEndpoint,
     "to https://other.example.com. The key is not sent"),
    (302, {"location": "/login"}, b"", errors.WrongEndpoint, "points elsewhere."),
    (307, {}, b"", errors.WrongEndpoint, "points elsewhere."),
    (400, TEXT, b"Client sent an HTTP request to an HTTPS server.\n", errors.WrongEndpoint, "`https://`"),
    (400, HTML, b"<center>The plain HTTP request was sent to HTTPS port</center>", errors.WrongEndpoint, "`https://`"),
    (429, HTML, b"<title>Slow down</title>", errors.TooManyRequests, "Slow down"),
    (204, {}, b"", errors.ServerFailed, "No Krenalis server answers so"),
    (400, {"content-type": "application/json"}, b'{"error": "text"}', errors.ServerFailed, "No Krenalis server"),
    (400, {"content-type": "application/json"}, b"[" * 100_000, errors.ServerFailed, "No Krenalis server"),
])  # fmt: skip
def test_answers_that_are_not_of_the_api_are_told_apart(
    status: int, headers: Mapping[str, str], body: bytes, kind: type[errors.ApiError], says: str
) -> None:
    error = raised(Answer(status, headers, body))

    assert type(error) is kind
    assert says in error.detail


@pytest.mark.parametrize("answer", [
    Answer(401, {}, api_error("Unauthorized", f"the key {KEY} is unknown", f"{KEY}!")),
    Answer(500, TEXT, f"no such key: {KEY}".encode()),
    Answer(403, HTML, f"<title>{KEY}</title>".encode()),
    Answer(301, {"location": f"https://{KEY.replace('_', '-')}.example.com/{KEY}"}, b""),
    Answer(301, {"location": f"https://{KEY}"}, b""),
])  # fmt: skip
def test_a_key_that_somebody_echoes_is_taken_out(answer: Answer) -> None:
    error = raised(answer)

    assert KEY not in repr(vars(error))
    assert KEY not in str(error)


def test_what_is_quoted_is_short_and_printable() -> None:
    error = raised(Answer(500, TEXT, b"\x1b[31m\xff" + b"x" * 10_000 + b"\nsecond line"))

    assert "\x1b" not in error.detail
    assert len(error.detail) < 500


def test_an_answer_with_status_200_is_never_quoted() -> None:
    with pytest.raises(errors.ServerFailed) as caught:
        parsed(ASKED, b'{"password": "canary"')

    assert caught.value.status == 200
    assert "canary" not in str(caught.value)
    assert caught.value.may_have_acted


@pytest.mark.parametrize(("answer", "refused"), [
    (Answer(400, TEXT, b"Request contains an invalid Sync-Token header"), True),
    (Answer(400, {}, api_error("BadRequest", "a name with Sync-Token")), False),
    (Answer(200, {}, b"Sync-Token"), False),
])  # fmt: skip
def test_a_refused_sync_token_is_told_from_a_bad_request(answer: Answer, *, refused: bool) -> None:
    assert refuses_sync_token(answer) is refused

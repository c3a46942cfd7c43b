"""What every request passes before an endpoint sees it, in the server's order."""

import re
from typing import NamedTuple

from tests.support.krenalis_server.answers import PlainText, Refusal, bad_request, unprocessable
from tests.support.krenalis_server.rate_limit import Bucket
from tests.support.krenalis_server.requests import Request
from tests.support.krenalis_server.state import State, Workspace, well_formed

LONGEST_BODY = 512000
_HEADER = "Krenalis-Workspace"
_ID = re.compile(r"[1-9A-HJ-NP-Za-km-z]{12}")
_DOCUMENTED_ID = re.compile(r"[1-9][0-9]{0,9}")


class Scope(NamedTuple):
    """Whose request an endpoint takes: the organisation's, a workspace's, or both."""

    organisation: bool = False
    workspace: bool = False


def check_origin(request: Request) -> None:
    if request.method in ("POST", "PUT", "DELETE") and request.header("Sec-Fetch-Site") == "cross-site":
        raise PlainText(403, "cross-origin request detected from Sec-Fetch-Site header")


def check_sync_token(request: Request, state: State) -> None:
    tokens = request.all("Sync-Token")
    if len(tokens) > 1:
        raise PlainText(400, "Request contains multiple Sync-Token headers")
    if tokens and not re.fullmatch(f"{state.organisation}[0-9]+", tokens[0]):
        raise PlainText(400, "Request contains an invalid Sync-Token header")


def sync_token(state: State) -> str:
    return f"{state.organisation}{state.version}"


def check_body(request: Request, *, wanted: bool) -> None:
    length = request.header("Content-Length")
    if not wanted:
        if request.body:
            raise bad_request("request body not allowed")
        return
    if length is None or length == "0":
        raise bad_request("request's body is missing")
    if int(length) > LONGEST_BODY:
        raise bad_request(f"request's content length must be in the range [1,{LONGEST_BODY}]")
    kind, *parameters = [part.strip().lower() for part in (request.header("Content-Type") or "").split(";")]
    parameters = [parameter for parameter in parameters if parameter]
    if kind != "application/json" or any(not each.startswith("charset=") for each in parameters):
        raise bad_request("request's content type must be 'application/json'")
    if parameters and parameters != ["charset=utf-8"]:
        raise bad_request("request's content type charset must be 'utf-8'")


def authenticate(request: Request, state: State) -> str | None:
    """The id of the workspace that the key is restricted to, else None."""
    headers = request.all("Authorization")
    if not headers:
        message = "Authorization header with the API key is not present in the request"
        raise Refusal(401, "Unauthorized", message)
    if len(headers) > 1:
        raise bad_request("request contains multiple Authorization headers")
    scheme, _, key = headers[0].partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        form = "'Authorization: Bearer <YOUR_API_KEY>'"
        raise bad_request(f"Authorization header is invalid; it should be in the format {form}")
    key = key.strip()
    if not key.startswith("api_"):
        raise bad_request("API key is not valid; API keys start with the api_ prefix")
    if not well_formed(key):
        message = "API key in the Authorization header of the request is malformed"
        raise Refusal(401, "Unauthorized", message)
    if key not in state.keys:
        message = "API key in the Authorization header of the request does not exist"
        raise Refusal(401, "Unauthorized", message)
    if not state.enabled:
        raise unprocessable("OrganizationDisabled", f"organization {state.organisation} is disabled")
    return state.keys[key]


def workspace_of(request: Request, state: State, restricted: str | None, scope: Scope) -> Workspace | None:
    """The workspace that a request is about; None for a request of the organisation."""
    named = request.all(_HEADER)
    if len(named) > 1:
        raise bad_request(f"request contains multiple {_HEADER} headers")
    if restricted is not None and named:
        raise bad_request(f'"{_HEADER}" header cannot be provided with a workspace restricted key')
    chosen = restricted if restricted is not None else named[0] if named else None
    if chosen is not None and not (_DOCUMENTED_ID if state.documented else _ID).fullmatch(chosen):
        form = f"'{_HEADER}: <WORKSPACE_ID>'"
        raise bad_request(f"{_HEADER} header is invalid; it should be in the format {form}")
    workspace = state.workspaces.get(chosen) if chosen is not None else None
    if chosen is not None and workspace is None:
        raise Refusal(404, "NotFound", f"workspace {chosen} does not exist")
    if workspace is None and not scope.organisation:
        form = f"'{_HEADER}: <WORKSPACE_ID>'"
        raise Refusal(403, "Forbidden", f"{_HEADER} header is missing; provide it in the format {form}")
    if workspace is not None and not scope.workspace:
        raise Refusal(401, "Unauthorized", "organization request cannot specify a workspace")
    return workspace


def take_from_budget(state: State, workspace: Workspace | None) -> None:
    bucket = state.bucket if workspace is None else state.workspace_buckets.get(workspace.id, Bucket())
    wait = bucket.take()
    if wait is not None:
        message = "rate limit exceeded; retry according to the Retry-After header"
        raise Refusal(429, "TooManyRequests", message, headers={"Retry-After": str(wait)})

"""Snowflake's own routes, as the connector uses them, and the sessions; for tests there are those of `control`, too."""

import asyncio
import gzip
import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

import fakesnow.server
from fakesnow.transforms import SERVER_VERSION
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.snowflake_double.account import (
    ADMINISTRATOR,
    ALL_PRIVILEGES,
    HOSTS,
    Account,
    Database,
    LoginRefused,
    folded,
)
from tests.support.snowflake_double.engine import Connection, Snow
from tests.support.snowflake_double.strikes import Strike

TESTS: Final = "tests"
"""The application of sessions that are neither recorded nor struck."""

account: Final = Account()
snow: Final = Snow()
sessions: Final[dict[str, "Session"]] = {}
_one_at_a_time: Final = asyncio.Lock()


@dataclass(slots=True)
class Received:
    """A request for a statement, however often it comes."""

    strike: Strike | None
    answer: "asyncio.Task[Response] | None" = None


@dataclass(slots=True)
class Session:
    """Someone who has logged in."""

    connection: Connection
    database: Database
    """The one that was asked for, or a new one if there is none of that name."""
    recorded: bool
    severed: bool = False
    requests: dict[str, Received] = field(default_factory=dict)


async def login(request: Request) -> Response:
    """Log in, as the body says; names come in the query string."""
    if request.url.hostname not in HOSTS:
        return Response(status_code=404)
    data = (await body(request))["data"]
    given = request.query_params
    name = folded(given.get("databaseName") or "")
    database = account.databases.get(name) or Database()
    if database.down:
        return _cut(request)
    try:
        user = account.authenticate(data)
        role = account.role(user, given.get("roleName"))
    except LoginRefused as refused:
        answer = {
            "data": {"nextAction": "RETRY_LOGIN", "authnMethod": "USERNAME_PASSWORD"},
            "code": refused.code,
        }
        return JSONResponse({**answer, "message": refused.message, "success": False, "headers": None})
    privileges = set(ALL_PRIVILEGES) if role == ADMINISTRATOR else account.privileges(role)
    sees = "USAGE" in privileges
    connection = snow.connect(
        name if sees and name else None,
        folded(given["schemaName"]) if sees and given.get("schemaName") else None,
    )
    warehouse = folded(given.get("warehouse") or "")
    connection.user = folded(data["LOGIN_NAME"])
    connection.role, connection.privileges = role, privileges
    connection.warehouse = warehouse if warehouse in account.warehouses else None
    token = secrets.token_urlsafe(32)
    recorded = data.get("CLIENT_ENVIRONMENT", {}).get("APPLICATION") != TESTS
    if recorded:
        connection.strikes = database.strikes
        database.logins.append({key: data[key] for key in data if key not in {"PASSWORD", "TOKEN"}})
    sessions[token] = Session(connection, database, recorded)
    fakesnow.server.sessions[token] = connection
    return JSONResponse(
        {"data": _session_data(token, connection), "code": None, "message": None, "success": True}
    )


def _session_data(token: str, connection: Connection) -> dict[str, Any]:
    return {
        "token": token,
        "masterToken": token,
        "validityInSeconds": 3600,
        "masterValidityInSeconds": 14400,
        "sessionId": len(sessions),
        "serverVersion": SERVER_VERSION,
        "parameters": [
            {"name": "AUTOCOMMIT", "value": True},
            {"name": "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", "value": 0},
        ],
        "sessionInfo": {
            "databaseName": connection.database,
            "schemaName": connection.schema,
            "roleName": connection.role,
            "warehouseName": connection.warehouse,
        },
    }


async def query(request: Request) -> Response:
    """Execute a statement, or answer again one that was."""
    session = sessions.get(_token(request))
    if session is None:
        return JSONResponse(
            {
                "data": None,
                "code": "390104",
                "message": "User must login again to access the service.",
                "success": False,
            }
        )
    if session.severed or session.database.down:
        return _cut(request)
    text = (await body(request))["sqlText"]
    request_id = request.query_params["requestId"]
    received = session.requests.get(request_id)
    if received is None:
        received = session.requests[request_id] = Received(_record(session, text))
        strike = received.strike
        if strike and strike.action != "hold" and not strike.after:
            return _strike(strike, session, request)
    if received.answer is None:
        received.answer = asyncio.create_task(_answer(received.strike, request))
    answer = await asyncio.shield(received.answer)
    strike, received.strike = received.strike, None
    if strike and strike.action != "hold" and strike.after:
        return _strike(strike, session, request)
    return answer


def _record(session: Session, text: str) -> Strike | None:
    if not session.recorded:
        return None
    session.database.statements.append(text)
    return session.database.strikes.meet(text)


def _strike(strike: Strike, session: Session, request: Request) -> Response:
    """What the strike makes of the answer."""
    strike.struck.set()
    if strike.action == "error":
        return _error(strike.code, strike.sqlstate, strike.message)
    session.severed = strike.action == "sever"
    session.database.down = strike.action == "down"
    return _cut(request)


async def _answer(strike: Strike | None, request: Request) -> Response:
    """The answer of a statement's execution, before or after which it may be held, however often it is asked for."""
    held = strike if strike and strike.action == "hold" else None
    if held and not held.after:
        await held.hold()
    answer = await _execute(request)
    if held and held.after:
        await held.hold()
    return answer


async def _execute(request: Request) -> Response:
    async with _one_at_a_time:
        response: Response = await fakesnow.server.query_request(request)
    if response.status_code == 500:  # a client would send it again
        message = json.loads(bytes(response.body))["message"]
        return _error("009999", "0A000", f"not emulated by the double: {message}")
    return response


def _error(code: str, state: str, message: str) -> Response:
    data = {"errorCode": code, "sqlState": state}
    return JSONResponse({"data": data, "code": code, "message": message, "success": False})


def _cut(request: Request) -> Response:
    request.scope["transport"].abort()
    return Response()


async def session(request: Request) -> Response:
    """End a session."""
    token = _token(request)
    ended = sessions.get(token)
    if ended and (ended.severed or ended.database.down):
        return _cut(request)
    if ended and request.query_params.get("delete"):
        end(token)
    return JSONResponse({"data": None, "code": None, "message": None, "success": True})


def end(token: str) -> None:
    """Forget a session."""
    sessions.pop(token).connection.close()
    del fakesnow.server.sessions[token]


async def accepted(_request: Request) -> Response:
    """What needs no answer: telemetry, heartbeats, aborts."""
    return JSONResponse({"data": None, "code": None, "message": None, "success": True})


async def body(request: Request) -> Any:
    """What a request says."""
    raw = await request.body()
    return json.loads(gzip.decompress(raw) if request.headers.get("Content-Encoding") == "gzip" else raw)


def _token(request: Request) -> str:
    header: str = request.headers.get("Authorization", "")
    return header.removeprefix('Snowflake Token="').removesuffix('"')


routes: Final = [
    Route("/session/v1/login-request", login, methods=["POST"]),
    Route("/queries/v1/query-request", query, methods=["POST"]),
    Route("/queries/v1/abort-request", accepted, methods=["POST"]),
    Route("/session", session, methods=["POST"]),
    Route("/session/heartbeat", accepted, methods=["POST"]),
    Route("/telemetry/send", accepted, methods=["POST"]),
]

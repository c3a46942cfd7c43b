"""The routes by which tests prepare, look and strike; all are below ``/double``, and speak JSON."""

import asyncio
from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.snowflake_double.account import Database, Role, User
from tests.support.snowflake_double.server import account, body, end, sessions, snow


async def make_database(request: Request) -> Response:
    """Make a database with a schema, a user, its role and a virtual warehouse, by the names that the body has."""
    given = await body(request)
    snow.make(given["database"], given["schema"], given["role"])
    account.databases[given["database"]] = Database()
    account.roles[given["role"]] = Role()
    account.warehouses.add(given["warehouse"])
    account.users[given["user"]] = User(given["password"], {given["role"]}, given.get("public_key"))
    return JSONResponse({})


async def database(request: Request) -> Response:
    """Change a database (PUT: down), or drop it (DELETE)."""
    name = request.path_params["name"]
    if request.method == "PUT":
        account.databases[name].down = (await body(request))["down"]
        return JSONResponse({})
    dropped = account.databases.pop(name)
    for token in [token for token, session in sessions.items() if session.database is dropped]:
        end(token)
    snow.drop(name)
    return JSONResponse({})


async def statements(request: Request) -> Response:
    """The statements that a database's sessions have sent, in order."""
    return JSONResponse(account.databases[request.path_params["name"]].statements)


async def logins(request: Request) -> Response:
    """What its logins said of themselves, without what they proved it with."""
    return JSONResponse(account.databases[request.path_params["name"]].logins)


async def user(request: Request) -> Response:
    """Give a user the public key of a pair."""
    for name, value in (await body(request)).items():
        setattr(account.users[request.path_params["name"]], name, value)
    return JSONResponse({})


async def strikes(request: Request) -> Response:
    """Have something in store for a statement."""
    strike = account.databases[request.path_params["name"]].strikes.add(await body(request))
    return JSONResponse({"id": strike.id})


async def strike(request: Request) -> Response:
    """Wait until it has struck (GET), or let go what it holds and strike no more (DELETE)."""
    place = account.databases[request.path_params["name"]].strikes
    found = next(s for s in place.all if s.id == request.path_params["id"])
    if request.method == "GET":
        with suppress(TimeoutError):
            await asyncio.wait_for(found.struck.wait(), float(request.query_params["seconds"]))
        return JSONResponse({"struck": found.struck.is_set()})
    found.released.set()
    place.all.remove(found)
    return JSONResponse({})


async def owner(request: Request) -> Response:
    """Give a table or view to another role."""
    snow.give(request.path_params["name"], request.path_params["object"], (await body(request))["role"])
    return JSONResponse({})


async def role(request: Request) -> Response:
    """Say what a role may do."""
    account.roles[request.path_params["name"]].privileges = set((await body(request))["privileges"])
    return JSONResponse({})


routes: Final = [
    Route("/double/databases", make_database, methods=["POST"]),
    Route("/double/databases/{name}", database, methods=["PUT", "DELETE"]),
    Route("/double/databases/{name}/statements", statements, methods=["GET"]),
    Route("/double/databases/{name}/logins", logins, methods=["GET"]),
    Route("/double/databases/{name}/strikes", strikes, methods=["POST"]),
    Route("/double/databases/{name}/strikes/{id:int}", strike, methods=["GET", "DELETE"]),
    Route("/double/databases/{name}/owners/{object}", owner, methods=["PUT"]),
    Route("/double/users/{name}", user, methods=["PUT"]),
    Route("/double/roles/{name}", role, methods=["PUT"]),
]

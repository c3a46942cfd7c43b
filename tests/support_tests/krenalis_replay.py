"""Replays recorded exchanges with a Krenalis server, and says which are answered otherwise.

`krenalis_exchanges.jsonl` starts with a line of fragments: ``«name»`` in a text stands for one, ``«x*100»`` for a hundred x
or, for ``columns``, so many properties. Each other line is an exchange, or what was done beside the API before the next:
databases, roles and rows of the server's own, each with a method of `Replay` of the same name.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.support.krenalis_server import KrenalisServer
from tests.support.postgresql import Server

_EXCHANGES = Path(__file__).with_name("krenalis_exchanges.jsonl")
_RECORDED_PORT = "5544"
_ROLES = {"warehouse": "warehouse", "warehouse_ro": "ro", "warehouse_rw": "rw", "ro_user": "ro"}
_ORGANISATION = "YH2UHdFedgg5"


class Difference(NamedTuple):
    """An exchange that is answered otherwise."""

    title: str
    call: str
    recorded: str
    ours: str

    def __str__(self) -> str:
        return f"{self.call} ({self.title})\n  recorded: {self.recorded[:600]}\n  ours:     {self.ours[:600]}"


class Replay:
    """Sends what was recorded to a server, with ids, keys and the port of today."""

    def __init__(self, server: KrenalisServer, postgresql: Server) -> None:
        self.server, self.postgresql = server, postgresql
        self.count = 0
        self._client = httpx.Client(timeout=60)
        self._fragments: dict[str, str] = {}
        self._names = {
            _ORGANISATION: server.state.organisation,
            f'"port": {_RECORDED_PORT}': f'"port": {postgresql.port}',
            f'"port":{_RECORDED_PORT}': f'"port":{postgresql.port}',
            f":{_RECORDED_PORT} ": f":{postgresql.port} ",
            f"number {_RECORDED_PORT}": f"number {postgresql.port}",
        }
        self._databases: set[str] = set()
        self._restricted = ""
        self._token = ""
        with postgresql.connect() as connection:
            for role, password in _ROLES.items():
                connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'".encode())

    def play(self) -> Iterator[Difference]:
        """Replay everything in order."""
        with _EXCHANGES.open() as lines, self._client:
            for line in lines:
                yield from self._line(json.loads(line))

    def _line(self, line: dict[str, Any]) -> Iterator[Difference]:
        if "fragments" in line:
            self._fragments = line["fragments"]
        elif "call" in line:
            self.count += 1
            difference = self._exchange(line)
            if difference is not None:
                yield difference
        else:
            self._prepare(line)

    # what was done beside the API

    def _prepare(self, step: dict[str, Any]) -> None:
        match step:
            case {"fresh": name}:
                self._make_empty(name)
                self._execute(name, *step.get("sql", []))
            case {"drop": name}:
                self._databases.remove(name)
                self._execute("postgres", f"DROP DATABASE {name} WITH (FORCE)")
            case {"database": name, "sql": statements}:
                self._execute(name, *statements)
            case {"create": recorded, "name": name, "database": database}:
                settings = f'«settings»{database}", "schema": "public"}}'
                body = f'{{"name": "{name}", "profileSchema": «email», «postgresql»{settings}}}}}'
                answer = self._send({"call": "POST /v1/workspaces", "body": body})
                self._names[recorded] = answer.json()["id"]
            case {"send": line}:
                assert self._send(line).status_code == 200
            case {"wait": recorded}:
                self._wait_for(self._names[recorded])
            case {"restrict": recorded}:
                self._restricted = self.server.restricted_key(self._names[recorded])
            case _:
                self._switch(step)

    def _make_empty(self, name: str) -> None:
        """A database with an empty schema public, in which only one role may create."""
        if name not in self._databases:
            self._databases.add(name)
            self._execute("postgres", f"CREATE DATABASE {name} OWNER warehouse TEMPLATE template0")
        with self.postgresql.connect(name) as connection:
            query = (
                "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
            )
            for (schema,) in connection.execute(query).fetchall():
                connection.execute(f'DROP SCHEMA "{schema}" CASCADE'.encode())
        public = ("CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO public")
        self._execute(name, *public, "GRANT CREATE ON SCHEMA public TO warehouse")

    def _switch(self, step: dict[str, Any]) -> None:
        match step:
            case {"limit": limit}:
                self.server.state.workspaces_limit = limit
            case {"enabled": enabled}:
                self.server.state.enabled = enabled
            case {"mend": _}:
                self.server.state.bricked = None
            case {"rate": rate}:
                self.server.limit_rate(*(rate or [None]))
            case _:
                raise AssertionError(step)

    def _execute(self, database: str, *statements: str) -> None:
        with self.postgresql.connect(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def _wait_for(self, workspace: str) -> None:
        deadline = time.monotonic() + 10
        while self.server.workspaces[workspace].busy:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    # exchanges

    def _exchange(self, line: dict[str, Any]) -> Difference | None:
        recorded = self._text(line.get("answer", ""))
        try:
            answer = self._send(line)
        except httpx.RemoteProtocolError:
            assert self.server.dead
            self.server.restart()
            ours = "0 "
        else:
            self._token = answer.headers.get("Sync-Token", self._token)
            if line["call"] == "POST /v1/workspaces" and answer.status_code == line["status"] == 200:
                self._names[json.loads(recorded)["id"]] = answer.json()["id"]
                recorded = self._text(line["answer"])
            ours = f"{answer.status_code} {answer.text.rstrip()}"
        wanted = f"{line['status']} {recorded.rstrip()}"
        if _alike(wanted, ours, line):
            return None
        return Difference(line.get("title", ""), line["call"], wanted, ours)

    def _send(self, line: dict[str, Any]) -> httpx.Response:
        method, _, path = line["call"].partition(" ")
        keys = {"key": self.server.key, "restricted": self._restricted, "unknown": self.server.unknown_key()}
        headers = [(name, self._text(value)) for name, value in line.get("headers", [])]
        key = line.get("key", "key")
        if key is not None:
            headers.append(("Authorization", f"Bearer {keys[key]}"))
        if "workspace" in line:
            headers.append(("Krenalis-Workspace", self._text(line["workspace"])))
        kind = line.get("type", "application/json")
        if kind is not None and ("body" in line or "bytes" in line):
            headers.append(("Content-Type", kind))
        content = line["bytes"].encode("latin-1") if "bytes" in line else None
        if "body" in line:
            content = self._text(line["body"]).encode()
        return self._client.request(method, self.server.endpoint + path, headers=headers, content=content)

    def _text(self, text: str) -> str:
        """The text with its fragments, and with the names of today."""
        while "«" in text:
            text = re.sub(r"«([^»]*)»", lambda found: self._fragment(found[1]), text)
        for recorded, ours in self._names.items():
            text = text.replace(recorded, ours)
        return text

    def _fragment(self, name: str) -> str:
        what, star, times = name.partition("*")
        if what == "columns":
            column = '{"name": "c%d", "type": {"kind": "string"}, "readOptional": true}'
            return ", ".join(column % number for number in range(int(times)))
        if star:
            return what * int(times)
        return {"key": self.server.key, "token": self._token}.get(name) or self._fragments[name]


def _alike(recorded: str, ours: str, line: dict[str, Any]) -> bool:
    """Whether status and text are the same, but for what is random: the verb of a process, the order of a list, times."""
    recorded, ours = (text.replace("json: unable to", "json: cannot") for text in (recorded, ours))
    if line.get("begins"):  # the recording is cut off
        return ours.startswith(recorded)
    if line.get("times"):
        return re.sub(r'"\d{4}-[^"]*Z"', "time", recorded) == re.sub(r'"\d{4}-[^"]*Z"', "time", ours)
    if recorded.startswith('200 {"workspaces"'):
        return bool(_by_id(recorded) == _by_id(ours))
    return recorded == ours


def _by_id(answer: str) -> Any:
    workspaces = json.loads(answer.removeprefix("200 "))["workspaces"]
    return {workspace["id"]: workspace for workspace in workspaces}

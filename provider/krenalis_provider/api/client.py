"""Requests to one server with one key: which headers they need, and what is tried again.

Source: docs/facts/krenalis.md, "The REST API" and "Keys".
"""

import time
from collections.abc import Mapping
from typing import Any, Final

from krenalis_provider.api import answers
from krenalis_provider.api.answers import Answer, Asked
from krenalis_provider.api.body import encoded
from krenalis_provider.api.errors import (
    ApiError,
    NoAnswer,
    NotFound,
    OtherWorkspace,
    Refused,
    ServerFailed,
    UnknownKey,
)
from krenalis_provider.api.exchange import Connections
from krenalis_provider.api.retries import Retries
from krenalis_provider.api.server import Server, workspace_id_problem
from krenalis_provider.model.deadline import Deadline

_WORKSPACE: Final = "Krenalis-Workspace"
_SYNC_TOKEN: Final = "Sync-Token"  # noqa: S105 - it opens nothing
_LONGEST_TOKEN: Final = 1024
_TOO_MANY: Final = 429
_OK: Final = 200


class Client:
    """Sends requests. Threads may share it."""

    def __init__(self, server: Server) -> None:
        """Connects to nothing yet."""
        self._server = server
        self._connections = Connections(server)
        self._sync_token: str | None = None
        self.restricted_to: str | None = None
        """The only workspace of the key, once an answer has shown that the key is restricted to one."""

    def asked(self, method: str, path: str) -> Asked:
        """A request, for messages."""
        return Asked(f"{method} /v1{path}", self._server.endpoint, self._server.api_key)

    def of_organization(
        self, method: str, path: str, deadline: Deadline, body: Mapping[str, Any] | None = None, **how: bool
    ) -> bytes:
        """Send a request that names no workspace; the body of the answer. `how` is as for `_answered`."""
        return self._answered(self.asked(method, path), {}, body, deadline, **how)

    def of_workspace(
        self,
        method: str,
        path: str,
        workspace_id: str,
        deadline: Deadline,
        body: Mapping[str, Any] | None = None,
        **how: bool,
    ) -> bytes:
        """Send a request for one workspace; the body of the answer. `how` is as for `_answered`.

        A restricted key must not name its workspace. That a key is restricted is learned from the first answer. Raises
        `OtherWorkspace` if it is not restricted to this one.
        """
        asked = self.asked(method, path)
        if problem := workspace_id_problem(workspace_id):
            raise ApiError(asked.request, f"It is no id of a workspace: {problem}.")
        if self.restricted_to is None:
            try:
                return self._answered(asked, {_WORKSPACE: workspace_id}, body, deadline, **how)
            except Refused as error:
                if not answers.says_key_is_restricted(error):
                    raise
            self.workspace_of_key(deadline)
        if self.restricted_to != workspace_id:
            raise other_workspace(asked, workspace_id, str(self.restricted_to))
        try:
            return self._answered(asked, {}, body, deadline, **how)
        except UnknownKey as error:
            raise NotFound(
                asked.request,
                f"{error.detail} The key was restricted to the workspace {workspace_id}.",
                status=error.status,
                code=error.code,
                message=error.message,
                cause=error.cause,
            ) from error

    def workspace_of_key(self, deadline: Deadline) -> Any:
        """The document of the only workspace of a restricted key."""
        asked = self.asked("GET", "/workspaces/current")
        document = answers.parsed(asked, self._answered(asked, {}, None, deadline))
        workspace_id = document.get("id") if isinstance(document, dict) else None
        if not isinstance(workspace_id, str | int):
            raise ServerFailed(asked.request, "The answer has no id of a workspace.", status=_OK)
        self.restricted_to = str(workspace_id)
        return document

    def _answered(
        self,
        asked: Asked,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None,
        deadline: Deadline,
        *,
        repeatable: bool | None = None,
    ) -> bytes:
        """Send a request until it has an answer that counts; its body.

        A POST is not `repeatable` unless it is said to be: it is not sent again where there was no connection. The rate
        limit holds all requests back before they are looked at, so all are sent again, as long as there is time.
        """
        reads = asked.request.startswith("GET ")
        retries = Retries(
            reads=reads,
            repeatable=not asked.request.startswith("POST ") if repeatable is None else repeatable,
        )
        content = None if body is None else encoded(body)
        while True:
            token = self._sync_token
            try:
                answer = self._connections.exchange(
                    asked, self._headers(headers, content, token), content, deadline
                )
            except NoAnswer as error:
                wait = retries.after(error)
                if wait is None or wait >= deadline.remaining():
                    raise
            else:
                if token and answers.refuses_sync_token(answer):
                    self._sync_token = None
                    continue
                wait = retries.after_limit(answer) if answer.status == _TOO_MANY else None
                if wait is None or wait >= deadline.remaining():
                    # a read that began before a write has ended does not know of it
                    if not reads or self._sync_token == token:
                        self._remember(answer)
                    return answers.checked(asked, answer)
            time.sleep(wait)

    def _headers(
        self, headers: Mapping[str, str], content: bytes | None, token: str | None
    ) -> Mapping[str, str]:
        made = {**headers, "Authorization": f"Bearer {self._server.api_key}"}
        if content is not None:
            made["Content-Type"] = "application/json"
        if token:
            made[_SYNC_TOKEN] = token
        return made

    def _remember(self, answer: Answer) -> None:
        """Lets later requests see what this answer tells of, on whichever node of the server they end up."""
        token = answer.headers.get(_SYNC_TOKEN.lower(), "")
        if (
            answer.status == _OK
            and 0 < len(token) <= _LONGEST_TOKEN
            and token.isascii()
            and token.isprintable()
        ):
            self._sync_token = token


def other_workspace(asked: Asked, wanted: str, only: str) -> OtherWorkspace:
    """The error of a key that gives access to one workspace, and not to the one that is wanted."""
    return OtherWorkspace(
        asked.request,
        f"The API key gives access to the workspace {only} alone, and not to {wanted}. Use a key of the organization, "
        f"or one that is restricted to {wanted}.",
        restricted_to=only,
    )

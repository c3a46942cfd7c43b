"""The errors of the API in the domain's words: what happened, where in the configuration, what to do about it.

The server's own code and message are always kept. Source: docs/facts/krenalis.md, "The REST API".
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from krenalis_provider.api.errors import ApiError, NotFound, Refused, ServerFailed, Unavailable
from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.errors import Finding, ServerError, Verdict, WorkspaceError, WorkspaceNotFound
from krenalis_provider.workspaces.server.meanings import meaning_of

_BEFORE_ALL_ELSE: Final = re.compile(r"failed to connect|cannot unmarshal|unable to unmarshal|unexpected EOF")


def finding(error: ApiError) -> Finding:
    """An error as what a check has found."""
    meaning = meaning_of(error)
    detail = _in_one_line(f"{error.request}: {error.detail} {meaning.remedy}")
    return Finding(meaning.verdict, meaning.path, meaning.summary, detail)


def explained(error: ApiError) -> WorkspaceError:
    """An error as an exception of the domain."""
    found = finding(error)
    if isinstance(error, NotFound):
        return WorkspaceNotFound(found.summary, found.detail, found.path)
    return ServerError(found)


@contextmanager
def translated() -> Iterator[None]:
    """Raise the API's errors as exceptions of the domain."""
    try:
        yield
    except ApiError as error:
        raise explained(error) from error


def never_connected(error: ApiError) -> bool:
    """Whether the server says that it could not even connect to the warehouse, so that it made nothing there."""
    return isinstance(error, Unavailable) and bool(_BEFORE_ALL_ELSE.search(error.message))


def words(error: ApiError) -> str:
    """The server's own words, or what else happened to a request, as a sentence."""
    if isinstance(error, Refused):
        return _in_one_line(f"The Krenalis server says: {error.message} ({error.code}).")
    return f"{error.request}: {error.detail}"


def _in_one_line(text: str) -> str:
    """The text without the line breaks of a server's message, of which one line is for each address that it tried."""
    return " ".join(text.split())


def wedged(error: ServerFailed) -> Finding:
    """The server fails at new warehouse settings, which is what it does when it cannot connect with the stored ones."""
    return Finding(
        Verdict.CONTRADICTED,
        AttributePath.of("warehouse", "settings"),
        "Krenalis server cannot take new warehouse settings",
        f"{error.request}: {error.detail} Before it stores new settings the server connects with those that it has. Where those "
        "connect no more, because the password was changed in the database already or the host is gone, it takes no others. Let "
        "them work again, by the old password or the old host; apply, and take them away afterwards.",
    )

"""What is left in a warehouse that a server has begun to fill, or has filled: whose it is, and how it is cleared away.

Nothing here drops anything: what looks like the rest of one workspace may be another one's data.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from krenalis_provider.api.errors import ApiError, NotFound, Refused
from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.deadline import Deadline
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import Finding, Verdict, WarehouseError
from krenalis_provider.workspaces.server.access import Access, ServersWarehouse, address_of, place
from lightstart.records import replace

if TYPE_CHECKING:  # importing pydantic waits for the first request
    from krenalis_provider.api.documents import Workspace

_NOT_SEEN: Final = (
    "It could not be seen from here what the warehouse holds: if its schema is not empty any more, and no other workspace "
    "uses it, it has to be cleared by hand before a workspace can be created there."
)
_NOT_EMPTY: Final = "WarehouseNotInitializable"
_MOST_LOOKED_AT: Final = 30
"""The number of workspaces of the server that are asked whether the warehouse is theirs."""
_OF_NO_WORKSPACE: Final = (
    "It holds objects of a workspace that this server does not have: of one that was deleted, of a creation that broke off or "
    "is still under way, or of another server."
)
NOTHING: Final = "The warehouse holds nothing of a workspace."


class Search(NamedTuple):
    """The workspaces of the server that use a warehouse."""

    holder: "Workspace | None"
    """The one whose warehouse is at that place."""
    perhaps: "Workspace | None"
    """One with the same database and schema on another server, which may be another name of the same one."""
    is_complete: bool
    """Whether all workspaces that the key gives access to were looked at."""


def users(
    access: Access,
    address: WarehouseAddress,
    deadline: Deadline,
    *,
    name: str | None = None,
    most: int | None = None,
) -> Search:
    """Look for the workspaces that use a warehouse; those of that `name` are looked at first, and so many at `most`.

    The server is asked anew, because whoever asks here drops what no workspace uses, or says how. Raises `ApiError`.
    """
    wanted, perhaps = place(address), None
    listed = access.api.list(deadline)
    for each in islice(sorted(listed, key=lambda each: (each.name != name, each.id)), most):
        try:
            found = place(address_of(access.stored(each.id, deadline)))
        except NotFound:
            continue
        if found is not None and found == wanted:
            return Search(each, None, is_complete=False)
        if found and wanted and replace(found, server=wanted.server) == wanted:
            perhaps = each
    is_complete = wanted is not None and (most is None or len(listed) <= most)
    is_complete = is_complete and access.api.restricted_to is None
    return Search(None, perhaps, is_complete)


def described(warehouse: ServersWarehouse | None, deadline: Deadline) -> str:
    """What is left in a warehouse, with the statements that clear it, as sentences."""
    statements = left(warehouse, deadline)
    if statements is None:
        return _NOT_SEEN
    if not statements:
        return NOTHING
    return f"It holds objects of a workspace. {clearing(statements)}"


def left(warehouse: ServersWarehouse | None, deadline: Deadline) -> tuple[str, ...] | None:
    """The statements that clear a warehouse; None if it cannot be seen from here."""
    if warehouse is None:
        return None
    try:
        return warehouse.clearing_statements(deadline)
    except WarehouseError:
        return None


def clearing(statements: tuple[str, ...]) -> str:
    """What to do about objects that no workspace needs."""
    listed = "\n".join(f"  {statement}" for statement in statements)
    return f"If no other workspace and nobody else needs them, run these statements in it, and apply again:\n\n{listed}"


def says_not_empty(error: ApiError | None) -> bool:
    """Whether the server refuses a warehouse because its schema holds something."""
    return isinstance(error, Refused) and error.code == _NOT_EMPTY


def with_holder(
    access: Access, definition: Definition, found: Sequence[Finding], deadline: Deadline
) -> Iterator[Finding]:
    """The findings; one that the schema is not empty says whose workspace it is, or how it is cleared."""
    if not any(_is_of_content(each) for each in found):
        yield from found
        return
    name = definition.name if isinstance(definition.name, str) else None
    try:
        search = users(access, definition.warehouse, deadline, name=name, most=_MOST_LOOKED_AT)
    except ApiError:
        search = Search(None, None, is_complete=False)
    first = next(each for each in found if _is_of_content(each))
    for each in found:
        if each is first:  # all that is there is cleared, or somebody's, together
            yield _told(access, definition, each, search, deadline)
        elif search.holder is None or not _is_of_content(each):
            yield each


def _told(
    access: Access, definition: Definition, found: Finding, search: Search, deadline: Deadline
) -> Finding:
    """The finding that a schema is not empty. How it is cleared is said only if no workspace of the server has it."""
    if there := search.holder:
        return Finding(
            Verdict.CONTRADICTED,
            setting("schema"),
            "Warehouse already holds a workspace",
            f'it is the warehouse of the workspace "{there.name}" with the id {there.id} of this server.',
            workspace_id=there.id,
            workspace_name=there.name,
        )
    if there := search.perhaps:
        said = (
            f'It may be the warehouse of the workspace "{there.name}" with the id {there.id} of this server, which has a '
            "database and a schema of these names at another host or account."
        )
        return replace(found, detail=f"{found.detail} {said}")
    statements = left(access.warehouse(definition.warehouse), deadline) if search.is_complete else None
    if statements:
        return replace(found, detail=f"{found.detail} {_OF_NO_WORKSPACE} {clearing(statements)}")
    return found


def _is_of_content(found: Finding) -> bool:
    return found.path == setting("schema") and found.verdict is Verdict.CONTRADICTED

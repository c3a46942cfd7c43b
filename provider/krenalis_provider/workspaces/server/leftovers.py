"""What is left in a warehouse that a server has begun to fill, or has filled: whose it is, and how it is cleared away.

Nothing here drops anything: what looks like the rest of one workspace may be another one's data.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

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
    "It holds objects of a workspace that this server does not have: of one that was deleted, of a creation that broke off, "
    "or of another server."
)
NOTHING: Final = "The warehouse holds nothing of a workspace."


def holder(
    access: Access,
    address: WarehouseAddress,
    deadline: Deadline,
    *,
    name: str | None = None,
    most: int | None = None,
) -> "Workspace | None":
    """The workspace of the server whose warehouse is at that place; those of that `name` are looked at first.

    At most so many are looked at. Raises `ApiError`.
    """
    wanted = place(address)
    if wanted is None:
        return None
    listed = access.listed.workspaces(deadline).values()
    for each in islice(sorted(listed, key=lambda each: (each.name != name, each.id)), most):
        try:
            if place(address_of(access.stored(each.id, deadline))) == wanted:
                return each
        except NotFound:
            continue
    return None


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
        there = holder(access, definition.warehouse, deadline, name=name, most=_MOST_LOOKED_AT)
    except ApiError:
        there = None
    statements = None if there else left(access.warehouse(definition.warehouse), deadline)
    for each in found:
        if not _is_of_content(each):
            yield each
        elif there is not None:
            yield Finding(
                Verdict.CONTRADICTED,
                setting("schema"),
                "Warehouse already holds a workspace",
                f'it is the warehouse of the workspace "{there.name}" with the id {there.id} of this server. Name another '
                "schema, or remove that workspace first.",
                workspace_id=there.id,
                workspace_name=there.name,
            )
        elif statements:
            yield replace(each, detail=f"{each.detail} {_OF_NO_WORKSPACE} {clearing(statements)}")
        else:
            yield each


def _is_of_content(found: Finding) -> bool:
    return found.path == setting("schema") and found.verdict is Verdict.CONTRADICTED

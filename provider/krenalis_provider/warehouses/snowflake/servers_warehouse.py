"""What a Krenalis server makes in a schema and this provider does not, and what stands against its making it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from krenalis_provider.model.errors import Finding
from krenalis_provider.model.wording import counted, enumerated
from krenalis_provider.warehouses import findings, krenalis_objects
from krenalis_provider.warehouses.resolution import Resolution
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.snowflake import statements
from krenalis_provider.warehouses.snowflake.dialect import NAMES
from krenalis_provider.warehouses.snowflake.rights import missing_ownership
from krenalis_provider.warehouses.snowflake.session import Session
from krenalis_provider.warehouses.snowflake.sql import Statement

_GRAPH_TABLES: Final = {NAMES.spell(table.name) for table in krenalis_objects.GRAPH_TABLES}
_OPERATIONS: Final = NAMES.spell(krenalis_objects.SYSTEM_OPERATIONS.name)


def filled(session: Session, snapshot: Snapshot) -> Snapshot:
    """See `Snapshot.filled_by_server`."""
    listed = [each for each in _listed(session) if each["name"] in _GRAPH_TABLES]
    objects = {each["name"]: each["kind"].lower() for each in listed}
    owners = {each["name"]: each["owner"] for each in listed if each["owner_role_type"] == "ROLE"}
    return snapshot.filled_by_server(objects, owners, {})


def content_findings(session: Session, snapshot: Snapshot) -> Iterator[Finding]:
    """See `engines.session.Session.servers_content_findings`. A server counts what SHOW OBJECTS lists, no procedures."""
    if snapshot.has_record_table:
        return
    others = [each for each in _listed(session) if each["name"] not in snapshot.ours]
    kinds = Counter(each["kind"].lower() for each in others)
    if kinds:
        named = findings.first_names(sorted(each["name"] for each in others), len(others))
        listed = enumerated([counted(number, kind) for kind, number in sorted(kinds.items())])
        yield findings.contradicted(
            "schema",
            "Warehouse is not empty",
            f"{session.place} holds {listed}{' of others' if snapshot.ours else ''}{named}. A Krenalis server needs an empty "
            f"schema: {findings.ANOTHER_SCHEMA}",
        )


def ownership_findings(session: Session, snapshot: Snapshot) -> Iterator[Finding]:
    """See `engines.session.Session.ownership_findings`."""
    return missing_ownership(session, snapshot, snapshot.ours)


def view_findings(session: Session, snapshot: Snapshot) -> Iterator[Finding]:  # noqa: ARG001 - see below
    """See `engines.session.Session.view_findings`. Snowflake drops a view whatever depends on it."""
    yield from ()


def last_resolution(session: Session, snapshot: Snapshot) -> Resolution | None:
    """See `engines.session.Session.last_resolution`."""
    if any(snapshot.objects.get(name) != "table" for name in (NAMES.versions, _OPERATIONS)):
        return None
    query = (
        'SELECT V."VERSION", O."COMPLETED_AT" IS NOT NULL, COALESCE(O."ERROR", \'\') '
        f"FROM {session.object(NAMES.versions)} V LEFT JOIN {session.object(_OPERATIONS)} O "
        'ON O."ID" = V."OPERATION" ORDER BY V."VERSION" DESC LIMIT 1'
    )
    rows = session.ask(Statement("looking at the last identity resolution", query))
    if not rows:
        return None
    ((version, ended, error),) = rows
    return Resolution(NAMES.profiles_table(int(version)), snapshot.profiles, bool(ended), error)


def drop_texts(session: Session, objects: Mapping[str, str]) -> list[str]:
    """See `engines.session.Session.drop_texts`."""
    return [each.query for each in statements.drop(session.within, objects)]


def _listed(session: Session) -> list[Mapping[str, Any]]:
    query = f"SHOW OBJECTS IN SCHEMA {session.object()}"
    return session.shown(Statement("looking for what a server makes", query))

"""The objects of a schema, from Snowflake's SHOW, which needs no virtual warehouse, and the record.

SHOW lists the objects that the role may see, at most 10,000 (Snowflake's documentation, SHOW OBJECTS).
"""

from collections import Counter
from collections.abc import Mapping

from krenalis_provider.warehouses.profiles_tables import ProfilesTables, Versions, choose
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.snowflake.dialect import NAMES
from krenalis_provider.warehouses.snowflake.profiles_tables import versions, viewed
from krenalis_provider.warehouses.snowflake.record import read_record
from krenalis_provider.warehouses.snowflake.relations import profile_columns
from krenalis_provider.warehouses.snowflake.session import Session
from krenalis_provider.warehouses.snowflake.sql import Statement, literal


def look(session: Session) -> Snapshot:
    """Looks at the schema. Raises `WarehouseError`, for an unreadable record too."""
    query = f"SHOW OBJECTS IN SCHEMA {session.object()}"
    listed = session.shown(Statement("looking for the objects of a workspace", query))
    query = f"SHOW PROCEDURES LIKE {literal(NAMES.procedure)} IN SCHEMA {session.object()}"
    procedures = session.ask(Statement("looking for the procedure of a workspace", query))
    objects: dict[str, str] = {}
    owners: dict[str, str] = {}
    others: Counter[str] = Counter()
    named: list[str] = []
    for shown in listed:
        name, kind = shown["name"], shown["kind"].lower()
        if name != NAMES.procedure and (name in NAMES.objects or NAMES.number(name) is not None):
            objects[name] = kind
            if shown["owner_role_type"] == "ROLE":
                owners[name] = shown["owner"]
        else:
            others[kind] += 1
            named.append(name)
    # procedures of one name differ by their arguments, which one column shows, such as NAME() RETURN VARCHAR
    if any(str(value).startswith(f"{NAMES.procedure}() RETURN") for each in procedures for value in each):
        objects[NAMES.procedure] = "procedure"
    tables = _profiles_tables(session, objects)
    row = read_record(session, session.schema) if objects.get(NAMES.record) == "table" else None
    columns = profile_columns(session, tables.live) if tables.live else {}
    return Snapshot.of(
        tables,
        names=NAMES,
        objects=objects,
        others=others,
        named=sorted(named),
        owners=owners,
        row=row,
        columns=columns,
    )


def _profiles_tables(session: Session, objects: Mapping[str, str]) -> ProfilesTables:
    """Asks for the view and the versions only where there is another table than the first."""
    named = [name for name in objects if NAMES.number(name) is not None]
    if named in ([], [NAMES.first_profiles]):
        return choose(NAMES, objects, None, Versions())
    table = viewed(session)
    is_certain = table == NAMES.first_profiles
    return choose(NAMES, objects, table, Versions() if is_certain else versions(session, table, objects))

"""The objects of a schema, from Snowflake's SHOW, which needs no virtual warehouse, and the record.

SHOW lists the objects that the role may see, at most 10,000 (Snowflake's documentation, SHOW OBJECTS).
"""

from collections import Counter
from dataclasses import replace

from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.snowflake.dialect import NAMES
from krenalis_provider.warehouses.snowflake.record import read_record
from krenalis_provider.warehouses.snowflake.relations import profile_columns
from krenalis_provider.warehouses.snowflake.session import Session, Statement
from krenalis_provider.warehouses.snowflake.sql import literal


def look(session: Session) -> Snapshot:
    """Looks at the schema. Raises `WarehouseError`, for an unreadable record too."""
    query = f"SHOW OBJECTS IN SCHEMA {session.object()}"
    listed = session.shown(Statement("looking for the objects of a workspace", query))
    query = f"SHOW PROCEDURES LIKE {literal(NAMES.procedure)} IN SCHEMA {session.object()}"
    procedures = session.ask(Statement("looking for the procedure of a workspace", query))
    objects: dict[str, str] = {}
    owners: dict[str, str] = {}
    others: Counter[str] = Counter()
    for shown in listed:
        name, kind = shown["name"], shown["kind"].lower()
        if name != NAMES.procedure and (name in NAMES.objects or NAMES.number(name) is not None):
            objects[name] = kind
            if shown["owner_role_type"] == "ROLE":
                owners[name] = shown["owner"]
        else:
            others[kind] += 1
    # procedures of one name differ by their arguments, which one column shows, such as NAME() RETURN VARCHAR
    if any(str(value).startswith(f"{NAMES.procedure}() RETURN") for each in procedures for value in each):
        objects[NAMES.procedure] = "procedure"
    seen = Snapshot(names=NAMES, objects=objects, others=others, owners=owners)
    row = read_record(session, session.schema) if objects.get(NAMES.record) == "table" else None
    columns = profile_columns(session, seen.profiles) if seen.profiles else {}
    return replace(seen, row=row, columns=columns)

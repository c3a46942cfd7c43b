"""What stands against a Krenalis server's use of a warehouse, or against clearing away what it made; on every platform."""

from collections.abc import Iterator

from krenalis_provider.model.errors import Finding
from krenalis_provider.model.wording import enumerated
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.findings import contradicted
from krenalis_provider.warehouses.snapshot import Snapshot


def missing_tables(snapshot: Snapshot) -> list[str]:
    """The tables that a server makes at once and that are not there; a profiles table may have any number."""
    names = snapshot.names
    fixed = [names.spell(table.name) for table in krenalis_objects.TABLES]
    wanted = [name for name in fixed if name not in (names.record, names.first_profiles)]
    missing = [name for name in wanted if snapshot.objects.get(name) != "table"]
    has_profiles = any(
        kind == "table" and names.number(name) is not None for name, kind in snapshot.objects.items()
    )
    return missing if has_profiles else [*missing, names.first_profiles]


def is_direct(snapshot: Snapshot) -> bool:
    """Whether there is a record of ours, or what may be one."""
    return snapshot.has_record_table


def direct(place: str, snapshot: Snapshot) -> Iterator[Finding]:
    """Report a workspace without a server."""
    if not is_direct(snapshot):
        return
    record = snapshot.record
    which = f'the workspace "{record.name}" with the id {record.id}' if record else "a workspace"
    yield contradicted(
        "schema",
        "Warehouse holds a workspace without a server",
        f"{place} holds {which}, which this provider made without a Krenalis server: its record is in table "
        f"{snapshot.names.record}. No server knows it, or can take it over. Name another schema, or destroy that workspace "
        "first, with a provider block that has no endpoint and no api_key.",
    )


def filled(place: str, snapshot: Snapshot) -> Iterator[Finding]:
    """Report what a server, or this provider, has made where a server is to make it."""
    if is_direct(snapshot):
        yield from direct(place, snapshot)
        return
    tables = [name for name, kind in snapshot.ours.items() if kind == "table"]
    if not tables:
        return
    if not missing_tables(snapshot):
        yield contradicted(
            "schema",
            "A Krenalis server has filled the warehouse",
            f"{place} holds all tables of a workspace of a Krenalis server. Either that workspace is still there, perhaps on "
            "another server, and uses them; or it was deleted, which leaves its warehouse as it is. The warehouse does not "
            "tell which. Name another schema, unless you know that nobody needs them.",
        )
        return
    listed = enumerated([f'"{name}"' for name in tables])
    yield contradicted(
        "schema",
        "A Krenalis server has begun to fill the warehouse",
        f"{place} holds {listed}, and not the other tables of a workspace. A Krenalis server leaves them when its creation "
        "of a workspace fails half way, and refuses a schema that is not empty afterwards. If nobody needs them, drop them, "
        "or name another schema.",
    )


def not_filled(address: str, snapshot: Snapshot) -> Iterator[Finding]:
    """Report that a workspace's warehouse is somewhere else; `address` is the place with its server."""
    missing = missing_tables(snapshot)
    if is_direct(snapshot) or not missing:
        return
    some = any(kind == "table" for kind in snapshot.ours.values())
    listed = enumerated([f'"{name}"' for name in missing])
    has = f"lacks the tables {listed}" if some else "has no tables of a workspace of a Krenalis server"
    yield contradicted(
        "schema",
        "Not a workspace's warehouse",
        f"{address} {has}. Correct the warehouse's settings: a server does not fill another warehouse for a workspace that "
        "it has. The tables have to be there before, moved or restored from a backup.",
    )

"""What stands against making or changing a workspace, from what was seen of the schema and the rights on it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from krenalis_provider.warehouses.findings import (
    absent,
    another_warehouse,
    enumerated,
    holds_workspace,
    names_taken,
    not_empty,
)
from krenalis_provider.warehouses.snowflake import record
from krenalis_provider.warehouses.snowflake.connection import Session, Statement
from krenalis_provider.warehouses.snowflake.errors import SnowflakeError
from krenalis_provider.warehouses.snowflake.inspection import NAMES, PROCEDURE, Seen, under_way
from krenalis_provider.warehouses.snowflake.place import Place
from krenalis_provider.warehouses.snowflake.record import State
from krenalis_provider.warehouses.snowflake.sql import identifier, literal
from krenalis_provider.workspaces.errors import Finding, Verdict
from krenalis_provider.workspaces.model import SnowflakeSettings
from krenalis_provider.workspaces.snowflake_names import name_key

_NEEDED: Final = ("CREATE TABLE", "CREATE VIEW", "CREATE PROCEDURE")


def obstacles(
    settings: SnowflakeSettings, place: Place, seen: Seen, missing_rights: Sequence[str], replaces: str | None
) -> tuple[Finding, ...]:
    """List everything at once. The objects of the workspace with the id `replaces` are no obstacle.

    Nor are those that a creation or removal left which broke off.
    """
    return (*_rights(settings, place, missing_rights), *_content(place, seen, replaces))


def hindrances(
    settings: SnowflakeSettings,
    place: Place,
    seen: Seen,
    workspace_id: str,
    missing_rights: Sequence[str] = (),
    *,
    moved: bool = False,
) -> tuple[Finding, ...]:
    """What stands against changing or dropping the workspace with that id, found at the place it `moved` to or was at."""
    findings = [*_rights(settings, place, missing_rights)]
    where = f"{place} of account {settings.account}"
    if another := another_warehouse(where, "account", seen.found.record, workspace_id, moved=moved):
        findings.append(another)
    return (*findings, *(() if another else unfinished(place, seen)))


def unfinished(place: Place, seen: Seen) -> tuple[Finding, ...]:
    """Whether something is under way or broke off, whose it is, and what becomes of it."""
    row = seen.row
    if row is None or not row.unfinished:
        return ()
    return (
        Finding(
            Verdict.COULD_NOT_TELL,
            "warehouse.settings.schema",
            "Another operation is not finished",
            f"{place}: {under_way(row)}. Applying waits for its end; after {record.SILENCE_SECONDS:.0f} seconds without a "
            "sign of life it takes over: it finishes a change, and removes what is left of a creation or a removal.",
        ),
    )


def foreign(
    session: Session, settings: SnowflakeSettings, seen: Seen, names: Iterable[str]
) -> tuple[Finding, ...]:
    """Only who owns a table or view changes, replaces or drops it: which of those with these names are others'.

    Raises `SnowflakeError`. Whose the procedure is, SHOW PROCEDURES does not tell.
    """
    own = name_key(settings.role)
    owners = {name: seen.owners[name] for name in names if seen.owners.get(name, own) != own}
    held = _held(session, sorted(set(owners.values())))
    owners = {name: owner for name, owner in owners.items() if not held[owner]}
    if not owners:
        return ()
    listed = enumerated([f'"{name}" (owner {owner})' for name, owner in owners.items()])
    role = identifier(own)
    grants = " ".join(
        f"GRANT ROLE {identifier(owner)} TO ROLE {role};" for owner in sorted(set(owners.values()))
    )
    return (
        absent(
            "role",
            "Missing right to change the warehouse",
            f"role {role} must own what is changed or dropped, or have the owner's role, and does not own {listed}. "
            f"Name the owner as warehouse.settings.role, or let an administrator run: {grants}",
        ),
    )


def missing_rights(session: Session, place: Place) -> tuple[str, ...]:
    """The privileges on the schema that the session's roles lack, as far as they may see it.

    Raises `SnowflakeError` only where there is no answer.
    """
    try:
        (granted,) = session.run(
            [Statement("looking at the rights on the schema", f"SHOW GRANTS ON SCHEMA {place.sql}")]
        )
        grants = [(privilege, kind, grantee) for _, privilege, _, _, kind, grantee, *_ in granted]
        held = _held(session, sorted({grantee for _, kind, grantee in grants if kind == "ROLE"}))
    except SnowflakeError as error:
        if error.verdict is Verdict.COULD_NOT_TELL:
            raise
        return ()
    # whether one holds a role of a database cannot be asked in the same way: then it counts as held
    privileges = {
        privilege for privilege, kind, grantee in grants if kind != "ROLE" or held.get(grantee, False)
    }
    return () if "OWNERSHIP" in privileges else tuple(p for p in _NEEDED if p not in privileges)


def _held(session: Session, roles: Sequence[str]) -> Mapping[str, bool]:
    """Which of the roles count in the session: its own, those that it has by inheritance, and secondary ones."""
    if not roles:
        return {}
    asked = ", ".join(f"IS_ROLE_IN_SESSION({literal(role)})" for role in roles)
    (answers,) = session.run([Statement("looking at the roles of the session", f"SELECT {asked}")])[0]
    return dict(zip(roles, answers, strict=True))


def _rights(settings: SnowflakeSettings, place: Place, missing: Sequence[str]) -> Iterator[Finding]:
    if missing:
        role = identifier(name_key(settings.role))
        yield absent(
            "role",
            "Missing right on the schema",
            f"role {role} lacks {enumerated(missing)} on {place}. Let the schema's owner run: "
            f"GRANT {', '.join(missing)} ON SCHEMA {place.sql} TO ROLE {role};",
        )


def _content(place: Place, seen: Seen, replaces: str | None) -> Iterator[Finding]:
    row = seen.row
    objects = dict(seen.found.objects)
    if row is None:
        # its table alone is what a creation makes first
        objects.pop(NAMES.record, None)
    else:
        objects = {name: kind for name, kind in objects.items() if name not in seen.found.ours}
        if row.workspace.id != replaces and row.state not in (State.INITIALIZING, State.DROPPING):
            yield holds_workspace(str(place), row.workspace)
            return
    procedure = objects.pop(PROCEDURE, None)
    kinds = list(objects.values())
    counts = {
        kind: seen.others.get(kind, 0) + kinds.count(kind) for kind in dict.fromkeys([*kinds, *seen.others])
    }
    if counts:
        yield not_empty(str(place), counts)
    if procedure:
        yield names_taken(str(place), [f'{procedure} "{PROCEDURE}"'])

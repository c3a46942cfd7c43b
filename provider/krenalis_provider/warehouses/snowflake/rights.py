"""The owners of a workspace's objects, and missing rights on the schema."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from krenalis_provider.model.errors import Finding, Verdict, WarehouseError
from krenalis_provider.model.wording import enumerated
from krenalis_provider.warehouses.findings import absent
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.snowflake.session import Session
from krenalis_provider.warehouses.snowflake.settings import name_key
from krenalis_provider.warehouses.snowflake.sql import Statement, identifier, literal

_NEEDED: Final = ("CREATE TABLE", "CREATE VIEW", "CREATE PROCEDURE")


def missing_ownership(session: Session, snapshot: Snapshot, names: Iterable[str]) -> Iterator[Finding]:
    """Reports the objects of these names that the session's roles do not own.

    Only its owner changes, replaces or drops a table or view. The procedure's owner is not checked, since
    SHOW PROCEDURES does not tell it. Raises `WarehouseError`.
    """
    own = name_key(session.settings.role)
    owners = {name: snapshot.owners[name] for name in names if snapshot.owners.get(name, own) != own}
    held = _held(session, sorted(set(owners.values())))
    owners = {name: owner for name, owner in owners.items() if not held[owner]}
    if owners:
        listed = enumerated([f'"{name}" (owner {owner})' for name, owner in owners.items()])
        role = identifier(own)
        others = sorted(set(owners.values()))
        grants = " ".join(f"GRANT ROLE {identifier(other)} TO ROLE {role};" for other in others)
        yield absent(
            "role",
            "Missing right to change the warehouse",
            f"role {role} must own what is changed or dropped, or have the owner's role, and does not own {listed}. "
            f"Name the owner as warehouse.settings.role, or let an administrator run: {grants}",
        )


def missing_rights(session: Session) -> tuple[str, ...]:
    """The privileges on the schema that the session's roles lack; none where the roles may not see them.

    Raises `WarehouseError` only where Snowflake gives no answer.
    """
    try:
        query = f"SHOW GRANTS ON SCHEMA {session.object()}"
        granted = session.ask(Statement("looking at the rights on the schema", query))
        grants = [(privilege, kind, grantee) for _, privilege, _, _, kind, grantee, *_ in granted]
        held = _held(session, sorted({grantee for _, kind, grantee in grants if kind == "ROLE"}))
    except WarehouseError as error:
        if error.finding.verdict is Verdict.COULD_NOT_TELL:
            raise
        return ()
    # whether the session has a role of a database cannot be asked in this way: such a role counts as held
    privileges = {privilege for privilege, kind, grantee in grants if kind != "ROLE" or held[grantee]}
    return () if "OWNERSHIP" in privileges else tuple(p for p in _NEEDED if p not in privileges)


def _held(session: Session, roles: Sequence[str]) -> Mapping[str, bool]:
    """Whether each role counts in the session: as its role, as one inherited by it, or as a secondary role."""
    if not roles:
        return {}
    asked = ", ".join(f"IS_ROLE_IN_SESSION({literal(role)})" for role in roles)
    (answers,) = session.ask(Statement("looking at the roles of the session", f"SELECT {asked}"))
    return dict(zip(roles, answers, strict=True))

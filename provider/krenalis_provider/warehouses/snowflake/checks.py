"""The obstacles to making or dropping a workspace: missing rights."""

from collections.abc import Collection, Iterator

from krenalis_provider.model.errors import Finding
from krenalis_provider.model.wording import enumerated
from krenalis_provider.warehouses.engines.session import Need
from krenalis_provider.warehouses.findings import absent
from krenalis_provider.warehouses.snapshot import Snapshot
from krenalis_provider.warehouses.snowflake.rights import missing_ownership, missing_rights
from krenalis_provider.warehouses.snowflake.session import Session
from krenalis_provider.warehouses.snowflake.settings import name_key
from krenalis_provider.warehouses.snowflake.sql import identifier


def need_findings(session: Session, needs: Collection[Need]) -> Iterator[Finding]:
    """See `engines.session.Session.need_findings`. An open session proves that server and schema can be used."""
    if Need.CREATE in needs and (missing := missing_rights(session)):
        role = identifier(name_key(session.settings.role))
        yield absent(
            "role",
            "Missing right on the schema",
            f"role {role} lacks {enumerated(missing)} on {session.place}. Let the schema's owner run: "
            f"GRANT {', '.join(missing)} ON SCHEMA {session.object()} TO ROLE {role};",
        )


def drop_findings(session: Session, snapshot: Snapshot, _kept: Collection[str]) -> Iterator[Finding]:
    """See `engines.session.Session.drop_findings`; nothing is kept."""
    return missing_ownership(session, snapshot, snapshot.ours)

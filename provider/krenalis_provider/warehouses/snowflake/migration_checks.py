"""The obstacles to changing the columns of the tables: missing rights, and tables changed by others.

Nothing goes along with a column: there are no indexes, and views of others stay, to be mended by who made them.
"""

from collections.abc import Iterator

from krenalis_provider.model.errors import Finding
from krenalis_provider.warehouses.change import Change
from krenalis_provider.warehouses.findings import conflict_findings
from krenalis_provider.warehouses.snowflake.rights import missing_ownership
from krenalis_provider.warehouses.snowflake.session import Session


def migration_findings(session: Session, change: Change) -> Iterator[Finding]:
    """See `engines.session.Session.migration_findings`."""
    seen = change.snapshot
    yield from missing_ownership(session, seen, (*change.tables, seen.names.profiles_view))
    for table in change.tables:
        yield from conflict_findings(change, table)

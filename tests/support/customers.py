"""The workspace that tests of the provisioners make, and what its checks find."""

from krenalis_provider.model.errors import Finding, Verdict
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.model.workspace import WarehouseMode, Workspace
from tests.support.workspaces import profile_schema

DOCUMENT = profile_schema()
_SCHEMA = parse(DOCUMENT).schema
assert _SCHEMA is not None
COLUMNS = profile_columns(_SCHEMA)
CUSTOMERS = Workspace("1604839201", "Customers", WarehouseMode.NORMAL, DOCUMENT)


def only_finding(findings: tuple[Finding, ...], verdict: Verdict, setting: str, summary: str) -> str:
    """Assert that this is the one finding, and return its detail."""
    found = [(finding.verdict, str(finding.path), finding.summary) for finding in findings]
    assert found == [(verdict, f"warehouse.settings.{setting}", summary)], findings
    return findings[0].detail

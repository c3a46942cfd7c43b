"""The platforms of warehouses."""

from tests.support.krenalis_server.postgresql import PostgreSQL
from tests.support.krenalis_server.settings import Settings
from tests.support.krenalis_server.snowflake import Snowflake
from tests.support.krenalis_server.state import State, Workspace
from tests.support.krenalis_server.warehouses import Warehouse


def connect(platform: str, settings: Settings, state: State) -> Warehouse:
    """The warehouse with these settings; nothing is connected yet."""
    if platform == "Snowflake":
        return Snowflake(settings, state.snowflake, next_version=state.next_version)
    return PostgreSQL(
        settings, state.answer_seconds, next_version=state.next_version, initialise_only=state.initialise_only
    )


def warehouse(workspace: Workspace, state: State) -> Warehouse:
    return connect(workspace.platform, workspace.settings, state)

"""What the test server keeps: workspaces, keys, and the switches that tests turn."""

import binascii
import secrets
import string
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.support.krenalis_server import canonical, go_json, numbers, profile_types
from tests.support.krenalis_server.profile_types import Type
from tests.support.krenalis_server.rate_limit import Bucket
from tests.support.krenalis_server.settings import Settings

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ALPHANUMERIC = string.digits + string.ascii_letters


@dataclass(slots=True)
class Operation:
    """An alteration or an identity resolution, running while `end` is None."""

    start: datetime
    end: datetime | None = None
    error: str | None = None

    @property
    def running(self) -> bool:
        return self.end is None


@dataclass(slots=True)
class Workspace:
    """`schema` is what the server reads of what it stored, which may differ from what it was sent."""

    id: str
    name: str
    schema: Type
    platform: str
    settings: Settings = field(repr=False)
    mode: str
    preferences: dict[str, str]
    mcp_settings: Settings | None = field(default=None, repr=False)
    primary_sources: dict[str, str] = field(default_factory=dict)
    identifiers: list[str] = field(default_factory=list)
    run_on_batch_import: bool = True
    alteration: Operation | None = None
    resolutions: list[Operation] = field(default_factory=list)

    @property
    def busy(self) -> bool:
        """Whether an operation runs: only one does at a time."""
        operations = [*self.resolutions, *filter(None, [self.alteration])]
        return any(operation.running for operation in operations)


@dataclass(slots=True)
class State:
    """Tests may turn its switches while the server runs.

    `documented` spells ids, preferences and modes as the API's documentation does; `next_version` is the server after the
    one that was recorded. `operation_seconds` is how long an alteration and an identity resolution take at least;
    `resolution_error` makes identity resolutions fail with this text. `initialise_only` lets a create stop after so many
    of the statements that make its warehouse, and close the connection. `answer_seconds` is the time that an answer may
    take before the connection is closed without one; an alteration may name the `connections`. `snowflake` says where
    a double of Snowflake listens, by the parameters of its driver; without one every account is unreachable.
    """

    documented: bool = False
    next_version: bool = False
    enabled: bool = True
    workspaces_limit: int = 1000
    operation_seconds: float = 0.0
    resolution_error: str | None = None
    answer_seconds: float = 30.0
    initialise_only: int | None = None
    snowflake: Mapping[str, str] | None = None
    connections: Collection[str] = ()
    organisation: str = field(default_factory=lambda: base58(12))
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    keys: dict[str, str | None] = field(default_factory=dict, repr=False)
    bucket: Bucket = field(default_factory=Bucket)
    workspace_buckets: dict[str, Bucket] = field(default_factory=dict)
    bricked: str | None = None
    version: int = 0
    panic: Callable[[], None] = lambda: None
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def new_id(self) -> str:
        return str(secrets.randbelow(2**31 - 1) + 1) if self.documented else base58(12)

    def new_key(self, workspace: str | None = None) -> str:
        """A key of the organisation, or one that is restricted to a workspace."""
        key = make_key()
        self.keys[key] = workspace
        return key

    def insert(self, workspace: Workspace) -> None:
        """Keep a workspace as the server does: what it cannot read again is not there, and stops its next start."""
        with self.lock:
            self.version += 1
            try:
                workspace.schema = stored(workspace.schema)
            except numbers.InvalidType as error:
                head = "cannot load Krenalis state: cannot load workspaces: cannot load profile schema"
                self.bricked = f"{head} for workspace {workspace.id}: {error}"
                return
            self.workspaces[workspace.id] = workspace

    def remove(self, workspace: Workspace) -> None:
        with self.lock:
            self.version += 1
            self.workspaces.pop(workspace.id, None)
            for key in [key for key, of in self.keys.items() if of == workspace.id]:
                del self.keys[key]


def stored(schema: Type) -> Type:
    """The schema after it was written and read again. Raises `InvalidType`."""
    read = profile_types.read(go_json.read(canonical.write(schema).encode()))
    assert read is not None
    return read


def now() -> datetime:
    return datetime.now(UTC)


def written(moment: datetime | None, *, milliseconds: bool = False) -> str | None:
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds" if milliseconds else "microseconds").replace(
        "+00:00", "Z"
    )


def base58(length: int) -> str:
    return "".join(secrets.choice(_BASE58) for _ in range(length))


def make_key() -> str:
    """A key that is well-formed, known to nobody."""
    body = "".join(secrets.choice(_ALPHANUMERIC) for _ in range(45))
    return f"api_{body}{_checksum(body)}"


def well_formed(key: str) -> bool:
    body = key.removeprefix("api_")
    return len(body) == 49 and body.isalnum() and body.isascii() and body[45:] == _checksum(body[:45])


def _checksum(body: str) -> str:
    number, digits = binascii.crc32(body.encode()), []
    for _ in range(4):
        number, digit = divmod(number, len(_ALPHANUMERIC))
        digits.append(_ALPHANUMERIC[digit])
    return "".join(digits)


def described(workspace: Workspace, state: State) -> dict[str, Any]:
    """The workspace as the API gives it, but for the profile schema."""
    spelled = state.documented
    return {
        "id": int(workspace.id) if spelled else workspace.id,
        "name": workspace.name,
        "profileSchema": ...,
        "primarySources": {
            path: int(source) if spelled else source for path, source in workspace.primary_sources.items()
        },
        "resolveIdentitiesOnBatchImport": workspace.run_on_batch_import,
        "identifiers": workspace.identifiers,
        "mode" if spelled else "warehouseMode": workspace.mode,
        "uiPreferences": {"userProfile" if spelled else "profile": workspace.preferences},
    }

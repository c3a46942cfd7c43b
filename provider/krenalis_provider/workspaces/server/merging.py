"""One list of findings of the server's answer and our own look: each mistake is told once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from krenalis_provider.api.errors import ApiError, Unavailable
from krenalis_provider.model.attribute_path import AttributePath, ProviderPath, setting
from krenalis_provider.model.definition import Definition
from krenalis_provider.model.errors import Finding, Verdict
from krenalis_provider.warehouses.findings import noted
from krenalis_provider.workspaces.server.errors import finding, words
from lightstart.records import replace

SETTINGS: Final = AttributePath.of("warehouse", "settings")
_ALONE: Final = "Warehouse was looked at by the server alone"
_LOGIN: Final = (setting("username"), setting("password"))
_ONLY_OURS: Final = (
    "These settings have no password. The Krenalis server connects by itself, with what the settings say alone: a password in "
    "the provider block, in PGPASSWORD or in a password file is for the provider's own connections. Set "
    "warehouse.settings.password_wo, which enters no state, or password."
)
_SAME: Final = (
    {setting("host"), setting("port"), setting("account")},
    {*_LOGIN},
)
"""Settings of which a warehouse often cannot tell which one is wrong."""


def merged(answer: ApiError | None, own: Sequence[Finding]) -> list[Finding]:
    """The findings of both.

    Ours is told where both have found the same, because it has the setting and the remedy; then with the server's words.
    """
    ours = [_by_server_alone(each) if each.verdict is Verdict.COULD_NOT_TELL else each for each in own]
    if answer is None:  # the server has connected with the same settings: what keeps us out is on our side
        return [_by_server_alone(each) if is_of_login(each) else each for each in ours]
    theirs = finding(answer)
    same = _same(theirs, answer, [each for each in ours if each.is_obstacle])
    if same is None:
        return [theirs, *ours]
    told = replace(same, detail=f"{same.detail} {words(answer)}")
    return [told if each is same else each for each in ours]


def of_login(found: Finding, wanted: Definition) -> Finding:
    """A finding of a creation; of settings without a password, it says that a server has no other one."""
    settings = wanted.warehouse.settings
    if found.path in _LOGIN and isinstance(settings, Mapping) and not settings.get("password"):
        return replace(found, detail=f"{found.detail} {_ONLY_OURS}")
    return at_password(found, wanted)


def at_password(found: Finding, wanted: Definition) -> Finding:
    """A finding; one of the password is where that is written."""
    is_elsewhere = wanted.writes_password and found.path == setting("password")
    return replace(found, path=setting("password_wo")) if is_elsewhere else found


def by_server_alone(reason: str) -> Finding:
    """Our own look was not possible, which is no obstacle; `reason` is a sentence or more."""
    return noted(
        SETTINGS,
        _ALONE,
        f"{reason} The Krenalis server's own test passes over a missing schema, missing rights and names that are taken, "
        "so applying may still fail of these.",
    )


def is_of_login(found: Finding) -> bool:
    """Whether a finding is of how we log in, and not of what is there."""
    is_credential = isinstance(found.path, ProviderPath) or found.path == setting("password")
    return found.is_obstacle and is_credential


def _by_server_alone(found: Finding) -> Finding:
    return by_server_alone(f"From here: {found.detail}")


def _same(theirs: Finding, answer: ApiError, ours: Iterable[Finding]) -> Finding | None:
    """What we have found of the mistake that the server's answer tells of."""
    obstacles = list(ours)
    for each in obstacles:
        if each.path == theirs.path or any({each.path, theirs.path} <= group for group in _SAME):
            return each
    # of its warehouse, the server tells what it met first
    return obstacles[0] if isinstance(answer, Unavailable) and obstacles else None

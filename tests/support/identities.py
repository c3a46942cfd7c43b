"""Identity resolution in plain words (docs/facts/krenalis.md, "Identity resolution"): every pair of identities compared, and nothing clever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

Ids = tuple[int, ...]
"""The numbers of the identities of a profile, ascending."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A row of the identities table; a column that `values` lacks is null, and `updated_at` counts minutes."""

    pk: int
    identity_id: str
    connection: str = "1"
    is_anonymous: bool = False
    anonymous_ids: tuple[str, ...] | None = None
    updated_at: int = 0
    kpid: UUID | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile; a column that is null is not in `values`."""

    identities: Ids
    kpid: UUID | None
    """None stands for a new one."""
    updated_at: int
    values: Mapping[str, Any]


def resolved(
    identities: Sequence[Identity], identifiers: Sequence[str], primary_sources: Mapping[str, str]
) -> list[Profile]:
    """The profiles that the identities are, by their first identity.

    `identifiers` and the keys of `primary_sources` are columns. Values that are lists are arrays.
    """
    profiles = [_merged(cluster, primary_sources) for cluster in clusters(identities, identifiers)]
    kpids = [profile.kpid for profile in profiles]
    return [
        profile
        if kpids.count(profile.kpid) == 1
        else Profile(profile.identities, None, profile.updated_at, profile.values)
        for profile in profiles
    ]


def clusters(identities: Sequence[Identity], identifiers: Sequence[str]) -> list[list[Identity]]:
    """The identities by person, those of the smallest number first."""
    found: list[list[Identity]] = []
    for identity in sorted(identities, key=lambda identity: identity.pk):
        linked = [cluster for cluster in found if any(_same(identity, i, identifiers) for i in cluster)]
        rest = [cluster for cluster in found if cluster not in linked]
        found = [*rest, [*chain.from_iterable(linked), identity]]
    ordered = [sorted(cluster, key=lambda identity: identity.pk) for cluster in found]
    return sorted(ordered, key=lambda cluster: cluster[0].pk)


def owner(
    identities: Sequence[Identity], connection: str, user_id: str | None, anonymous_id: str
) -> Identity | None:
    """The identity that an event belongs to."""
    fitting = [
        identity
        for identity in identities
        if identity.connection == connection
        and (
            anonymous_id in (identity.anonymous_ids or ())
            if user_id == ""
            else identity.identity_id == user_id
        )
    ]
    return max(fitting, key=lambda i: (not i.is_anonymous, *_age(i)), default=None)


def _same(one: Identity, other: Identity, identifiers: Sequence[str]) -> bool:
    if all(getattr(one, k) == getattr(other, k) for k in ("connection", "identity_id", "is_anonymous")):
        return True
    for name in identifiers:
        values = one.values.get(name), other.values.get(name)
        if None not in values:
            return str(values[0]) == str(values[1])
    return False


def _merged(cluster: Sequence[Identity], primary_sources: Mapping[str, str]) -> Profile:
    latest_first = sorted(cluster, key=_age, reverse=True)
    names = {name for identity in cluster for name, value in identity.values.items() if value is not None}
    values = {name: _value(latest_first, name, primary_sources.get(name)) for name in names}
    kpids = {identity.kpid for identity in cluster} - {None}
    kpid = kpids.pop() if len(kpids) == 1 else None
    pks = tuple(sorted(identity.pk for identity in cluster))
    return Profile(pks, kpid, max(identity.updated_at for identity in cluster), values)


def _value(latest_first: Sequence[Identity], name: str, primary_source: str | None) -> Any:
    # sorting is stable: those of the primary source come first, each of the two still the latest first
    by_precedence = sorted(latest_first, key=lambda identity: identity.connection != primary_source)
    values = [identity.values[name] for identity in by_precedence if identity.values.get(name) is not None]
    if isinstance(values[0], list):
        elements = set(chain.from_iterable(values))
        return sorted(elements, key=lambda element: (element is None, element))
    return values[0]


def _age(identity: Identity) -> tuple[int, int]:
    return identity.updated_at, identity.pk

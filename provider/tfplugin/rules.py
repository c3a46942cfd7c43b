"""Rules over several attributes of one object, as data for `Schema` and `NestedAttribute`.

A rule says how many of its attributes may have a value. It is not checked while one of these is unknown.
"""

from lightstart.records import Opaque


class Rule(Opaque):
    """Names of attributes of one object, and how many of these may have a value: as numbers, and in words."""

    names: tuple[str, ...]
    counts: frozenset[int]
    text: str
    """The end of a sentence about "them"."""


def exactly_one_of(*names: str) -> Rule:
    """Exactly one attribute has a value."""
    return Rule(names, frozenset({1}), "exactly one of them must be set")


def at_least_one_of(*names: str) -> Rule:
    """One attribute or more have a value."""
    return Rule(names, frozenset(range(1, len(names) + 1)), "at least one of them must be set")


def conflicts_with(*names: str) -> Rule:
    """At most one attribute has a value: each conflicts with every other."""
    return Rule(names, frozenset({0, 1}), "at most one of them can be set")


def required_together(*names: str) -> Rule:
    """All attributes have a value, or none has."""
    return Rule(names, frozenset({0, len(names)}), "all of them must be set, or none")

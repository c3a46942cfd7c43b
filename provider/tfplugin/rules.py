"""Rules over several attributes of one object, as data for `Schema` and `NestedAttribute`.

Each says how many of the named attributes may have a value. None is checked while one of them is unknown.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rule:
    """The names of sibling attributes, how many of them may have a value, and the same in words."""

    names: tuple[str, ...]
    counts: frozenset[int]
    text: str
    """The end of a sentence about "them"."""


def exactly_one_of(*names: str) -> Rule:
    """One has a value, and no other."""
    return Rule(names, frozenset({1}), "exactly one of them must be set")


def at_least_one_of(*names: str) -> Rule:
    """One or more have a value."""
    return Rule(names, frozenset(range(1, len(names) + 1)), "at least one of them must be set")


def conflicts_with(*names: str) -> Rule:
    """None or one has a value: each conflicts with every other."""
    return Rule(names, frozenset({0, 1}), "at most one of them can be set")


def required_together(*names: str) -> Rule:
    """None has a value, or all have."""
    return Rule(names, frozenset({0, len(names)}), "all of them must be set, or none")

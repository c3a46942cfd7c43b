"""How many examples a property is tested with: few, and always the same, while people wait; many, and new ones, each night."""

from typing import Any

from hypothesis import settings

QUICK, FULL = "quick", "full"
_ALL = 100


def register() -> None:
    """Make both profiles known, and take the quick one unless pytest's ``--hypothesis-profile`` names the other."""
    # how long an example takes says more of the machine than of the code; and the quick ones are always the same, so that
    # no change is refused for a fault that was there before: the full ones find it
    settings.register_profile(FULL, deadline=None, derandomize=False, max_examples=_ALL)
    settings.register_profile(QUICK, deadline=None, derandomize=True, max_examples=_ALL // 4)
    settings.load_profile(QUICK)


def examples(number: int, **others: Any) -> settings:
    """So many in the full profile, for examples that take long, and as much less as others have in the quick one."""
    return settings(max_examples=max(1, number * settings().max_examples // _ALL), **others)

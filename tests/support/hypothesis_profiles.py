"""How many examples a property is tested with: fewer while people wait, all of them in continuous integration."""

from typing import Any

from hypothesis import settings

QUICK, FULL = "quick", "full"
_ALL = 100


def register() -> None:
    """Make both profiles known, and take the quick one unless pytest's ``--hypothesis-profile`` names the other."""
    # how long an example takes says more of the machine than of the code
    settings.register_profile(FULL, deadline=None, max_examples=_ALL)
    settings.register_profile(QUICK, deadline=None, max_examples=_ALL // 4)
    settings.load_profile(QUICK)


def examples(number: int, **others: Any) -> settings:
    """So many in the full profile, for examples that take long, and as much less as others have in the quick one."""
    return settings(max_examples=max(1, number * settings().max_examples // _ALL), **others)

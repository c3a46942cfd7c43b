"""Whatever users put around a workspace: a change is refused by a plan that names it, or it applies, and all is still there.

What a user has made never goes without being named in the plan, and data in tables that are not ours never goes.
"""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, Phase, event, given
from hypothesis import strategies as st

from tests.support.hypothesis_profiles import examples
from tests.support.postgresql import Server
from tests.support.users_objects import TEMPLATES, UsersObject, made, users_objects
from tests.support.workspace_among_others import Surroundings, objections, surroundings
from tests.support.workspace_changes import WorkspaceChange, workspace_changes


@pytest.fixture(scope="module")
def others(postgresql: Server) -> Iterator[Surroundings]:
    with surroundings(postgresql) as found:
        yield found


@examples(
    100,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(change=workspace_changes(), resolved=st.booleans(), objects=users_objects())
def test_a_change_among_users_objects_applies_or_is_refused_by_name_and_nothing_is_lost(
    others: Surroundings, change: WorkspaceChange, objects: Sequence[UsersObject], *, resolved: bool
) -> None:
    named = others.named(objects, resolved=resolved)
    alone = others.alone(change, resolved=resolved)
    among = others.run(change, named, resolved=resolved)
    event(f"{change.ending} {'refused' if among.refused else 'made'}")
    found = objections(change, alone, among, named)
    assert not found, "\n".join([f"change: {change}", *map(str, named), *found])


@pytest.mark.parametrize("which", [0, -1])
def test_postgresql_makes_every_object_that_a_user_may_make(others: Surroundings, which: int) -> None:
    offered = [template for template in TEMPLATES if template.since <= others.version]
    objects = [made(template, 1, lambda options: options[which]) for template in offered]
    assert others.refused(others.named(objects, resolved=False)) == []

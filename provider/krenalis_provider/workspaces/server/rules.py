"""What a Krenalis server does not take, or takes and then fails of: the rules beyond those that hold without a server."""

from krenalis_provider.model.definition import Definition
from krenalis_provider.model.errors import Problem


def problems(definition: Definition, *, creates: bool) -> tuple[Problem, ...]:  # noqa: ARG001
    """The broken rules of a server, on what is known of a definition; `creates` tells a creation from a change."""
    return ()

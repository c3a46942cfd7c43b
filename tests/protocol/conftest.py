"""The example provider, configured."""

import pytest

from tests.protocol.example_provider import ExampleProvider, Things
from tests.support.plugin import Caller


@pytest.fixture
def caller() -> Caller:
    """The example provider's handlers."""
    caller = Caller(ExampleProvider())
    caller.session.client = Things()
    return caller


@pytest.fixture
def things(caller: Caller) -> Things:
    """What exists."""
    things: Things = caller.session.client
    return things

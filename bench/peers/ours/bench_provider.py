"""The smallest provider with our SDK: a thing has a name and gets an id; one that is named slow takes its time."""

import time
from collections.abc import Mapping

from tfplugin.cty import STRING
from tfplugin.provider import Provider, ProviderRequest
from tfplugin.resource import CreateRequest, DeleteRequest, ReadRequest, Resource, Result, UpdateRequest
from tfplugin.schema import Attribute, Schema

THING = Schema(
    attributes={
        "name": Attribute(type=STRING, required=True, description="What it is called."),
        "id": Attribute(type=STRING, computed=True, keeps_state=True, description="What it gets."),
    }
)


class Thing(Resource):
    """Nothing but its state."""

    @classmethod
    def schema(cls) -> Schema:
        """A name, and an id that is known after the creation."""
        return THING

    def create(self, request: CreateRequest) -> Result:
        """Give it an id."""
        name = str(request.planned["name"])
        if name.startswith("slow"):
            time.sleep(0.5)
        return Result({"name": name, "id": f"id of {name}"})

    def read(self, request: ReadRequest) -> Result:
        """It is as it was."""
        return Result(request.state)

    def update(self, request: UpdateRequest) -> Result:
        """It is as planned."""
        return Result(request.planned)

    def delete(self, request: DeleteRequest) -> None:
        """There is nothing to do."""


class BenchProvider(Provider):
    """Needs no configuration."""

    def schema(self) -> Schema:
        """No attributes."""
        return Schema(attributes={})

    def resources(self) -> Mapping[str, type[Resource]]:
        """One type."""
        return {"bench_thing": Thing}

    def configure(self, request: ProviderRequest) -> None:
        """There is nothing to do."""

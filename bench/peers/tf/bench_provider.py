"""The smallest provider with the package `tf`: the same thing as that of ours."""

import time

from tf.iface import (
    Config,
    CreateContext,
    DataSource,
    DeleteContext,
    Provider,
    ReadContext,
    Resource,
    State,
    UpdateContext,
)
from tf.runner import run_provider
from tf.schema import Attribute, Schema
from tf.types import String
from tf.utils import Diagnostics


class Thing(Resource):
    """Nothing but its state."""

    def __init__(self, provider: "BenchProvider") -> None:
        """It needs nothing of its provider."""

    @classmethod
    def get_name(cls) -> str:
        """Without the provider's prefix."""
        return "thing"

    @classmethod
    def get_schema(cls) -> Schema:
        """A name, and an id that is known after the creation."""
        return Schema(
            attributes=[
                Attribute("name", String(), description="What it is called.", required=True),
                Attribute("id", String(), description="What it gets.", computed=True),
            ]
        )

    def create(self, ctx: CreateContext, planned: State) -> State:
        """Give it an id."""
        name = planned["name"]
        if name.startswith("slow"):
            time.sleep(0.5)
        return {"name": name, "id": f"id of {name}"}

    def read(self, ctx: ReadContext, current: State) -> State:
        """It is as it was."""
        return current

    def update(self, ctx: UpdateContext, current: State, planned: State) -> State:
        """It is as planned."""
        return planned

    def delete(self, ctx: DeleteContext, current: State) -> None:
        """There is nothing to do."""


class BenchProvider(Provider):
    """Needs no configuration."""

    def get_model_prefix(self) -> str:
        """What all types begin with."""
        return "bench_"

    def full_name(self) -> str:
        """The address."""
        return "registry.terraform.io/bench/bench"

    def get_provider_schema(self, diags: Diagnostics) -> Schema:
        """No attributes."""
        return Schema()

    def validate_config(self, diags: Diagnostics, config: Config) -> None:
        """There is nothing to do."""

    def configure_provider(self, diags: Diagnostics, config: Config) -> None:
        """There is nothing to do."""

    def get_data_sources(self) -> list[type[DataSource]]:
        """None."""
        return []

    def get_resources(self) -> list[type[Resource]]:
        """One type."""
        return [Thing]


def main() -> None:
    """Serve as a plugin of Terraform."""
    run_provider(BenchProvider())

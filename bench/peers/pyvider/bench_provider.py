"""The smallest provider with the package `pyvider`: the same thing as that of ours."""

import asyncio
from typing import Any

import attrs
from pyvider.providers import BaseProvider, register_provider
from pyvider.providers.base import ProviderMetadata
from pyvider.resources import BaseResource, register_resource
from pyvider.resources.context import ResourceContext
from pyvider.schema import PvsSchema, a_str, s_resource


@register_provider("bench")
class BenchProvider(BaseProvider):
    """Needs no configuration."""

    def __init__(self) -> None:
        super().__init__(metadata=ProviderMetadata(name="bench", version="1"))


@attrs.define
class ThingConfig:
    """What is written in the configuration."""

    name: str | None = None


@attrs.define
class ThingState:
    """What is kept."""

    name: str | None = None
    id: str | None = None


@register_resource("bench_thing")
class Thing(BaseResource[Any, ThingState, ThingConfig]):
    """Nothing but its state."""

    config_class = ThingConfig
    state_class = ThingState

    @classmethod
    def get_schema(cls) -> PvsSchema:
        """A name, and an id that is known after the creation."""
        return s_resource(
            {
                "name": a_str("What it is called.", required=True),
                "id": a_str("What it gets.", computed=True),
            }
        )

    async def _validate_config(self, config: ThingConfig) -> list[str]:
        return []

    async def _create_apply(self, ctx: ResourceContext) -> tuple[ThingState, None]:
        name = ctx.config.name
        if name.startswith("slow"):
            await asyncio.sleep(0.5)
        return ThingState(name=name, id=f"id of {name}"), None

    async def read(self, ctx: ResourceContext) -> ThingState:
        """It is as it was."""
        return ctx.state

    async def _delete_apply(self, ctx: ResourceContext) -> None:
        """There is nothing to do."""

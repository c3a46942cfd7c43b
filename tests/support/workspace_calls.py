"""`krenalis_workspace` by the provider's own calls, in this process: what Terraform does, without Terraform."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from krenalis_provider import server_block
from krenalis_provider.configuration import Configuration
from krenalis_provider.provider import KrenalisProvider
from krenalis_provider.resources.workspace.schema import SCHEMA
from krenalis_provider.server_block import Mode, ServerBlock
from krenalis_provider.workspaces.interface import Means, Workspaces
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import infer, json_codec

NAME = "krenalis_workspace"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan answers."""

    state: Any
    """None for a destruction; with errors, the prior state."""
    told: list[Told]
    config: Any
    private: bytes

    @property
    def errors(self) -> list[Told]:
        """Why it is none."""
        return [told for told in self.told if told.severity == "error"]


class Reached(Protocol):
    """A warehouse, by what a configuration says of it; any `Warehouse` is one."""

    @property
    def platform(self) -> str:
        """The platform's name."""

    def settings(self) -> dict[str, Any]:
        """``warehouse.settings``."""

    def parameters(self) -> dict[str, str]:
        """What the provider's block says."""


@runtime_checkable
class AtServer(Protocol):
    """A warehouse that knows of which server it may be; any `Warehouse` is one."""

    @property
    def attributes(self) -> Mapping[str, object]:
        """What each resource says beside what a test lets it say."""

    def server_block(self) -> ServerBlock:
        """What the provider block says of a server."""


class WorkspaceCalls:
    """One workspace, whose state is kept as Terraform would keep it."""

    def __init__(
        self,
        warehouse: Reached,
        caller: Caller | None = None,
        system: Workspaces | None = None,
        server: ServerBlock | None = None,
    ) -> None:
        """The workspace of the warehouse; there is none yet. `caller` is one with our provider.

        `system` is where workspaces live, if not each in its own warehouse, and `server` what the provider block says of it.
        """
        self._caller = caller or Caller(KrenalisProvider())
        self._parameters = {warehouse.platform: warehouse.parameters()}
        self._system = system
        self._server = server or (
            warehouse.server_block() if isinstance(warehouse, AtServer) else ServerBlock()
        )
        self._walk: Configuration | None = None
        self._type = self._caller.type_of(NAME)
        self._platform = warehouse.platform
        self._settings = warehouse.settings()
        self._attributes = warehouse.attributes if isinstance(warehouse, AtServer) else {}
        self._private = b""
        self.state: Any = None

    def config(self, document: Any, **attributes: Any) -> dict[str, Any]:
        """A configuration, not protected, in which an attribute that is not given is null."""
        members: Any = SCHEMA.attributes["warehouse"]
        settings = dict.fromkeys(members.attributes["settings"].attributes) | self._settings
        return dict.fromkeys(self._type.attributes) | {
            "name": "Customers",
            "profile_schema": infer(document),
            "warehouse": {"platform": self._platform, "mode": None, "settings": settings},
            "deletion_protection": False,
            **self._attributes,
            **attributes,
        }

    @contextmanager
    def one_walk_with(self, *others: "WorkspaceCalls") -> Iterator[None]:
        """Let these be resources of one configuration: a single configured provider gets their calls.

        Outside of it each call is made in a walk of Terraform of its own.
        """
        everyone = (self, *others)
        configuration = self._configuration()
        for each in everyone:
            each._walk = configuration
        yield
        for each in everyone:
            each._walk = None

    def configure(self, server: ServerBlock, system: Workspaces | None) -> None:
        """Go on with another provider block."""
        self._server, self._system = server, system

    def copy(self, other: "WorkspaceCalls") -> None:
        """Take the workspace of another resource into the state of this one too."""
        self.state, self._private = other.state, other._private

    def forget(self) -> None:
        """Remove the workspace from the state, as ``terraform state rm`` does."""
        self.state, self._private = None, b""

    def validate(self, config: Mapping[str, Any]) -> list[Told]:
        """The diagnostics of a validation."""
        request = pb.ValidateResourceConfig.Request(
            type_name=NAME,
            config=self._wire(config),
            client_capabilities=pb.ClientCapabilities(write_only_attributes_allowed=True),
        )
        return self._told(self._call("validate_resource_config", request))

    def plan(self, config: dict[str, Any] | None, *, applying: bool = False) -> Plan:
        """Plan the configuration, or with None the destruction; `applying` is once more, just before it is applied."""
        return self._plan(
            pb.PlanResourceChange.Request(
                type_name=NAME,
                prior_state=self._wire(self.state),
                config=self._wire(config),
                proposed_new_state=self._wire(self._proposed(config)),
                prior_private=self._private,
                client_capabilities=pb.ClientCapabilities(deferral_allowed=applying),
            ),
            config,
        )

    def plan_again(self, plan: Plan, *, applying: bool = False) -> Plan:
        """Plan the second half of a replacement; `applying` is by a client that says what it planned."""
        return self._plan(
            pb.PlanResourceChange.Request(
                type_name=NAME,
                prior_state=self._wire(None),
                config=self._wire(plan.config),
                proposed_new_state=self._wire(plan.config),
                prior_private=b"" if applying else plan.private,
                planned_private=plan.private if applying else b"",
            ),
            plan.config,
        )

    def _plan(self, request: pb.PlanResourceChange.Request, config: dict[str, Any] | None) -> Plan:
        response = self._call("plan_resource_change", request)
        state = self._caller.read(self._type, response.planned_state)
        return Plan(state, self._told(response), config, response.planned_private)

    def apply(self, plan: Plan) -> list[Told]:
        """Apply a plan as Terraform does, which plans again just before."""
        again = self.plan(plan.config, applying=True)
        assert (again.state, again.private) == (plan.state, plan.private)
        request = pb.ApplyResourceChange.Request(
            type_name=NAME,
            prior_state=self._wire(self.state),
            config=self._wire(plan.config),
            planned_state=self._wire(plan.state),
            planned_private=plan.private,
        )
        response = self._call("apply_resource_change", request)
        self.state = self._caller.read(self._type, response.new_state)
        self._private = response.private
        return self._told(response)

    def replace(self, config: dict[str, Any]) -> tuple[list[Told], list[Told] | None]:
        """Replace the workspace, by the two plans of Terraform, the destruction and the creation.

        What the plans told, and what the rest told: None if a plan has errors, and nothing was done.
        """
        prior, private = self.state, self._private
        first = self.plan(config)
        if first.errors:
            return first.told, None
        self.state, self._private = None, first.private
        second = self.plan(config)
        self.state, self._private = prior, private
        told = [*first.told, *second.told]
        if second.errors:
            return told, None
        request = pb.ApplyResourceChange.Request(
            type_name=NAME,
            prior_state=self._wire(prior),
            planned_state=self._wire(None),
            config=self._wire(None),
            planned_private=second.private,
        )
        response = self._caller.call("apply_resource_change", request)
        self.state = self._caller.read(self._type, response.new_state)
        self._private = response.private
        if self.state is not None:
            return told, self._told(response)
        self._private = b""  # the creation knows nothing of what was there
        third = self.plan(config)
        assert third.errors or third.state == second.state
        return told, [*self._told(response), *(third.errors or self.apply(third))]

    def delete_at_once(self) -> list[Told]:
        """Apply a destruction that was not planned, as for a tainted object."""
        request = pb.ApplyResourceChange.Request(
            type_name=NAME,
            prior_state=self._wire(self.state),
            planned_state=self._wire(None),
            config=self._wire(None),
            planned_private=self._private,
        )
        response = self._call("apply_resource_change", request)
        self.state = self._caller.read(self._type, response.new_state)
        return self._told(response)

    def refresh(self) -> list[Told]:
        """Read the workspace."""
        request = pb.ReadResource.Request(
            type_name=NAME, current_state=self._wire(self.state), private=self._private
        )
        response = self._call("read_resource", request)
        self.state = self._caller.read(self._type, response.new_state)
        self._private = response.private
        return self._told(response)

    def import_(self, identifier: str) -> list[Told]:
        """Take the workspace that is at a place into the state."""
        request = pb.ImportResourceState.Request(type_name=NAME, id=identifier)
        response = self._call("import_resource_state", request)
        if not response.imported_resources:
            return self._told(response)
        (imported,) = response.imported_resources
        self.state = self._caller.read(self._type, imported.state)
        self._private = imported.private
        return [*self._told(response), *self.refresh()]

    def upgrade(self) -> list[Told]:
        """Bring the state, as it was stored, to today's form, which it has."""
        raw = pb.RawState(json=json_codec.encode(self._type, self.state))
        request = pb.UpgradeResourceState.Request(type_name=NAME, version=SCHEMA.version, raw_state=raw)
        response = self._call("upgrade_resource_state", request)
        assert self._caller.read(self._type, response.upgraded_state) == self.state
        return self._told(response)

    def take(self, stored: bytes, version: int, private: bytes) -> list[Told]:
        """Begin with a state and its private data as Terraform stored them, maybe long ago; the state is upgraded."""
        request = pb.UpgradeResourceState.Request(
            type_name=NAME, version=version, raw_state=pb.RawState(json=stored)
        )
        response = self._call("upgrade_resource_state", request)
        self.state = self._caller.read(self._type, response.upgraded_state)
        self._private = private
        return self._told(response)

    def stored(self) -> Any:
        """The state as Terraform would store it, read from its JSON; numbers are exact."""
        return json.loads(json_codec.encode(self._type, self.state), parse_float=Decimal)

    def _configuration(self) -> Configuration:
        system = self._system
        if system is None and self._server.mode is not Mode.DIRECT:
            system = server_block.system(self._server, Means(parameters=self._parameters))
        return Configuration(parameters=self._parameters, system=system, server=self._server)

    def _call(self, method: str, request: Any) -> Any:
        self._caller.session.client = self._walk or self._configuration()
        return self._caller.call(method, request)

    def _proposed(self, config: dict[str, Any] | None) -> dict[str, Any] | None:
        """The configuration over the computed values of the prior state."""
        if config is None or self.state is None:
            return config
        computed = {
            name: self.state[name]
            for name, attribute in SCHEMA.attributes.items()
            if attribute.computed and config[name] is None
        }
        mode = config["warehouse"]["mode"] or (self.state["warehouse"] or config["warehouse"])["mode"]
        return {**config, **computed, "warehouse": {**config["warehouse"], "mode": mode}}

    def _wire(self, value: Any) -> pb.DynamicValue:
        return self._caller.wire(self._type, value)

    def _told(self, response: Any) -> list[Told]:
        return [Told.of(diagnostic) for diagnostic in response.diagnostics]

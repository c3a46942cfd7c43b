"""A tiny provider that uses what the SDK offers; it keeps its things in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tfplugin.cty import BOOL, DYNAMIC, NUMBER, STRING, Map
from tfplugin.data_source import DataSource, ReadDataRequest
from tfplugin.diagnostics import DiagnosticError
from tfplugin.function import Function, FunctionError, Parameter
from tfplugin.provider import Provider, ProviderRequest
from tfplugin.resource import (
    Action,
    CreateRequest,
    DeleteRequest,
    ImportRequest,
    Planned,
    PlanRequest,
    ReadRequest,
    Resource,
    Result,
    UpdateRequest,
    ValidateRequest,
)
from tfplugin.schema import Attribute, NestedAttribute, Nesting, Schema
from tfplugin.validators import length_between, one_of

SECRET = 'p"ä ss/word'

PACK = {
    "weight": Attribute(type=NUMBER, required=True, description="Any number."),
    "stamp": Attribute(type=STRING, computed=True, description="Known after the creation."),
}

THING = Schema(
    version=2,
    attributes={
        "id": Attribute(
            type=STRING, computed=True, keeps_state=True, description="Known after the creation."
        ),
        "revision": Attribute(type=NUMBER, computed=True, description="Counts the changes."),
        "name": Attribute(
            type=STRING, required=True, validators=(length_between(1, 10),), description="Validated."
        ),
        "size": Attribute(
            type=NUMBER, optional=True, requires_replace=True, description="Forces replacement."
        ),
        "colour": Attribute(
            type=STRING, optional=True, computed=True, default="red", description="Has a default."
        ),
        "kept": Attribute(
            type=STRING, optional=True, computed=True, keeps_state=True, description="Keeps its state."
        ),
        "secret": Attribute(type=STRING, optional=True, sensitive=True, description="Sensitive."),
        "token": Attribute(type=STRING, optional=True, write_only=True, description="In no state."),
        "anything": Attribute(type=DYNAMIC, optional=True, description="Of any type."),
        "labels": Attribute(type=Map(STRING), optional=True, description="A map."),
        "place": NestedAttribute(
            optional=True,
            description="A single object.",
            attributes={
                "country": Attribute(
                    type=STRING, required=True, requires_replace=True, description="Forces replacement."
                ),
                "note": Attribute(type=STRING, optional=True, description="Any text."),
            },
        ),
        "boxes": NestedAttribute(
            optional=True, nesting=Nesting.MAP, description="Objects by name.", attributes=PACK
        ),
        "bags": NestedAttribute(
            optional=True, nesting=Nesting.SET, description="Objects without order.", attributes=PACK
        ),
        "parts": NestedAttribute(
            optional=True,
            nesting=Nesting.LIST,
            description="Nested.",
            attributes={
                "kind": Attribute(
                    type=STRING, required=True, validators=(one_of("big", "small"),), description="Validated."
                ),
                "serial": Attribute(
                    type=STRING, computed=True, keeps_state=True, description="Computed inside."
                ),
                "spare": Attribute(
                    type=BOOL, optional=True, computed=True, default=False, description="A default inside."
                ),
            },
        ),
    },
)


@dataclass
class Things:
    """What the provider block makes: the things that exist, and how a test wants them to fail."""

    greeting: str = "hello"
    existing: dict[str, dict[str, Any]] = field(default_factory=dict)
    fail: str = ""
    tokens: list[Any] = field(default_factory=list)


class Thing(Resource):
    client: Things

    @classmethod
    def schema(cls) -> Schema:
        return THING

    def validate(self, request: ValidateRequest) -> None:
        if request.config["name"] == "crash":
            raise RuntimeError(f"the secret is {SECRET}")
        if request.config["name"] == "odd":
            request.diagnostics.error("Odd", "half a pair: \udcff")
        if request.config["name"] == "refused":
            request.diagnostics.error("Refused", "name: choose another one.")

    def plan(self, request: PlanRequest) -> Planned:
        if request.action is Action.DESTROY and request.prior and request.prior["name"] == "precious":
            raise DiagnosticError("Not this one", "It is precious.")
        return Planned(request.proposed, {**request.private, "planned_as": request.action.value})

    def create(self, request: CreateRequest) -> Result:
        state = self._filled(request.planned, "1", 1)
        self.client.tokens.append(request.config.get("token"))
        self.client.existing["1"] = state
        if self.client.fail == "after saving":
            request.save(Result(state, {"half": True}))
        if self.client.fail == "to describe it":
            return Result({"id": "1"})
        if self.client.fail:
            raise RuntimeError(f"broke, with {SECRET} in hand")
        return Result(state, dict(request.private))

    def read(self, request: ReadRequest) -> Result:
        if self.client.fail:
            raise RuntimeError("cannot read")
        state = self.client.existing.get(str(request.state["id"]))
        return Result(state, dict(request.private))

    def update(self, request: UpdateRequest) -> Result:
        if self.client.fail:
            raise RuntimeError("cannot update")
        revision: Any = request.prior["revision"]
        state = self._filled(request.planned, str(request.prior["id"]), revision + 1)
        self.client.existing[str(request.prior["id"])] = state
        return Result(state, dict(request.private))

    def upgraders(self) -> Mapping[int, Callable[[Any], dict[str, Any]]]:
        """Version 0 had a title, version 1 a size as text."""
        return {
            0: lambda old: {"id": old["id"], "name": old["title"]},
            1: lambda old: {"id": old["id"], "name": old["name"], "size": Decimal(old["size"])},
        }

    def import_state(self, request: ImportRequest) -> Result:
        if not request.id.startswith("thing-"):
            raise DiagnosticError("Unexpected import id", f'"{request.id}": expected thing-NUMBER.')
        return Result({"id": request.id.removeprefix("thing-")}, {"imported": True})

    def delete(self, request: DeleteRequest) -> None:
        if self.client.fail:
            raise DiagnosticError("In use", "Something holds it.")
        self.client.existing.pop(str(request.prior["id"]), None)

    @staticmethod
    def _filled(planned: Mapping[str, Any], identifier: str, revision: int) -> dict[str, Any]:
        parts = planned["parts"] and [{**part, "serial": "s"} for part in planned["parts"]]
        kept = planned["kept"] if isinstance(planned["kept"], str) else "kept"
        return {**planned, "id": identifier, "revision": revision, "parts": parts, "kept": kept}


class Greeting(DataSource):
    client: Things

    @classmethod
    def schema(cls) -> Schema:
        return GREETING

    def read(self, request: ReadDataRequest) -> dict[str, Any]:
        if request.config["name"] == "nobody":
            raise DiagnosticError("Nobody there", "name: there is nobody to greet.")
        return {**request.config, "text": f"{self.client.greeting} {request.config['name']}"}


GREETING = Schema(
    attributes={
        "name": Attribute(
            type=STRING, required=True, validators=(length_between(1, 10),), description="Who is greeted."
        ),
        "text": Attribute(type=STRING, computed=True, description="The greeting."),
    }
)


class Join(Function):
    parameters = (Parameter(name="separator", type=STRING, description="Between the words."),)
    variadic = Parameter(
        name="words", type=STRING, allow_null=True, description="The words; null is left out."
    )
    result = STRING
    summary = "Joins words"
    description = "Joins the words with the separator."

    def call(self, *arguments: Any) -> str:
        separator, *words = arguments
        if separator == "crash":
            raise RuntimeError("unexpected")
        if not separator:
            raise FunctionError("The separator is empty.", 0)
        return str(separator).join(word for word in words if word is not None)


class ExampleProvider(Provider):
    def schema(self) -> Schema:
        return Schema(attributes={"greeting": Attribute(type=STRING, optional=True, description="Any text.")})

    def resources(self) -> Mapping[str, type[Resource]]:
        return {"example_thing": Thing}

    def data_sources(self) -> Mapping[str, type[DataSource]]:
        return {"example_greeting": Greeting}

    def functions(self) -> Mapping[str, type[Function]]:
        return {"join": Join}

    def validate(self, request: ProviderRequest) -> None:
        if request.config["greeting"] == "bye":
            request.diagnostics.warning("Unfriendly", "greeting: it is not one.")

    def configure(self, request: ProviderRequest) -> Things:
        greeting = request.config["greeting"]
        return Things(greeting=greeting if isinstance(greeting, str) else "hello")

"""A tiny provider that uses what the SDK offers."""

import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.protocol.example_store import Things
from tfplugin.cty import BOOL, DYNAMIC, NUMBER, STRING, List, Map
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
from tfplugin.rules import conflicts_with, exactly_one_of, required_together
from tfplugin.schema import Attribute, NestedAttribute, Nesting, Schema
from tfplugin.validators import between, length_between, one_of, pattern

STORE = "EXAMPLE_STORE"
"""The environment variable that names the folder of the things; without it they are in memory."""
SECRET = 'p"ä ss/word'

PACK = {
    "weight": Attribute(type=NUMBER, required=True, description="Any number."),
    "stamp": Attribute(type=STRING, computed=True, description="Known after the creation."),
}

THING = Schema(
    version=2,
    timeouts={"create": "1m", "read": "30s", "delete": "2m"},
    rules=(conflicts_with("size", "share"),),
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
        "motto": Attribute(
            type=STRING,
            optional=True,
            equivalent=lambda old, new: old.casefold() == new.casefold(),
            description="The same in capital letters.",
        ),
        "labels": Attribute(type=Map(STRING), optional=True, description="A map."),
        "code": Attribute(
            type=STRING,
            optional=True,
            validators=(pattern("[A-Z]{2}", "two capital letters"),),
            description="Validated.",
        ),
        "share": Attribute(
            type=NUMBER, optional=True, validators=(between(0, 100),), description="Validated."
        ),
        "tags": Attribute(
            type=List(STRING),
            optional=True,
            validators=(length_between(1, 3),),
            element_validators=(one_of("Old", "New"),),
            description="Validated, each element too.",
        ),
        "owner": NestedAttribute(
            optional=True,
            description="With rules over several members.",
            rules=(exactly_one_of("email", "phone"), required_together("street", "town")),
            attributes={
                name: Attribute(type=STRING, optional=True, description="Any text.")
                for name in ("email", "phone", "street", "town")
            },
        ),
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
        if self.client.hold:
            self.client.hold.read_bytes()
        state = self.client.add(self._filled(request.planned, 1), request.config.get("token"))
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
        state = self._filled(request.planned, revision + 1)
        self.client.existing[str(request.prior["id"])] = state
        self.client.tokens[str(request.prior["id"])] = request.config["token"]
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
    def _filled(planned: Mapping[str, Any], revision: int) -> dict[str, Any]:
        """The planned state with what only the provider knows."""
        boxes, bags, parts = planned["boxes"], planned["bags"], planned["parts"]
        return {
            **planned,
            "revision": revision,
            "kept": planned["kept"] if isinstance(planned["kept"], str) else "kept",
            "boxes": boxes and {name: {**box, "stamp": f"stamp of {name}"} for name, box in boxes.items()},
            "bags": bags and [{**bag, "stamp": f"stamp of {bag['weight']}"} for bag in bags],
            "parts": parts and [{**part, "serial": "s"} for part in parts],
        }


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
    rules=(conflicts_with("title", "nickname"),),
    attributes={
        "title": Attribute(type=STRING, optional=True, description="Any text."),
        "nickname": Attribute(type=STRING, optional=True, description="Any text."),
        "name": Attribute(
            type=STRING, required=True, validators=(length_between(1, 10),), description="Who is greeted."
        ),
        "text": Attribute(type=STRING, computed=True, description="The greeting."),
    },
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


BLOCK = Schema(
    rules=(required_together("user", "password"),),
    attributes={
        "greeting": Attribute(type=STRING, optional=True, description="Any text."),
        "user": Attribute(type=STRING, optional=True, description="Any text."),
        "password": Attribute(type=STRING, optional=True, sensitive=True, description="Any text."),
    },
)


class ExampleProvider(Provider):
    def schema(self) -> Schema:
        return BLOCK

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
        things = Things.in_folder(Path(os.environ[STORE]), THING.type) if STORE in os.environ else Things()
        if isinstance(greeting := request.config["greeting"], str):
            things.greeting = greeting
        return things

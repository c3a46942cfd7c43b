"""`krenalis_workspace`: the schema, and the calls, whose code is imported when it is needed."""

from krenalis_provider.resources.workspace.schema import DROP, SCHEMA
from tfplugin.resource import (
    CreateRequest,
    DeleteRequest,
    ImportRequest,
    ObjectValue,
    Planned,
    PlanRequest,
    ReadRequest,
    Resource,
    Result,
    UpdateRequest,
    ValidateRequest,
)
from tfplugin.schema import Schema


class WorkspaceResource(Resource):
    """The resource type; most processes of a Terraform command make one or two of these calls, or none."""

    @classmethod
    def schema(cls) -> Schema:
        """See `schema.py`."""
        return SCHEMA

    @classmethod
    def subject(cls, values: ObjectValue) -> str:
        """By its name, or where that is not known, by its place."""
        from krenalis_provider.resources.workspace import translation

        return translation.subject(values)

    def validate(self, request: ValidateRequest) -> None:
        """See `plan.py`."""
        from krenalis_provider.resources.workspace import plan

        plan.validate(request)

    def plan(self, request: PlanRequest) -> Planned:
        """See `plan.py`."""
        from krenalis_provider.resources.workspace import plan

        return plan.plan(request, self.client)

    def create(self, request: CreateRequest) -> Result:
        """See `lifecycle.py`."""
        from krenalis_provider.resources.workspace import lifecycle

        return lifecycle.create(request, self.client)

    def read(self, request: ReadRequest) -> Result:
        """See `lifecycle.py`."""
        from krenalis_provider.resources.workspace import lifecycle

        return lifecycle.read(request, self.client)

    def update(self, request: UpdateRequest) -> Result:
        """See `lifecycle.py`."""
        from krenalis_provider.resources.workspace import lifecycle

        return lifecycle.update(request, self.client)

    def import_state(self, request: ImportRequest) -> Result:
        """See `imports.py`."""
        from krenalis_provider.resources.workspace import imports

        return imports.import_state(request, self.client)

    def upgraded(self, state: ObjectValue) -> ObjectValue:
        """One of a version without `on_destroy`, which always dropped; it has an id where it was read, and not imported."""
        return {**state, "on_destroy": DROP} if state["on_destroy"] is None else state

    def delete(self, request: DeleteRequest) -> None:
        """See `lifecycle.py`."""
        from krenalis_provider.resources.workspace import lifecycle

        lifecycle.delete(request, self.client)

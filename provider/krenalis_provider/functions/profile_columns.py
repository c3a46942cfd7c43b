"""`profile_columns(schema, platform)`: the warehouse columns of a profile schema."""

from typing import Any, Final

from tfplugin.cty import DYNAMIC, STRING, Map, Type, Value
from tfplugin.function import Function, FunctionError, Parameter

_SCHEMA: Final = 0
_PLATFORM: Final = 1


class ProfileColumns(Function):
    """The same columns that a workspace with the schema has; what a workspace refuses, it refuses too."""

    parameters = (
        Parameter(
            name="schema",
            type=DYNAMIC,
            description="The profile schema, in the form of a workspace's `profile_schema`.",
        ),
        Parameter(
            name="platform",
            type=STRING,
            description="The platform of the warehouse: `PostgreSQL` or `Snowflake`.",
        ),
    )
    result: Type = Map(STRING)
    summary = "Columns of a profile schema"
    description = (
        "The profile columns that a warehouse has for a profile schema: name to SQL type. Needs no connection, so "
        "that a module or a test can look at the columns before there is a workspace."
    )

    def call(self, *arguments: Any) -> Value:
        """See the description; raises `FunctionError` at the argument, with all that is wrong with a schema."""
        from krenalis_provider.model.attribute_path import AttributePath
        from krenalis_provider.model.errors import InvalidWorkspace
        from krenalis_provider.model.wording import nearest
        from krenalis_provider.resources.workspace import profile_schema_value
        from krenalis_provider.warehouses import registry
        from krenalis_provider.workspaces.offline_checks import column_types

        schema, name = arguments
        if registry.platform(name) is None:
            meant = nearest(name, registry.names())
            listed = " or ".join(f'"{each}"' for each in registry.names())
            hint = f'did you mean "{meant}"?' if meant else f"use {listed}."
            raise FunctionError(f'There is no platform "{name}": {hint}', _PLATFORM)
        try:
            return column_types(name, profile_schema_value.read(schema).parsed)
        except InvalidWorkspace as error:
            # the argument is called `schema`
            listed = "\n".join(
                f"  {AttributePath(('schema', *problem.path[1:]))}: {problem.message}"
                for problem in error.problems
            )
        raise FunctionError(f"The profile schema is not valid:\n{listed}", _SCHEMA)

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
        from krenalis_provider.resources.workspace import written
        from krenalis_provider.warehouses.columns import profile_columns
        from krenalis_provider.warehouses.provisioner import platform
        from krenalis_provider.workspaces.platforms import PLATFORMS
        from krenalis_provider.workspaces.profile_schema import ROOT
        from krenalis_provider.workspaces.spelling import nearest

        schema, name = arguments
        if name not in PLATFORMS:
            hint = f' Did you mean "{meant}"?' if (meant := nearest(name, PLATFORMS)) else ""
            raise FunctionError(f'There is no platform "{name}".{hint}', _PLATFORM)
        parsed = written.read(schema).parsed
        chosen = platform(name)
        problems = [*parsed.problems, *chosen.column_problems(parsed.leaves)]
        if parsed.schema and not problems:
            columns = profile_columns(parsed.schema)
            return {chosen.column_name(column.name): chosen.column_type(column.type) for column in columns}
        # the argument is called `schema`
        listed = "\n".join(f"  {problem}".replace(ROOT, "schema", 1) for problem in problems)
        raise FunctionError(f"The profile schema is not valid:\n{listed}", _SCHEMA)

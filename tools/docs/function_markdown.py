"""A function as Markdown, in the form that tfplugindocs gives it."""

from tfplugin.function import Function, Parameter
from tools.docs.schema_markdown import type_name


def signature(name: str, function: type[Function]) -> str:
    """The call with the types of its parameters and of its result."""
    listed = [f"{each.name} {_type(each)}" for each in function.parameters]
    if function.variadic:
        listed.append(f"{function.variadic.name} {_type(function.variadic)}...")
    return f"`{name}({', '.join(listed)}) {type_name(function.result).lower()}`"


def arguments(function: type[Function]) -> str:
    """A numbered list of the parameters."""
    given = [*function.parameters, *([function.variadic] if function.variadic else [])]
    return "\n".join(
        f"{number}. `{each.name}` ({_traits(each, function)}) {each.description}"
        for number, each in enumerate(given, 1)
    )


def _type(parameter: Parameter) -> str:
    return type_name(parameter.type).lower()


def _traits(parameter: Parameter, function: type[Function]) -> str:
    traits = ["Variadic"] if parameter is function.variadic else []
    return ", ".join([*traits, type_name(parameter.type), *(["Nullable"] if parameter.allow_null else [])])

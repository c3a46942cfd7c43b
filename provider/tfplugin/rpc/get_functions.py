"""GetFunctions: the functions alone. OpenTofu makes this call; Terraform reads the functions from the schema."""

from typing import Any

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import type_bytes
from tfplugin.diagnostics import Diagnostics
from tfplugin.function import Function, Parameter
from tfplugin.rpc.session import Session


def handle(session: Session, _: pb.GetFunctions.Request) -> pb.GetFunctions.Response:
    """Every function."""
    diagnostics = Diagnostics()
    response = pb.GetFunctions.Response()
    with session.reporting(diagnostics):
        for name, function in session.functions.items():
            response.functions[name].CopyFrom(function_message(function))
    response.diagnostics.extend(session.encode_diagnostics(diagnostics))
    return response


def function_message(function: type[Function]) -> pb.Function:
    """A function's signature and its documentation."""
    # `return` is a keyword of Python, so this field cannot be a plain keyword argument
    result: dict[str, Any] = {"return": pb.Function.Return(type=type_bytes(function.result))}
    return pb.Function(
        parameters=map(_parameter, function.parameters),
        variadic_parameter=_parameter(function.variadic) if function.variadic else None,
        summary=function.summary,
        description=function.description,
        description_kind=pb.MARKDOWN,
        **result,
    )


def _parameter(parameter: Parameter) -> pb.Function.Parameter:
    return pb.Function.Parameter(
        name=parameter.name,
        type=type_bytes(parameter.type),
        allow_null_value=parameter.allow_null,
        allow_unknown_values=parameter.allow_unknown,
        description=parameter.description,
        description_kind=pb.MARKDOWN,
    )

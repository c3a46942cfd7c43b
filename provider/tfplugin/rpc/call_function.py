"""CallFunction: one call of a function, in a process without configuration. An error is a text, not a diagnostic."""

import re
from typing import Final

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import CtyError, Value
from tfplugin.diagnostics import Diagnostics
from tfplugin.function import FunctionError, Parameter
from tfplugin.nearest import did_you_mean
from tfplugin.rpc import wire
from tfplugin.rpc.session import Session

_QUESTION: Final = re.compile(r"[.:;,]?\s*\b((?:\"[^\"]*\"|[^\".:;,?])+\?)\Z")
"""The question at the end of a text, with what sets it apart."""


def handle(session: Session, request: pb.CallFunction.Request) -> pb.CallFunction.Response:
    """The result, or an error that names the argument at fault."""
    diagnostics = Diagnostics()
    response = pb.CallFunction.Response()
    with session.reporting(diagnostics):
        try:
            response.result.CopyFrom(_call(session, request))
        except FunctionError as error:
            response.error.text = wire.text(_open_ended(error.text), session.redactor.redact)
            if error.argument is not None:
                response.error.function_argument = error.argument
    for diagnostic in diagnostics:
        said = _open_ended(f"{diagnostic.summary}: {diagnostic.detail}")
        response.error.text = wire.text(said, session.redactor.redact)
    return response


def _open_ended(text: str) -> str:
    """The text for Terraform, which puts a full stop after it: a question at its end goes into brackets.

    Source: docs/facts/terraform.md, "Messages".
    """
    return _QUESTION.sub(r" (\1)", text.rstrip().removesuffix(".")).lstrip()


def _call(session: Session, request: pb.CallFunction.Request) -> pb.DynamicValue:
    if request.name not in session.functions:
        meant = did_you_mean(request.name, session.functions)
        raise FunctionError(f'This provider has no function "{request.name}"{meant}')
    function = session.functions[request.name]()
    parameters: list[Parameter] = list(function.parameters)
    if function.variadic:
        parameters += [function.variadic] * (len(request.arguments) - len(parameters))
    if len(parameters) != len(request.arguments):
        raise FunctionError(f"Expected {len(parameters)} arguments, got {len(request.arguments)}.")
    pairs = zip(parameters, request.arguments, strict=True)
    arguments = [_decoded(index, *pair) for index, pair in enumerate(pairs)]
    return wire.encode(function.result, function.call(*arguments))


def _decoded(index: int, parameter: Parameter, argument: pb.DynamicValue) -> Value:
    try:
        return wire.decode(parameter.type, argument)
    except CtyError as error:
        raise FunctionError(f"{parameter.name}: {error}.", index) from error

"""CallFunction: in a process that was never configured."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.protocol.example_provider import ExampleProvider
from tests.support.plugin import Caller
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import STRING, Type, Value, msgpack_codec
from tfplugin.function import Function, FunctionError


def call(*arguments: Any, name: str = "join") -> pb.CallFunction.Response:
    """In a process that was never configured."""
    caller = Caller(ExampleProvider())
    values = [pb.DynamicValue(msgpack=msgpack_codec.encode(STRING, argument)) for argument in arguments]
    response: pb.CallFunction.Response = caller.call(
        "call_function", pb.CallFunction.Request(name=name, arguments=values)
    )
    return response


def test_a_function_is_called_with_its_arguments_the_variadic_ones_too() -> None:
    assert msgpack_codec.decode(STRING, call("-", "a", None, "b").result.msgpack) == "a-b"
    assert msgpack_codec.decode(STRING, call("-").result.msgpack) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is empty.", "It is empty"),
        ("It is empty", "It is empty"),
        ('No "a.b". Did you mean "c, d"?', 'No "a.b" (Did you mean "c, d"?)'),
        ("What?", "(What?)"),
        ('One?\nlast: unknown "x": did you mean "y"?', 'One?\nlast: unknown "x" (did you mean "y"?)'),
    ],
)
def test_the_full_stop_that_terraform_adds_makes_sense(text: str, expected: str) -> None:
    class Failing(Function):
        result: Type = STRING
        summary = description = ""

        def call(self, *_: Any) -> Value:
            raise FunctionError(text)

    class FailingProvider(ExampleProvider):
        def functions(self) -> Mapping[str, type[Function]]:
            return {"fail": Failing}

    answer = Caller(FailingProvider()).call("call_function", pb.CallFunction.Request(name="fail"))

    assert answer.error.text == expected


def test_an_error_names_the_argument() -> None:
    error = call("", "a").error

    assert error.text == "The separator is empty"
    assert error.function_argument == 0


def test_an_exception_is_an_error_without_a_trace() -> None:
    error = call("crash").error

    assert "RuntimeError: unexpected" in error.text
    assert "Traceback" not in error.text


def test_a_missing_argument_and_an_unknown_function_are_errors() -> None:
    assert call().error.text == "Expected 1 arguments, got 0"
    assert call(name="nothing").error.text == 'This provider has no function "nothing"'
    assert call(name="joint").error.text == 'This provider has no function "joint" (did you mean "join"?)'

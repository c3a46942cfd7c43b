"""Bytes that no Terraform sends, to the executable: each is answered by a diagnostic or by a plain error of gRPC.

After each the process still works, and it never takes much memory. What is refused before TLS has proved who the client
is, is in `test_mutual_tls`; what the decoders take and refuse, in `tests/unit/test_cty_msgpack` and `test_cty_json`.
"""

import random
import re
import threading
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import grpc
import msgpack  # type: ignore[import-untyped]  # it has no types
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.provider import KrenalisProvider
from tests.protocol.example_provider import ExampleProvider
from tests.protocol.example_store import Things
from tests.support.hypothesis_profiles import examples
from tests.support.plugin import (
    Caller,
    Plugin,
    client_context,
    connect,
    connect_in_plain_text,
    get_schema,
    started,
    terraform_identity,
)
from tests.support.processes import SECONDS
from tests.support.warm_parents import started_later
from tfplugin import linux
from tfplugin._generated import tfplugin6_pb2 as pb

PROVIDER: Final = pb.DESCRIPTOR.services_by_name["Provider"]
UNARY: Final = [m for m in PROVIDER.methods if not m.client_streaming and not m.server_streaming]
MOST_MEMORY: Final = 300  # MiB
WAYS: Final = (partial(started, tls=False), started, started_later)


@pytest.fixture(scope="module")
def plugin(request: pytest.FixtureRequest) -> Iterator[Plugin]:
    """A process whose log is read, as Terraform does, and which has to work after each test as before."""
    with getattr(request, "param", WAYS[0])() as plugin:
        reader = threading.Thread(target=plugin.process.communicate, daemon=True)
        reader.start()
        yield plugin
        plugin.process.kill()
        reader.join(SECONDS)


@pytest.fixture(autouse=True)
def _sound(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "plugin" in request.fixturenames:
        plugin: Plugin = request.getfixturevalue("plugin")
        assert get_schema(plugin).resource_schemas
        assert peak_memory(plugin) < MOST_MEMORY


def peak_memory(plugin: Plugin) -> int:
    """The most that the process has ever had, in MiB."""
    with connect_in_plain_text(plugin.socket) as connection:
        pid, _ = linux.peer(connection)
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def send(channel: grpc.Channel, method: str, message: bytes, service: str = "tfplugin6.Provider") -> bytes:
    answer: bytes = channel.unary_unary(f"/{service}/{method}", bytes, bytes)(message, timeout=SECONDS)
    return answer


def texts(message: Message) -> Iterator[str]:
    """What an answer says to people."""
    for field, value in message.ListFields():
        for part in value if field.is_repeated and not _is_map(field) else [value]:
            if isinstance(part, (pb.Diagnostic, pb.FunctionError)):
                yield str(part)
            elif isinstance(part, Message):
                yield from texts(part)


def _is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def ask(channel: grpc.Channel, method: MethodDescriptor, message: bytes) -> list[str]:
    """What the answer of a method, or the error of gRPC, says; none of it is a trace."""
    try:
        answer = GetMessageClass(method.output_type).FromString(send(channel, method.name, message))
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.INTERNAL:
            raise
        said = [str(error.details())]
    else:
        said = list(texts(answer))
    assert not [text for text in said if "Traceback" in text or '.py"' in text]
    return said


GARBAGE: Final = {
    "random bytes": random.Random(1).randbytes(1000),
    "an endless number": b"\xff" * 100,
    "a group that does not end": b"\x0b" * 1000,
    "a length beyond the end": b"\x0a\xff\xff\xff\xff\x07",
    "half a message": pb.ApplyResourceChange.Request(type_name="krenalis_workspace").SerializeToString()[:-3],
}


@pytest.mark.parametrize("message", GARBAGE.values(), ids=GARBAGE)
def test_garbage_in_place_of_a_message_is_an_error(plugin: Plugin, message: bytes) -> None:
    with plugin.channel() as channel:
        said = {method.name: ask(channel, method, message) for method in UNARY}

    assert [name for name, texts in said.items() if not texts] == []


def test_a_message_of_another_type_is_answered(plugin: Plugin) -> None:
    schema = get_schema(plugin).SerializeToString()
    not_utf8 = b"\x0a\x02\xff\xfe"
    with plugin.channel() as channel:
        for method in UNARY:
            for other in (schema, not_utf8):
                ask(channel, method, other)


@pytest.mark.parametrize("path", ["tfplugin6.Provider/Nothing", "tfplugin5.Provider/GetSchema", "a/b", "/"])
def test_what_does_not_exist_is_unimplemented(plugin: Plugin, path: str) -> None:
    service, _, method = path.partition("/")
    with plugin.channel() as channel, pytest.raises(grpc.RpcError) as raised:
        send(channel, method, b"", service)

    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("plugin", WAYS, ids=["plain text", "TLS", "warm"], indirect=True)
def test_garbage_on_the_socket_ends_that_connection_alone(plugin: Plugin) -> None:
    tls = bool(plugin.fields[5])
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    for said in (b"\0" * 100, random.Random(2).randbytes(100_000), b"GET / HTTP/1.1\r\n\r\n", preface * 1000):
        connection = (
            connect(plugin.socket, client_context(terraform_identity(), plugin.certificate))
            if tls
            else connect_in_plain_text(plugin.socket)
        )
        with connection:
            try:
                connection.sendall(said)
                while connection.recv(65536):
                    pass
            except TimeoutError:
                raise
            except OSError:
                pass  # ended, with or without a word


def packed(value: Any) -> bytes:
    data: bytes = msgpack.packb(value)
    return data


def declared(kind: int, count: int = 0xFFFFFFFF) -> bytes:
    """A header that announces so much."""
    return bytes([kind]) + count.to_bytes(4, "big")


def dynamic(type_: bytes, value: Any = None) -> bytes:
    """A workspace whose profile schema, which may be of any type, is of this one."""
    attributes = Caller(KrenalisProvider()).type_of("krenalis_workspace").attributes
    return packed({**dict.fromkeys(attributes), "profile_schema": [type_, value]})


STR, BIN, EXT, ARRAY, MAP = 0xDB, 0xC6, 0xC9, 0xDD, 0xDF

MSGPACK_BOMBS: Final = {
    "nothing that is msgpack": b"\xc1",
    "lists in lists": b"\x91" * 100_000,
    "maps in maps": b"\x81\xa1a" * 100_000,
    "an announced list": declared(ARRAY),
    "an announced map": declared(MAP),
    "an announced text": declared(STR),
    "announced bytes": declared(BIN),
    "an announced extension": declared(EXT) + b"\x0c",
    "announced lists in lists": declared(ARRAY, 1_000_000) * 1000 + bytes(1_000_000),
    "announced maps in maps": (declared(MAP, 1_000_000) + b"\xa1a") * 1000 + bytes(1_000_000),
    "a large refinement": b"\xc8\x04\x01\x0c" + bytes(1025),
    "an unknown extension": b"\xd4\x07\x00",
    "more than one value": b"\xc0" * 1000,
    "a text that is not UTF-8": b"\xa2\xff\xfe",
    "a map whose keys are lists": b"\x81\x90\xc0",
    "a type in types": dynamic(b'["list",' * 100_000),
    "a type of a hundred thousand parts": dynamic(b'["tuple",["bool"' + b',"bool"' * 100_000 + b"]]", []),
    "a type that is no JSON": dynamic(b"\xff"),
    "a type that is none": dynamic(b'["queue","string"]'),
    "a type with a long number": dynamic(b"7" * 1_000_000),
    "a long number": dynamic(b'"number"', "7" * 1_000_000),
    "a number with a long exponent": dynamic(b'"number"', "1e999999999"),
    "no number": dynamic(b'"number"', "NaN"),
    "deep dynamic values": dynamic(b'"dynamic"', [b'"dynamic"', [b'"dynamic"', 1]]),
}


def values(method: MethodDescriptor) -> Iterator[FieldDescriptor]:
    """The fields of a request that hold a value of Terraform's."""
    for field in method.input_type.fields:
        if field.message_type and field.message_type.full_name == pb.DynamicValue.DESCRIPTOR.full_name:
            yield field


PRIVATE: Final = {"private", "prior_private", "planned_private"}
# fields that the SDK does not look at
UNREAD: Final = {"provider_meta", "planned_identity"}


def with_value(method: MethodDescriptor, field: FieldDescriptor, value: pb.DynamicValue) -> bytes:
    """A request that has nothing but this one value."""
    name = "profile_columns" if method.name == "CallFunction" else "krenalis_workspace"
    of = {"type_name": name, "name": name}
    known = {key: text for key, text in of.items() if key in method.input_type.fields_by_name}
    whole = [value, value] if field.is_repeated else value
    message: bytes = GetMessageClass(method.input_type)(**known, **{field.name: whole}).SerializeToString()
    return message


@pytest.mark.parametrize("bomb", MSGPACK_BOMBS.values(), ids=MSGPACK_BOMBS)
def test_a_value_that_is_none_is_an_error_wherever_it_stands(plugin: Plugin, bomb: bytes) -> None:
    with plugin.channel() as channel:
        for method in UNARY:
            for field in values(method):
                said = ask(channel, method, with_value(method, field, pb.DynamicValue(msgpack=bomb)))
                assert said or field.name in UNREAD, f"{method.name}.{field.name}"
                assert "Unexpected error" not in "".join(said), f"{method.name}.{field.name}: {said}"


def test_an_unknown_value_in_place_of_an_object_reaches_no_code(plugin: Plugin) -> None:
    unknown = pb.DynamicValue(msgpack=b"\xd4\x00\x00")
    method = PROVIDER.methods_by_name["ValidateResourceConfig"]
    with plugin.channel() as channel:
        (said,) = ask(
            channel, method, with_value(method, method.input_type.fields_by_name["config"], unknown)
        )

    assert "Invalid request" in said


JSON_BOMBS: Final = {
    "nothing": b"",
    "lists in lists": b"[" * 100_000,
    "objects in objects": b'{"name":' * 100_000,
    "a long number": b"7" * 1_000_000,
    "a long number in its place": b'{"profile_schema":{"type":"number","value":' + b"7" * 1_000_000 + b"}}",
    "no number": b'{"profile_schema":{"type":"number","value":NaN}}',
    "a type in types": b'{"profile_schema":{"value":null,"type":' + b'["list",' * 100_000,
    "not UTF-8": b'{"name":"\xff"}',
    "half a pair of surrogates": b'{"name":"\\ud800"}',
    "two documents": b"{}{}",
    "a list": b"[]",
    "a byte order mark": b"\xef\xbb\xbf{}",
}


@pytest.mark.parametrize("bomb", JSON_BOMBS.values(), ids=JSON_BOMBS)
def test_a_state_that_is_none_is_an_error_that_says_what_to_do(plugin: Plugin, bomb: bytes) -> None:
    request = pb.UpgradeResourceState.Request(
        type_name="krenalis_workspace", raw_state=pb.RawState(json=bomb)
    )
    with plugin.channel() as channel:
        (said,) = ask(channel, PROVIDER.methods_by_name["UpgradeResourceState"], request.SerializeToString())

    assert "State cannot be read" in said
    assert "Restore a backup" in said


@pytest.mark.parametrize("bomb", JSON_BOMBS.values(), ids=JSON_BOMBS)
def test_private_data_that_is_none_counts_as_none(plugin: Plugin, bomb: bytes) -> None:
    with plugin.channel() as channel:
        for method in UNARY:
            for name in PRIVATE.intersection(method.input_type.fields_by_name):
                request = GetMessageClass(method.input_type)(type_name="krenalis_workspace", **{name: bomb})
                said = ask(channel, method, request.SerializeToString())
                assert "Unexpected error" not in "".join(said), f"{method.name}.{name}: {said}"


@st.composite
def messages(draw: st.DrawFn, descriptor: Descriptor) -> Message:
    """Requests with random bytes where bytes are, and names that exist where there is text."""
    message: Message = GetMessageClass(descriptor)()
    for field in descriptor.fields:
        if field.is_repeated or not draw(st.booleans()):
            continue
        if field.message_type:
            getattr(message, field.name).CopyFrom(draw(messages(field.message_type)))
        elif field.type == field.TYPE_BYTES:
            setattr(message, field.name, draw(st.binary(max_size=50)))
        elif field.type == field.TYPE_STRING:
            setattr(
                message, field.name, draw(st.sampled_from(["example_thing", "example_greeting", "join", "?"]))
            )
    return message


def handler(method: MethodDescriptor) -> str:
    """The module of `tfplugin.rpc` that has it, if any has."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method.name).lower()


IMPLEMENTED: Final = [method for method in UNARY if find_spec(f"tfplugin.rpc.{handler(method)}")]


@pytest.mark.parametrize("method", IMPLEMENTED, ids=lambda method: method.name)
@given(data=st.data())
@examples(40)
def test_no_bytes_make_a_handler_raise(method: MethodDescriptor, data: st.DataObject) -> None:
    strategy = st.binary() | messages(method.input_type).map(lambda message: message.SerializeToString())
    try:
        request = GetMessageClass(method.input_type).FromString(data.draw(strategy))
    except DecodeError:
        return
    caller = Caller(ExampleProvider())
    caller.session.client = Things()

    answer = caller.call(handler(method), request)

    assert isinstance(answer, GetMessageClass(method.output_type))

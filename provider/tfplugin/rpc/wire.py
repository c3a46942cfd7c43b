"""Translation between the protocol's messages and the SDK's own types."""

import json
from collections.abc import Callable
from typing import Any

from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import (
    AttributeStep,
    ElementStep,
    IndexStep,
    KeyStep,
    Path,
    Type,
    Value,
    json_codec,
    msgpack_codec,
)
from tfplugin.diagnostics import Diagnostic, Severity
from tfplugin.resource import Private


def decode(type_: Type, message: pb.DynamicValue) -> Value:
    """The value in a message. Terraform sends msgpack; a message without bytes is null."""
    if message.msgpack:
        return msgpack_codec.decode(type_, message.msgpack)
    if message.json:
        return json_codec.decode(type_, message.json)
    return None


def encode(type_: Type, value: Value) -> pb.DynamicValue:
    """The message for a value, in msgpack; raises `CtyError` if the value does not fit the type."""
    return pb.DynamicValue(msgpack=msgpack_codec.encode(type_, value))


def pack(value: Value) -> pb.DynamicValue:
    """The message for a canonical value, in msgpack."""
    return pb.DynamicValue(msgpack=msgpack_codec.pack(value))


def decode_private(data: bytes) -> dict[str, Any]:
    """Private data from its bytes; bytes in a form that this SDK does not write count as none."""
    try:
        private = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return private if isinstance(private, dict) else {}


def encode_private(private: Private) -> bytes:
    """The bytes of private data; none for no members, so that "none" is recognised."""
    return json.dumps(dict(private), sort_keys=True).encode() if private else b""


def diagnostic(value: Diagnostic, redact: Callable[[str], str]) -> pb.Diagnostic:
    """The message for a diagnostic, without secrets."""
    severity = pb.Diagnostic.ERROR if value.severity is Severity.ERROR else pb.Diagnostic.WARNING
    message = pb.Diagnostic(
        severity=severity,
        summary=text(value.summary, redact),
        detail=text(value.detail, redact),
    )
    if value.path is not None:
        message.attribute.CopyFrom(path(value.path))
    return message


def text(value: str, redact: Callable[[str], str]) -> str:
    """The text without secrets. A question mark stands for a character that UTF-8 has not, such as a lone surrogate."""
    return redact(value).encode(errors="replace").decode()


def path(value: Path) -> pb.AttributePath:
    """The message for a path, which ends at a set."""
    message = pb.AttributePath()
    for step in value.steps:
        match step:
            case AttributeStep(name):
                message.steps.add(attribute_name=name)
            case KeyStep(key):
                message.steps.add(element_key_string=key)
            case IndexStep(index):
                message.steps.add(element_key_int=index)
            case ElementStep():
                break
    return message

"""Terraform's type system: types, values as plain Python, paths, and the encodings of values.

Everything here is true of every provider and of every message; nothing here knows gRPC or protobuf. The codecs are
the modules `msgpack_codec` and `json_codec`, each with `decode(type, bytes)` and `encode(type, value)`. They are not
imported here, as not every importer of a type needs them.
"""

from tfplugin.cty.conform import conform
from tfplugin.cty.errors import CtyError
from tfplugin.cty.inference import infer, plain
from tfplugin.cty.paths import AttributeStep, ElementStep, IndexStep, KeyStep, Path, Step
from tfplugin.cty.traversal import leaves, value_at
from tfplugin.cty.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    List,
    Map,
    Object,
    Primitive,
    Set,
    Tuple,
    Type,
    contains_dynamic,
    holds_collection_of_dynamic,
    parse_type,
    parse_type_bytes,
    type_bytes,
)
from tfplugin.cty.values import (
    UNKNOWN,
    Dynamic,
    Unknown,
    Value,
    is_known,
    is_null,
    is_wholly_known,
    nulls_for_unknowns,
)

__all__ = [
    "BOOL",
    "DYNAMIC",
    "NUMBER",
    "STRING",
    "UNKNOWN",
    "AttributeStep",
    "CtyError",
    "Dynamic",
    "ElementStep",
    "IndexStep",
    "KeyStep",
    "List",
    "Map",
    "Object",
    "Path",
    "Primitive",
    "Set",
    "Step",
    "Tuple",
    "Type",
    "Unknown",
    "Value",
    "conform",
    "contains_dynamic",
    "holds_collection_of_dynamic",
    "infer",
    "is_known",
    "is_null",
    "is_wholly_known",
    "leaves",
    "nulls_for_unknowns",
    "parse_type",
    "parse_type_bytes",
    "plain",
    "type_bytes",
    "value_at",
]

"""The columns that a profile schema gives in PostgreSQL."""

from typing import NamedTuple

from tests.support.krenalis_server.answers import Panic
from tests.support.krenalis_server.profile_types import Type, leaves

_INTEGERS = {
    (8, False): "smallint",
    (16, False): "smallint",
    (24, False): "integer",
    (32, False): "integer",
    (64, False): "bigint",
    (8, True): "smallint",
    (16, True): "integer",
    (24, True): "integer",
    (32, True): "bigint",
    (64, True): "numeric(20, 0)",
}
_OTHERS = {
    "boolean": "boolean",
    "datetime": "timestamp without time zone",
    "date": "date",
    "time": "time without time zone",
    "year": "smallint",
    "uuid": "uuid",
    "json": "jsonb",
    "ip": "inet",
    "map": "jsonb",
}


class Column(NamedTuple):
    name: str
    type: str

    @property
    def declared(self) -> str:
        return f'"{self.name}" {self.type}'


def columns(schema: Type) -> tuple[Column, ...]:
    """The profile columns in order. Raises `Panic` for a kind that does not exist, as the server does."""
    return tuple(Column("_".join(path), column_type(type_)) for path, type_ in leaves(schema))


def column_type(type_: Type) -> str:
    match type_.kind:
        case "string":
            limits = [type_.get(name) for name in ("maxBytes", "maxLength") if type_.get(name)]
            return f"character varying({min(limits)})" if limits else "character varying"
        case "int":
            return _INTEGERS[type_.get("bitSize"), type_.get("unsigned", False)]
        case "float":
            return "real" if type_.get("bitSize") == 32 else "double precision"
        case "decimal":
            return f"numeric({type_.get('precision')}, {type_.get('scale', 0)})"
        case "array":
            return f"{column_type(type_.get('elementType'))}[]"
    if type_.kind not in _OTHERS:
        raise Panic(f"unexpected kind {type_.kind}")
    return _OTHERS[type_.kind]

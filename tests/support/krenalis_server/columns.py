"""The columns that a profile schema gives on each platform."""

from collections.abc import Callable
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
    """A profile column, its name as the platform spells it."""

    name: str
    type: str

    @property
    def declared(self) -> str:
        return f'"{self.name}" {self.type}'


class Spelling(NamedTuple):
    """How a platform spells names, and the types of columns. `type` raises `Panic` for a kind that does not exist."""

    fold: Callable[[str], str]
    type: Callable[[Type], str]

    def quoted(self, name: str) -> str:
        return f'"{self.fold(name)}"'

    def columns(self, schema: Type) -> tuple[Column, ...]:
        """The profile columns in order."""
        return tuple(self.column("_".join(path), type_) for path, type_ in leaves(schema))

    def column(self, name: str, type_: Type) -> Column:
        return Column(self.fold(name), self.type(type_))


def _postgresql_type(type_: Type) -> str:
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
            return f"{_postgresql_type(type_.get('elementType'))}[]"
    if type_.kind not in _OTHERS:
        raise Panic(f"unexpected kind {type_.kind}")
    return _OTHERS[type_.kind]


_SNOWFLAKE_INTEGERS = {
    (8, False): "TINYINT",
    (16, False): "SMALLINT",
    (24, False): "NUMBER(7,0)",
    (32, False): "INT",
    (64, False): "BIGINT",
    (8, True): "SMALLINT",
    (16, True): "INT",
    (24, True): "NUMBER(8,0)",
    (32, True): "BIGINT",
    (64, True): "NUMBER(20,0)",
}
_SNOWFLAKE_OTHERS = {
    "boolean": "BOOLEAN",
    "float": "FLOAT",
    "datetime": "TIMESTAMP_NTZ",
    "date": "DATE",
    "time": "TIME",
    "year": "NUMBER(4,0)",
    "uuid": "VARCHAR",
    "json": "VARIANT",
    "ip": "VARCHAR",
    "array": "ARRAY",
    "map": "VARIANT",
}


def _snowflake_type(type_: Type) -> str:
    match type_.kind:
        case "string":
            limits = [type_.get(name) for name in ("maxBytes", "maxLength") if type_.get(name)]
            return f"VARCHAR({min(limits)})" if limits else "VARCHAR"
        case "int":
            return _SNOWFLAKE_INTEGERS[type_.get("bitSize"), type_.get("unsigned", False)]
        case "decimal":
            return f"NUMBER({type_.get('precision')},{type_.get('scale', 0)})"
    if type_.kind not in _SNOWFLAKE_OTHERS:
        raise Panic(f"unexpected kind {type_.kind}")
    return _SNOWFLAKE_OTHERS[type_.kind]


POSTGRESQL = Spelling(str, _postgresql_type)
SNOWFLAKE = Spelling(str.upper, _snowflake_type)

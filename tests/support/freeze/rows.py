"""The rows that a frozen warehouse holds: a profile and its identity, with a value in every column."""

from tests.support.warehouse import Warehouse

_VALUES = {
    "customer_id": "18446744073709551615",
    "email": "'anné@example.com'",
    "name": "'Anné \"A\" O''Neill'",
    "handle": "'anne'",
    "nickname": "'Nan'",
    "age": "41",
    "score": "8000000",
    "spent": "12.30",
    "born": "'1985-01-31'",
    "active": "TRUE",
    "device": "'7f3a1f0e-5a0b-4d53-9f0c-0a4f6a3f1c12'",
    "address_street": "'Rue d''Été'",
    "address_place_city": "'Zürich'",
    "address_place_latitude": "47.25",
}
_NESTED = {
    "PostgreSQL": {
        "tags": """'{a,"b c"}'""",
        "visits": """'{"x": 1}'""",
        "extra": """'{"a": [1.5, null]}'""",
    },
    "Snowflake": {
        "tags": "ARRAY_CONSTRUCT('a', 'b c')",
        "visits": """PARSE_JSON('{"x": 1}')""",
        "extra": """PARSE_JSON('{"a": [1.5, null]}')""",
    },
}
_WHEN = "'2025-01-02 03:04:05'"
_TABLES = {
    "krenalis_profiles_0": {"_kpid": "'7f3a1f0e-5a0b-4d53-9f0c-0a4f6a3f1c11'", "_updated_at": _WHEN},
    "krenalis_identities": {
        "_pipeline": "'1'",
        "_identity_id": "'i1'",
        "_connection": "'12'",
        "_updated_at": _WHEN,
    },
}


def statements(warehouse: Warehouse) -> list[str]:
    """The statements that write the rows, into tables whose names need no schema."""
    made = []
    for table, own in _TABLES.items():
        row = {**own, **_VALUES, **_NESTED[warehouse.platform]}
        made.append(f"INSERT INTO {table} ({', '.join(row)}) SELECT {', '.join(row.values())}")
    return made


def add_rows(warehouse: Warehouse) -> None:
    """Write the rows into a warehouse with the properties of `profile_schemas/customers.json`."""
    warehouse.execute(*statements(warehouse))

"""Names and values as they stand in Snowflake's SQL.

The driver of Snowflake composes no SQL: it binds values, which data definition and the body of a procedure do not take.
"""


def identifier(*names: str) -> str:
    """Quote a name, qualified by those before it; its case is kept.

    A quote in a name is doubled (Snowflake, "Identifier requirements": double-quoted identifiers).
    """
    return ".".join('"{}"'.format(name.replace('"', '""')) for name in names)


def literal(value: str | bool | int | None) -> str:  # noqa: FBT001 - a value, not a flag
    r"""Spell a constant.

    Inside single quotes a backslash begins an escape sequence, so that it is doubled as a quote is (Snowflake,
    "String & binary data types": string constants).
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case str():
            return "'{}'".format(value.replace("\\", "\\\\").replace("'", "''"))

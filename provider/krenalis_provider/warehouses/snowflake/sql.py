"""Names and values in Snowflake's SQL.

The driver only binds values, and cannot do so in data definition and the body of a procedure.
"""


def identifier(*names: str) -> str:
    """Quotes a name and the names that qualify it, and keeps their case.

    A quote in a name is doubled (Snowflake, "Identifier requirements": double-quoted identifiers).
    """
    return ".".join('"{}"'.format(name.replace('"', '""')) for name in names)


def literal(value: str | bool | int | None) -> str:  # noqa: FBT001 - a value, not a flag
    r"""Spells a constant.

    Inside single quotes a backslash begins an escape sequence, so it is doubled, as a quote is (Snowflake,
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

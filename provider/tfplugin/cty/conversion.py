"""Terraform's own conversions between primitive values, for parts of dynamic values, which nobody else converts.

Source: <https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>.
"""

from decimal import Decimal
from typing import Any

from tfplugin.cty.conform import mismatch
from tfplugin.cty.decimals import number_text, parse_number


def to_string(value: Any) -> str:
    """The string that Terraform makes of a known primitive value; raises `CtyError` for any other value."""
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case Decimal():
            return number_text(value)
        case _:
            raise mismatch("string", value)


def to_number(value: Any) -> Decimal:
    """The number that Terraform makes of a known number or string; raises `CtyError` for any other value."""
    match value:
        case Decimal():
            return value
        case str():
            return parse_number(value)
        case _:
            raise mismatch("number", value)

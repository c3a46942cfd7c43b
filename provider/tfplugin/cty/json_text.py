"""Turns JSON text into plain data, with every number as a `decimal.Decimal` of any length."""

import json
from typing import Any

from tfplugin.cty.decimals import parse_number
from tfplugin.cty.errors import TOO_DEEP, CtyError


def load(text: bytes | str) -> Any:
    """The data of one JSON document in UTF-8; raises `CtyError` for any other text."""
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        return json.loads(decoded, parse_int=parse_number, parse_float=parse_number, parse_constant=_refuse)
    except CtyError:
        raise
    except json.JSONDecodeError as error:
        raise CtyError(f"not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except UnicodeDecodeError:
        raise CtyError("not JSON: the text is not UTF-8") from None
    except RecursionError:
        raise CtyError(f"the JSON document {TOO_DEEP}") from None


def _refuse(constant: str) -> Any:
    raise CtyError(f"not JSON: {constant} is no number")

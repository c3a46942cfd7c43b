"""What is sent to a server, as bytes. Importing this costs nothing."""

import re
from collections.abc import Mapping
from typing import Any, Final

from krenalis_provider.model.exact_json import to_json

LARGEST_BODY: Final = 512_000
"""Bytes. Source: docs/facts/krenalis.md, "The REST API"."""

_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")


def encoded(body: Mapping[str, Any]) -> bytes:
    """The JSON of a body, without rounding numbers.

    All but ASCII is escaped: a server normalises other characters to NFC, in passwords too, and leaves escapes alone.
    """
    return _BEYOND_ASCII.sub(_escaped, to_json(body)).encode()


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))

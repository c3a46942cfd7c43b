"""The two files of a review, as plain data: ``terraform show -json`` of a plan, and the log of ``terraform plan -json``."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

_SHOW: Final = "Make it with: terraform show -json plan.tfplan > plan.json"
_PLAN: Final = "Make it with: terraform plan -json -out=plan.tfplan > plan.jsonl"
_ZIP: Final = b"PK\x03\x04"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_SUPPORTED: Final = "1"
"""The major number of the format of plans."""
_MOST_DIGITS: Final = 100


class Unreadable(Exception):
    """A file is not what it should be; the text says what to do."""


def read_plan(name: str) -> Mapping[str, Any]:
    """The plan in a file, or in stdin for ``-``. Raises `Unreadable`."""
    text = _text(name, "plan", _SHOW)
    try:
        plan = json.loads(text, parse_float=_number, parse_constant=_refuse)
    except (ValueError, InvalidOperation, RecursionError) as error:
        if _first_message(text) is not None:
            raise Unreadable(f"{name} is a log of Terraform: give it as --log. The plan: {_SHOW}") from error
        raise Unreadable(f"{name} is no plan: it is not JSON. {_SHOW}") from error
    if _is_message(plan):
        raise Unreadable(f"{name} is a log of Terraform: give it as --log. The plan: {_SHOW}")
    if not isinstance(plan, dict) or "format_version" not in plan:
        is_state = isinstance(plan, dict) and "lineage" in plan
        what = "it is a state" if is_state else "it has no format_version"
        raise Unreadable(f"{name} is no plan: {what}. {_SHOW}")
    version = str(plan["format_version"])
    if version.partition(".")[0] != _SUPPORTED:
        raise Unreadable(
            f'{name} has the format version "{version[:20]}", and this program knows {_SUPPORTED}.x: use a newer version of '
            "the provider, or an older Terraform."
        )
    if "resource_changes" not in plan and "planned_values" not in plan:
        raise Unreadable(f"{name} is no plan: it is a state, because show was given no plan file. {_SHOW}")
    return plan


def read_log(name: str) -> Sequence[Mapping[str, Any]]:
    """The messages of Terraform in a file, or in stdin for ``-``. Other lines, as a wrapper prints them, do not count.

    Raises `Unreadable` for a file without any message.
    """
    text = _text(name, "log", _PLAN)
    messages = list(_messages(text))
    if not messages:
        if '"format_version"' in text[:10_000]:
            raise Unreadable(f"{name} is a plan: give it as --plan. The log: {_PLAN}")
        raise Unreadable(f"{name} is no log of terraform plan -json. {_PLAN}")
    return messages


def members(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one: nobody vouches for the shape of a file."""
    return value if isinstance(value, dict) else {}


def elements(value: Any) -> Sequence[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def text_of(value: Any) -> str:
    """The value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def time_of(value: Any) -> datetime | None:
    """The time in RFC 3339, such as ``2026-01-31T12:00:00Z``; None for anything else, and for one without an offset."""
    try:
        found = datetime.fromisoformat(text_of(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _text(name: str, kind: str, remedy: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror}.") from error
    if data.startswith(_ZIP):
        raise Unreadable(f"{name} is Terraform's own plan file, which only Terraform reads. {_SHOW}")
    if data.startswith(_UTF_16) or b"\0" in data[:200]:
        raise Unreadable(
            f"{name} is in UTF-16, as > of Windows PowerShell writes it. Write it in UTF-8: "
            f"… | Out-File -Encoding utf8 {kind}.json, or use PowerShell 7."
        )
    if not data.strip():
        raise Unreadable(f"{name} is empty. {remedy}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name} is no {kind}: it is not text in UTF-8. {remedy}") from error


def _number(text: str) -> int | Decimal:
    """A number with a point or an exponent, to the digit; a whole one is an int, as the domain has them."""
    number = Decimal(text)
    is_whole = abs(number.adjusted()) < _MOST_DIGITS and number == number.to_integral_value()
    return int(number) if is_whole else number


def _refuse(constant: str) -> None:
    """Python reads NaN and Infinity, which JSON does not have."""
    raise ValueError(constant)


def _messages(text: str) -> Iterator[Mapping[str, Any]]:
    for line in text.split("\n"):
        if line.lstrip().startswith("{"):
            try:
                message = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if _is_message(message):
                yield message


def _first_message(text: str) -> Mapping[str, Any] | None:
    return next(_messages(text), None)


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "@level" in value and "@message" in value

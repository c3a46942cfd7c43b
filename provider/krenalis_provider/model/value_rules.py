"""Rules of single values of a configuration: texts and numbers.

They are plain functions: importing pydantic takes 70 ms in each of the processes that Terraform starts.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.unknown import UNKNOWN

Rule = Callable[[Any], str | None]
"""Says the mistake in a value, as a clause; None if there is none."""


def rule(message: str, accepts: Callable[[Any], bool]) -> Rule:
    """The rule that says `message` of each value that it does not accept."""
    return lambda value: None if accepts(value) else message


def characters(minimum: int, maximum: int) -> Rule:
    """Limits a text's length in characters."""
    return rule(
        f"must be {minimum} to {maximum} characters long, without a NUL character",
        lambda text: minimum <= len(text) <= maximum and "\0" not in text,
    )


def size(minimum: int, maximum: int) -> Rule:
    """Limits a text's length in bytes of UTF-8."""
    return rule(
        f"must be {minimum} to {maximum} bytes long, without a NUL character",
        lambda text: minimum <= len(text.encode()) <= maximum and "\0" not in text,
    )


def no_pem(instead: str) -> Rule:
    """Refuses a key or a certificate; `instead` is the end of the sentence, with the remedy."""
    begin = re.compile(r"-----BEGIN [A-Z ]*(PRIVATE KEY|PUBLIC KEY|CERTIFICATE)-----")
    return rule(f"is a key or a certificate, and {instead}", lambda text: not begin.search(text))


TEXT: Final = rule("must be text", lambda value: isinstance(value, str))
NO_NUL: Final = rule("cannot hold a NUL character", lambda text: "\0" not in text)


def broken(path: AttributePath, value: Any, rules: tuple[Rule, ...]) -> Iterator[Problem]:
    """The problem of the first rule that a known value breaks."""
    if value is UNKNOWN:
        return
    for each in rules:
        if message := each(value):
            yield Problem(path, f"{message}.")
            return

"""The names in schemas, and the error of a schema that could never work."""

import re
from collections.abc import Iterable
from typing import Final

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")


class SchemaError(Exception):
    """A mistake of the provider's author in a schema."""


def check_names(what: str, names: Iterable[str], prefix: str = "") -> None:
    """Raises `SchemaError` for a name that Terraform's language cannot spell, or does not spell so.

    `what` says what kind of thing the names are for; messages show `prefix` before the name.
    """
    for name in names:
        if not _NAME.match(name):
            rule = "of small letters, digits and underscores"
            raise SchemaError(f"{prefix}{name}: not a valid {what} name, {rule}")

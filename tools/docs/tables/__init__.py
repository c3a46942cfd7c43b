"""Tables that templates name, such as ``{{ kinds }}``, each made from the data that the provider itself works by."""

from collections.abc import Mapping
from typing import Final

from tools.docs.tables.commands import exit_codes, subcommands, subcommands_index
from tools.docs.tables.connections import settings
from tools.docs.tables.diagnostics import diagnostics, diagnostics_index
from tools.docs.tables.kinds import keys, kinds, property_keys
from tools.docs.template import Function

TABLES: Final[Mapping[str, Function]] = {
    "diagnostics": diagnostics,
    "diagnostics_index": diagnostics_index,
    "exit_codes": exit_codes,
    "keys": keys,
    "kinds": kinds,
    "property_keys": property_keys,
    "settings": settings,
    "subcommands": subcommands,
    "subcommands_index": subcommands_index,
}
"""By the name in templates: what makes the table. The texts in its parameters are those that the action gives."""

"""What a change of the profile schema does to the warehouse's columns, from the prior state and the wanted one.

Computed the same way while planning and while applying, from nothing but the two states.
"""

from collections.abc import Sequence
from typing import Any, Final

from krenalis_provider.resources.workspace import written
from krenalis_provider.warehouses.columns import ProfileColumn, profile_columns
from krenalis_provider.warehouses.migration import Migration, migrate
from krenalis_provider.warehouses.provisioner import Platform
from krenalis_provider.workspaces.model import WarehouseMode
from tfplugin.cty import is_wholly_known
from tfplugin.diagnostics import Diagnostics
from tfplugin.resource import ObjectValue

_INPUTS: Final = ("renames", "drop_columns")


def compute(
    prior: ObjectValue, wanted: ObjectValue, platform: Platform, columns: Sequence[ProfileColumn]
) -> Migration | None:
    """The migration to the wanted columns; None while `renames` or `drop_columns` are not known."""
    if not all(is_wholly_known(wanted[name]) for name in _INPUTS):
        return None
    warehouse: Any = wanted["warehouse"]
    mode = warehouse["mode"] if isinstance(warehouse, dict) else None
    renames: Any = wanted["renames"] or {}
    drops: Any = wanted["drop_columns"] or []
    return migrate(
        platform,
        present=_present(prior, platform),
        before=_before(prior, wanted) or columns,
        after=columns,
        renames=renames,
        drop_columns=drops,
        mode=WarehouseMode(mode) if isinstance(mode, str) else None,
    )


def operations(migration: Migration, platform: Platform) -> list[str]:
    """The column operations as they are executed."""
    return [platform.clause(operation) for operation in migration.operations]


def warn(migration: Migration, workspace: str, diagnostics: Diagnostics) -> None:
    """A warning for what takes long; of losses warns `losses.py`, when they are counted."""
    if slow := ", ".join(migration.rewrites):
        diagnostics.warning(
            f'Tables of workspace "{workspace}" will be rewritten',
            f"profile_schema: the new type of {slow} has the warehouse write whole tables anew. They are locked "
            "meanwhile, which takes long where they are large.",
        )


def _before(prior: ObjectValue, wanted: ObjectValue) -> Sequence[ProfileColumn] | None:
    """The columns of the schema last applied, where that is another one than the wanted.

    A document that somebody broke in the record says nothing: then the columns themselves decide.
    """
    if prior["profile_schema"] == wanted["profile_schema"]:
        return None
    schema = written.read(prior["profile_schema"]).parsed.schema
    return profile_columns(schema) if schema else None


def _present(prior: ObjectValue, platform: Platform) -> Any:
    """The columns that there are; None when their table is missing, and will be made with all that is wanted."""
    columns: Any = prior["profile_columns"] or {}
    objects: Any = prior["objects"] or {}
    missing = any(objects.get(name) != kind for name, kind in platform.objects().items())
    return None if missing and not columns else columns

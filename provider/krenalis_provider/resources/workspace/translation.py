"""Between Terraform's values and the domain's: a configuration or a state as a definition, a state as what was seen."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.definition import Definition, WarehouseAddress
from krenalis_provider.model.errors import Problem
from krenalis_provider.model.observed import ObservedWorkspace
from krenalis_provider.model.place import Place
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.wording import enumerated
from krenalis_provider.resources.workspace import profile_schema_value
from krenalis_provider.resources.workspace.schema import ABANDON
from krenalis_provider.workspaces import direct, offline_checks
from krenalis_provider.workspaces.interface import Prior, Reference
from tfplugin.cty import Unknown
from tfplugin.diagnostics import DiagnosticError
from tfplugin.resource import ObjectValue

REPORTS: Final = ("migration", "losses")
"""The attributes that tell of the change that is planned, and that the next refresh empties."""

_WRITTEN_PASSWORD: Final = ("password_wo", "password_wo_version")
"""The attributes of the warehouse's settings that are no settings themselves."""

_NO_NAME: Final = re.compile("://|=|-----|\n")
"""What is in a URL, a connection string or a key, and hardly in a name."""


def subject(values: ObjectValue) -> str:
    """What messages call a workspace, of which anything may be null or unknown: by its name, else by its place."""
    if isinstance(name := values["name"], str):
        return f'workspace "{name}"'
    return place_in_words(values)


def place_in_words(values: ObjectValue) -> str:
    """The schema and the database of a warehouse, as far as they are known: what messages call its workspace."""
    settings = _get(members(values["warehouse"]), "settings")
    known = settings if isinstance(settings, dict) else {}
    return " of ".join(filter(None, (in_words(kind, known.get(kind)) for kind in ("schema", "database"))))


def in_words(kind: str, name: Any) -> str:
    """A schema or a database in messages; empty if it is not known, or may be a secret in the wrong place."""
    return "" if not isinstance(name, str) or _NO_NAME.search(name) else f'{kind} "{name}"'


def require_whole(state: ObjectValue) -> None:
    """Raise `DiagnosticError` for a state that lacks what tells a workspace, and what finds it."""
    warehouse = members(state["warehouse"])
    lacking = [name for name in ("id", "name", "warehouse") if not state[name]]
    if state["warehouse"]:
        lacking += [f"warehouse.{name}" for name in ("platform", "settings") if not warehouse[name]]
    if not lacking:
        settings = {name: value for name, value in warehouse["settings"].items() if value is not None}
        needed = offline_checks.needed_settings(warehouse["platform"])
        lacking = [f"warehouse.settings.{name}" for name in needed if name not in settings]
    if lacking:
        raise DiagnosticError(
            "State is damaged",
            f"The stored state has no {enumerated(lacking)}, which it had when it was written. Restore a backup "
            "of the state; or run terraform state rm krenalis_workspace.NAME, which leaves the warehouse as it is, and then "
            "terraform import krenalis_workspace.NAME 'ID'.",
        )


def definition(
    values: ObjectValue, config: ObjectValue | None = None, prior: ObjectValue | None = None
) -> Definition:
    """The definition that a configuration, a plan or a state holds.

    `config` gives a plan its write-only password: if nothing is there before, or as `prior` another password or version.
    """
    written = _setting(config, "password_wo") if config else None
    warehouse = address(values)
    if not isinstance(warehouse.settings, Mapping):
        written = None  # settings that are unknown as a whole may turn out to have none
    elif written is not None and _is_new(values, prior):
        warehouse = WarehouseAddress(warehouse.platform, {**warehouse.settings, "password": written})
    document, parsed = profile_schema_value.read(values["profile_schema"])
    ui_preferences = members(values["ui_preferences"])
    return Definition(
        name=_plain(values["name"]),
        document=document,
        profile_schema=parsed,
        warehouse=warehouse,
        mode=_plain(_get(members(values["warehouse"]), "mode")),
        user_profile=members(_get(ui_preferences, "user_profile")),
        identifiers=elements(values["identifiers"]),
        primary_sources=members(values["primary_sources"]),
        resolve_identities_on_batch_import=_plain(values["resolve_identities_on_batch_import"]),
        renames=members(values["renames"]),
        drop_columns=elements(values["drop_columns"]),
        writes_password=written is not None,
    )


def address(values: ObjectValue) -> WarehouseAddress:
    """The warehouse that a configuration, a plan or a state names."""
    described = members(values["warehouse"])
    settings = members(_get(described, "settings"))
    if settings is not UNKNOWN:
        settings = {name: value for name, value in settings.items() if name not in _WRITTEN_PASSWORD}
    return WarehouseAddress(_plain(_get(described, "platform")), settings)


def keeps_warehouse(state: ObjectValue) -> bool:
    """Whether destroying the workspace of a state leaves what its warehouse holds."""
    return state["on_destroy"] == ABANDON


def reference(state: ObjectValue, restricted_key: str | None = None) -> Reference:
    """How the workspace of a state is found."""
    return Reference(None if state["id"] is None else str(state["id"]), address(state), restricted_key)


def prior(state: ObjectValue) -> Prior:
    """The workspace of a prior state, as it was last seen."""
    seen = definition(state)
    workspace = seen.workspace(str(state["id"]))
    objects: Any = state["objects"] or {}
    columns: Any = state["profile_columns"] or {}
    observed = ObservedWorkspace(workspace, objects, columns)
    return Prior(reference(state), observed, seen.profile_schema.schema)


def place(state: ObjectValue) -> str:
    """What tells the warehouse of a state, its connection settings wholly known, from every other one."""
    return str(direct.place(address(state)))


def known_place(values: ObjectValue) -> Place | None:
    """The place of a warehouse whose settings are checked; None while anything is unknown that tells it."""
    warehouse = address(values)
    settings: Any = warehouse.settings
    if settings is UNKNOWN or warehouse.platform is UNKNOWN:
        return None
    known = {name: value for name, value in settings.items() if value is not UNKNOWN}
    try:
        return direct.place(WarehouseAddress(warehouse.platform, known))
    except KeyError:
        return None


def import_id(state: ObjectValue, workspace_id: str | None = None) -> str:
    """The id by which the workspace of a state, its connection settings wholly known, is imported.

    In a server that is the `workspace_id`.
    """
    if workspace_id is not None:
        return workspace_id
    from krenalis_provider.workspaces import import_id as ids  # noqa: PLC0415 - start-up: messages alone have ids

    return ids.spell(address(state))


def _setting(values: ObjectValue, name: str) -> Any:
    return _get(members(_get(members(values["warehouse"]), "settings")), name)


def _is_new(planned: ObjectValue, prior: ObjectValue | None) -> bool:
    """Whether the write-only password of a plan is to be given to the server."""
    if prior is None:
        return True
    versions = [_setting(values, "password_wo_version") for values in (prior, planned)]
    return versions[0] != versions[1] or _setting(prior, "password") is not None


def _plain(value: Any) -> Any:
    """A leaf in the domain's terms: whole numbers are ints."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def members(value: Any) -> Any:
    """The members of an object in the domain's terms; null is an object without any."""
    if isinstance(value, Unknown) or value is UNKNOWN:
        return UNKNOWN
    given: Mapping[str, Any] = value or {}
    return {name: _plain(member) for name, member in given.items()}


def password_problems(config: ObjectValue, problems: Sequence[Problem]) -> list[Problem]:
    """The problems of a configuration, with those of its write-only password at that attribute."""
    own, written = setting("password"), setting("password_wo")
    given = [_setting(config, name) for name in ("password", "password_wo")]
    if given[1] is None:
        return list(problems)
    if None not in given and UNKNOWN not in given:
        return [
            Problem(written, "password is set too: keep one of them; with this one, none is in the state."),
            *(problem for problem in problems if problem.path != own),
        ]
    return [Problem(written, problem.message) if problem.path == own else problem for problem in problems]


def elements(value: Any) -> Any:
    """The elements of a list in the domain's terms; null is a list without any."""
    return UNKNOWN if isinstance(value, Unknown) else [_plain(element) for element in value or ()]


def _get(members: Any, name: str) -> Any:
    return UNKNOWN if members is UNKNOWN else (members or {}).get(name)

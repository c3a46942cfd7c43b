"""One workspace of a plan: what ``terraform show -json`` says of its change, and the log's warnings about it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from krenalis_provider.command.review import domain, gone, lost, planned_sql, values
from krenalis_provider.command.review.files import elements, members, text_of
from krenalis_provider.command.review.log import Log, Told
from krenalis_provider.command.review.model import (
    Action,
    Column,
    Loss,
    Message,
    Setting,
    Sql,
    System,
    Tables,
    WorkspaceReview,
)
from krenalis_provider.command.review.secrets import Secrets
from krenalis_provider.command.review.shape import is_workspace
from krenalis_provider.resources.workspace.schema import ABANDON
from lightstart.records import replace

_ACTIONS: Final[Mapping[tuple[str, ...], Action]] = {
    ("create",): Action.CREATE,
    ("update",): Action.UPDATE,
    ("delete",): Action.DESTROY,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("forget",): Action.FORGET,
    ("create", "forget"): Action.FORGET_AND_CREATE,
    ("forget", "create"): Action.FORGET_AND_CREATE,
    ("no-op",): Action.NOTHING,
}
_ITS_OWN: Final = "replace_because_cannot_update"
_REASONS: Final[Mapping[str, str]] = {
    _ITS_OWN: "a value changes that only a new workspace can have",
    "replace_because_tainted": "Terraform holds it for damaged (tainted)",
    "replace_by_request": "asked for with -replace",
    "replace_by_triggers": "asked for by replace_triggered_by",
    "delete_because_no_resource_config": "its block is gone",
    "delete_because_no_module": "its module is gone",
    "delete_because_wrong_repetition": "count or for_each is another one",
    "delete_because_count_index": "count is lower",
    "delete_because_each_key": "its key of for_each is gone",
    "delete_because_no_move_target": "moved has no target",
}
_PLACE: Final = ("host", "account", "database", "schema")
_OLD_FIRST: Final = "the old workspace goes first"
_NEW_FIRST: Final = "the new workspace is made first (create_before_destroy)"


class UnknownChangeError(Exception):
    """A plan has actions or values that this version does not know; the text is a clause that says which."""


def review(
    change: Mapping[str, Any], drift: Mapping[str, Any], log: Log | None, secrets: Secrets
) -> WorkspaceReview:
    """What a change, and a drift of the same workspace, say of it. Raises `UnknownChangeError`."""
    of = members(change.get("change"))
    actions = tuple(map(str, elements(of.get("actions"))))
    if (action := _ACTIONS.get(actions)) is None:
        raise UnknownChangeError(f'the action "{", ".join(actions)}"')
    address = secrets.without(text_of(change.get("address")))
    for sides in (of, members(drift.get("change"))):
        if not all(is_workspace(sides.get(side)) for side in ("before", "after")):
            raise UnknownChangeError(f"values of {address} in another form")
    before, after = values.sides(of)
    if (before.value is None and action is not Action.CREATE) or (
        after.value is None and action not in _GOING
    ):
        raise UnknownChangeError(f"no values of {address}")
    name = _name(before, after, secrets)
    told = _told(text_of(change.get("address")), name, before, action, log, secrets)
    system = _system(before, after, values.sides(members(drift.get("change")))[0])
    importing = of.get("importing")
    stays = _stays(before, action, system)
    columns = _columns(before, after, action, stays=bool(stays))
    made_again = gone.made_again(before, after, action, secrets)
    sensitive = values.Side(of.get("after"), of.get("after_sensitive")).member("profile_schema")
    moved_from = secrets.without(text_of(change.get("previous_address")))
    whole = WorkspaceReview(
        address=address,
        name=name.text(secrets) or "",
        action=action,
        moved_from="" if moved_from == address else moved_from,
        deposed="deposed" in change,
        import_id=secrets.without(text_of(members(importing).get("id"))) if importing else None,
        order=_order(actions),
        reason=_REASONS.get(text_of(change.get("action_reason")), ""),
        system=system,
        warehouse=_warehouse(before, secrets) or _warehouse(after, secrets),
        warehouse_after=_warehouse(after, secrets),
        schema_changes=before.member("profile_schema").value != after.member("profile_schema").value,
        settings=() if action in _GOING else values.settings(before, after, secrets),
        columns=columns,
        made_again=made_again,
        gone=gone.with_data(before, after, drift, action, secrets),
        losses=tuple(_losses(before, after, action, system, columns or (), told, secrets)),
        stays=stays,
        along=told.along,
        unchecked=(
            *_unknown(of, action, secrets),
            *_not_looked(after, action, text_of(change.get("action_reason"))),
            *told.unchecked,
        ),
        warnings=told.others,
        messages=told.messages,
        sql=planned_sql.sql(
            before, after, action, system, is_sensitive=sensitive.is_sensitive, repairs=bool(made_again)
        ),
        drift=_drift(drift, secrets),
        is_gone=gone.is_deleted(drift),
        before=_tables(before, system),
        after=None if action in _GOING else _tables(after, system),
    )
    return _without_secrets(whole, secrets)


_GOING: Final = (Action.DESTROY, Action.FORGET)


def _told(
    address: str, name: values.Side, before: values.Side, action: Action, log: Log | None, secrets: Secrets
) -> Told:
    if log is None:
        return Told()
    called, id_ = (secrets.without(text_of(each.value)) for each in (name, before.member("id")))
    told = log.told_of(address, called, id_, lost.KINDS.get(action, ()))
    return told if action is Action.NOTHING else log.with_shared(told, address, called)


def _name(before: values.Side, after: values.Side, secrets: Secrets) -> values.Side:
    """The name before, by which messages call the workspace; of a new one, its name."""
    names = [side.member("name") for side in (before, after)]
    return next((each for each in names if each.text(secrets)), names[0])


def _warehouse(side: values.Side, secrets: Secrets) -> tuple[str, ...]:
    """The parts of the warehouse's address that tell it from others; nothing if the side has none."""
    warehouse = side.member("warehouse")
    places = [warehouse.member("settings").member(each) for each in _PLACE]
    return tuple(
        text for part in (warehouse.member("platform"), *places) if (text := part.text(secrets)) is not None
    )


def _platform(side: values.Side) -> str:
    return text_of(side.member("warehouse").member("platform").value)


def _system(*sides: values.Side) -> System:
    """Where a workspace lives: in server mode, a state has no objects. The first side that tells it counts."""
    for side in sides:
        objects = side.member("objects")
        if isinstance(objects.value, dict) and not objects.is_unknown:
            return System.DIRECT if objects.value else System.SERVER
    return System.UNKNOWN


def _order(actions: tuple[str, ...]) -> str:
    orders: Mapping[tuple[str, ...], str] = {
        ("delete", "create"): _OLD_FIRST,
        ("create", "delete"): _NEW_FIRST,
    }
    return orders.get(actions, "")


def _columns(
    before: values.Side, after: values.Side, action: Action, *, stays: bool
) -> tuple[Column, ...] | None:
    if after.member("profile_columns").is_unknown:
        return None
    if action in (Action.REPLACE, Action.FORGET_AND_CREATE):
        return domain.compared(None, after.value)
    return domain.compared(before.value, before.value if action in _GOING and stays else after.value)


def _losses(
    before: values.Side,
    after: values.Side,
    action: Action,
    system: System,
    columns: tuple[Column, ...],
    told: Told,
    secrets: Secrets,
) -> Iterator[Loss]:
    if action in (Action.DESTROY, Action.REPLACE):
        yield from lost.of_workspace(before, action, system, told)
    elif action is Action.UPDATE:
        yield from lost.of_columns(after, columns, told, secrets)


def _stays(before: values.Side, action: Action, system: System) -> str:
    if action in (Action.FORGET, Action.FORGET_AND_CREATE):
        return "Terraform forgets the workspace. It stays as it is, with its data."
    if action in (Action.DESTROY, Action.REPLACE) and before.member("on_destroy").value == ABANDON:
        if system is System.DIRECT:
            return "The warehouse stays as it is, with its data (on_destroy is abandon): Terraform only forgets it."
        return "The warehouse stays as it is, with its data (on_destroy is abandon)."
    return ""


def _unknown(of: Mapping[str, Any], action: Action, secrets: Secrets) -> Iterator[Message]:
    if action not in _GOING and (paths := [*values.unknown_paths(of.get("after_unknown"))]):
        yield Message(f"Not known before applying: {secrets.without(', '.join(paths))}")


def _not_looked(after: values.Side, action: Action, reason: str) -> Iterator[Message]:
    check = after.member("plan_check").value
    if action not in (*_GOING, Action.NOTHING) and check in ("off", "warn"):
        does = (
            "did not look into the warehouse"
            if check == "off"
            else "only warns of obstacles in the warehouse"
        )
        yield Message(f'plan_check is "{check}": the plan {does}')
    if action is Action.REPLACE and reason != _ITS_OWN:
        yield Message("Terraform shows no warnings of a replacement that was asked for")


def _drift(drift: Mapping[str, Any], secrets: Secrets) -> tuple[Setting, ...]:
    before, after = values.sides(members(drift.get("change")))
    if not isinstance(after.value, dict):
        return ()
    found = list(values.settings(before, after, secrets))
    for name in ("profile_columns", "objects"):
        old, new = members(before.member(name).value), members(after.member(name).value)
        for key in [*dict.fromkeys([*old, *new])]:
            if old.get(key) != new.get(key):
                texts = (None if value is None else str(value) for value in (old.get(key), new.get(key)))
                found.append(Setting(f"{name}.{key}", *texts))
    if before.member("profile_schema").value != after.member("profile_schema").value:
        found.append(Setting("profile_schema", "another document", "the document of the warehouse"))
    return tuple(found)


def _tables(side: values.Side, system: System) -> Tables | None:
    columns = side.member("profile_columns")
    if not isinstance(columns.value, dict) or columns.is_unknown:
        return None
    objects = members(side.member("objects").value)
    if system is System.SERVER:
        objects = domain.made_by_server(_platform(side))
    return Tables(
        tuple((name, text_of(kind)) for name, kind in objects.items()),
        tuple((name, text_of(type_)) for name, type_ in columns.value.items()),
    )


def _without_secrets(whole: WorkspaceReview, secrets: Secrets) -> WorkspaceReview:
    """The review with no secret in what is taken from the plan as it is."""
    clean = secrets.without

    def tables(of: Tables | None) -> Tables | None:
        if of is None:
            return None
        pairs = (
            tuple((clean(name), clean(type_)) for name, type_ in each) for each in (of.objects, of.columns)
        )
        return Tables(*pairs)

    return replace(
        whole,
        columns=None
        if whole.columns is None
        else tuple(
            Column(each.change, *map(clean, (each.before, each.before_type, each.after, each.after_type)))
            for each in whole.columns
        ),
        sql=Sql(tuple(map(clean, whole.sql.statements)), whole.sql.note),
        drift=tuple(
            Setting(clean(each.path), each.before and clean(each.before), each.after and clean(each.after))
            for each in whole.drift
        ),
        before=tables(whole.before),
        after=tables(whole.after),
    )

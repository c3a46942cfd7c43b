"""The SQL of a change, or a sentence on why it is not shown."""

from typing import Final

from krenalis_provider.command.review import domain, values
from krenalis_provider.command.review.model import Action, Sql, System
from krenalis_provider.resources.workspace.schema import ABANDON
from lightstart.records import replace

_DEFINING: Final = ("profile_schema", "identifiers", "primary_sources")
_REPAIR: Final = "Applying makes again what is missing; these statements are not shown."


def sql(
    before: values.Side,
    after: values.Side,
    action: Action,
    system: System,
    *,
    is_sensitive: bool,
    repairs: bool,
) -> Sql:
    """The SQL of an action; `is_sensitive` is whether the profile schema is, and a change that `repairs` makes objects again."""
    if action in (Action.NOTHING, Action.FORGET):
        return Sql()
    if action is Action.DESTROY:
        if before.member("on_destroy").value == ABANDON or system is System.SERVER:
            return Sql()
        return Sql(
            note="Applying drops exactly the objects that the provider made, and nothing that depends on them."
        )
    found = _made(before, after, action, system, is_sensitive=is_sensitive)
    return replace(found, note=f"{found.note} {_REPAIR}".strip()) if repairs else found


def _made(
    before: values.Side, after: values.Side, action: Action, system: System, *, is_sensitive: bool
) -> Sql:
    if is_sensitive:
        return Sql(note="The profile schema is sensitive, so the statements are not shown.")
    if after.member("profile_columns").is_unknown or after.member("migration").is_unknown:
        return Sql(note="The profile schema is not known before applying, and neither are the statements.")
    if action is not Action.UPDATE:
        return domain.sql(None, after.value, system)
    if all(before.member(name).value == after.member(name).value for name in _DEFINING):
        return Sql()
    return domain.sql(before.value, after.value, system)

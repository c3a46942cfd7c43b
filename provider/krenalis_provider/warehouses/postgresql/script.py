"""The statements of a change, but for the record's row: for sessions, and as a script."""

from collections.abc import Mapping, Sequence
from typing import Final

from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.change import Change
from krenalis_provider.warehouses.postgresql import identity_resolution, statements
from krenalis_provider.warehouses.postgresql.alterations import alterations
from krenalis_provider.warehouses.postgresql.dialect import NAMES
from krenalis_provider.warehouses.postgresql.relations import VIEW, Relation, Relations
from krenalis_provider.warehouses.postgresql.session import COMMIT, keeping
from krenalis_provider.warehouses.postgresql.sql import Statement
from krenalis_provider.warehouses.script import Script, SqlStatement

_BEGIN: Final = Statement("beginning a transaction", "BEGIN ISOLATION LEVEL READ COMMITTED")


def changing(
    schema: str,
    change: Change,
    present: Relations | None,
    columns: Sequence[ProfileColumn],
    identifiers: Sequence[str],
    primary_sources: Mapping[str, str],
) -> list[Statement]:
    """Carry out a change. `present` are the relations with profile columns, which a migration needs."""
    seen = change.snapshot
    profiles = seen.profiles or seen.new_profiles
    lacking = [name for name in change.make if name not in seen.ours]
    made = statements.create(schema, columns, lacking, profiles=profiles)
    if seen.profiles is None and profiles != NAMES.first_profiles:
        made.append(statements.note_version(schema, profiles))
    if change.migration and present:
        made = list(alterations(schema, profiles, present, change, change.migration, made))
    if change.makes_procedure:
        made.append(identity_resolution.create(schema, columns, identifiers, primary_sources))
    return made


def script(
    schema: str,
    change: Change,
    columns: Sequence[ProfileColumn],
    identifiers: Sequence[str],
    primary_sources: Mapping[str, str],
) -> Script:
    """See `Platform.script`. It is one transaction."""
    made = changing(schema, change, _as_made(change), columns, identifiers, primary_sources)
    kept = [keeping(["default_tablespace"])] if statements.TABLESPACE_AGAIN in made else []
    return Script(_texts([_BEGIN, *kept]), _texts(made), _texts([COMMIT]))


def _texts(made: Sequence[Statement]) -> tuple[SqlStatement, ...]:
    return tuple(
        SqlStatement(each.doing, each.query if isinstance(each.query, str) else each.query.as_string(None))
        for each in made
    )


def _as_made(change: Change) -> Relations:
    """The relations with profile columns as a creation makes them, before anybody says anything of them."""
    fixed = {
        krenalis_objects.IDENTITIES.name: krenalis_objects.IDENTITIES,
        change.snapshot.profiles: krenalis_objects.PROFILES,
    }
    tables = (
        _relation(name, tuple(column.name for column in fixed[name].columns), columns)
        for name, columns in change.present.items()
    )
    view = _relation(VIEW.name, VIEW.columns, change.snapshot.columns, shows=change.snapshot.profiles)
    return Relations(tuple(tables), view)


def _relation(
    name: str, fixed: tuple[str, ...], columns: Mapping[str, str], shows: str | None = None
) -> Relation:
    return Relation(
        name=name,
        owner="",
        is_own=True,
        owned=True,
        creators=(True, True),
        fixed=fixed,
        columns=columns,
        last=len(fixed) + len(columns),
        options=(),
        grants=(),
        has_plain_rights=True,
        granted_by_default=(),
        comments={},
        dependents=(),
        heirs=(),
        typed=False,
        partition=False,
        parents=(),
        inherited=frozenset(),
        can_be_given=True,
        can_be_locked=True,
        shows=shows,
    )

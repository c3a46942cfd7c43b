"""The relations with profile columns as they are: columns, rights, comments, and what others made on them.

Every role may read the catalogue, so a plan sees the same as an apply.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.rights import Dependent, dependents, looking_for_dependents
from krenalis_provider.warehouses.postgresql.session import Session
from krenalis_provider.warehouses.postgresql.sql import Statement
from krenalis_provider.warehouses.snapshot import Snapshot
from lightstart.records import Record

VIEW: Final = krenalis_objects.PROFILES_VIEW


class Grant(Record):
    """A privilege of a role, on a column or, where `column` is None, on the whole relation."""

    privilege: str
    grantee: str | None
    """None for PUBLIC."""
    grantable: bool
    column: str | None = None


class HeirColumn(NamedTuple):
    """A column of a table that inherits."""

    type: str
    shared: bool
    """Whether it comes from another table, too: then PostgreSQL neither renames it nor changes its type."""
    kept: bool
    """Whether it stays when it is dropped from our tables."""


class Heir(NamedTuple):
    """A table that inherits from one of ours, also by way of others: what is done to our columns is done to its."""

    name: str
    """With its schema."""
    owner: str
    owned: bool
    """Whether our role has the rights of the owner."""
    last: int
    """The number of the last column. Dropped columns keep their numbers."""
    columns: Mapping[str, HeirColumn]


class Relation(Record, kw_only=True):
    """A table or view."""

    name: str
    owner: str
    is_own: bool
    """Whether our role is the owner."""
    owned: bool
    """Whether our role has the rights of the owner."""
    creators: Sequence[bool]
    """Whether our role, and whether the owner, may create in the schema."""
    fixed: tuple[str, ...]
    """The columns that are not profile columns."""
    columns: Mapping[str, str]
    """The profile columns in order, name to SQL type."""
    last: int
    """The number of the last column. Dropped columns keep their numbers."""
    options: Sequence[str]
    """Options of the view, such as ``security_barrier=true``."""
    grants: Sequence[Grant]
    """All grants, the owner's included."""
    has_plain_rights: bool
    """Whether the relation has no access list of its own, and our role has no default privileges in the schema."""
    granted_by_default: Collection[str | None]
    """The grantees of our default privileges on new relations in the schema; None for PUBLIC."""
    comments: Mapping[str | None, str]
    """Comments by column; the comment of the relation itself is under None."""
    dependents: Sequence[Dependent]
    heirs: Sequence[Heir]
    """The tables that inherit from it."""
    typed: bool
    """Whether it was declared to be of a composite type, which decides its columns."""
    partition: bool
    """Whether it is a partition, which has the columns of its table."""
    parents: Sequence[str]
    """The tables that it inherits from, or is a partition of, as PostgreSQL spells their names."""
    inherited: frozenset[str]
    """The columns that come from a table that it inherits from."""
    can_be_given: bool
    """Whether our role may give an object to the owner."""
    can_be_locked: bool
    """Whether our role may lock it. An owner may have taken that right away."""
    shows: str | None
    """The table whose columns the view shows, all of its rows as they are; None for any other view."""


class Relations(Record):
    """The relations with profile columns that exist."""

    tables: tuple[Relation, ...]
    view: Relation | None

    @property
    def view_is_changed(self) -> bool:
        """Whether somebody has the view show something else than columns of the profiles table."""
        if self.view is None:
            return False
        profiles = [
            table
            for table in self.tables
            if table.name == self.view.shows != krenalis_objects.IDENTITIES.name
        ]
        shown = profiles[0].columns if profiles else {}
        is_plain = self.view.fixed == VIEW.columns and self.view.columns.keys() <= shown.keys()
        return not is_plain


def names(snapshot: Snapshot) -> list[str]:
    """The existing relations with profile columns, in the order in which readers of the view lock them."""
    names = (VIEW.name, snapshot.profiles, krenalis_objects.IDENTITIES.name)
    return [name for name in names if name in snapshot.ours]


def relations(session: Session, snapshot: Snapshot) -> Relations:
    """Look at the relations with profile columns. Raises `WarehouseError`."""
    seen = look_at(session, names(snapshot))
    tables = (seen.get(krenalis_objects.IDENTITIES.name), seen.get(snapshot.profiles or ""))
    return Relations(tuple(table for table in tables if table), seen.get(VIEW.name))


def look_at(session: Session, names: Collection[str]) -> dict[str, Relation]:
    """Look at the relations with these names that exist. Raises `WarehouseError`."""
    values = {"schema": session.schema, "names": list(names)}
    rows, depending, inheriting = session.run(
        [
            Statement("looking at the profile tables", _RELATIONS, values),
            looking_for_dependents(session.schema, names),
            Statement("looking for tables that inherit", _HEIRS, values),
        ]
    )
    tied, family = dependents(depending), _heirs(inheriting)
    return {row[0]: _relation(row, tied.get(row[0], []), family.get(row[0], [])) for row in rows}


def _heirs(rows: Iterable[Row]) -> dict[str, list[Heir]]:
    """The tables that inherit from each relation that has any."""
    found: dict[str, list[Heir]] = {}
    for relation, name, owner, owned, last, columns in rows:
        by_name = {column: HeirColumn(*facts) for column, *facts in columns}
        found.setdefault(relation, []).append(Heir(name, owner, owned, last, by_name))
    return found


def _relation(row: Row, tied: Sequence[Dependent], family: Sequence[Heir]) -> Relation:
    (
        name,
        owner,
        is_own,
        owned,
        creators,
        attributes,
        last,
        options,
        grants,
        plain,
        by_default,
        comments,
        *shape,
    ) = row
    typed, partition, parents, inherited, can_be_given, can_be_locked, definition = shape
    shown = _PLAIN.fullmatch(definition or "")
    fixed = _FIXED.get(name, _FIXED[krenalis_objects.PROFILES.name])
    return Relation(
        name=name,
        owner=owner,
        is_own=is_own,
        owned=owned,
        creators=creators,
        fixed=tuple(column for column, _ in attributes if column in fixed),
        columns={column: type_ for column, type_ in attributes if column not in fixed},
        last=last,
        options=options,
        grants=[Grant(*grant) for grant in grants],
        has_plain_rights=plain,
        granted_by_default=by_default,
        comments=dict(comments),
        dependents=tied,
        heirs=family,
        typed=typed,
        partition=partition,
        parents=parents,
        inherited=frozenset(inherited),
        can_be_given=can_be_given,
        can_be_locked=can_be_locked,
        shows=shown[1].strip('"') if shown else None,
    )


_NAME: Final = r'(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_]*)'
_SHOWN: Final = rf"{_NAME}(?:\.{_NAME})*(?: AS {_NAME})?"
_PLAIN: Final = re.compile(rf"\s*SELECT {_SHOWN}(?:,\s*{_SHOWN})*\s+FROM (?:{_NAME}\.)*({_NAME});")
"""The definition of a view that shows columns of one table, as PostgreSQL writes it."""

_FIXED: Final[Mapping[str, frozenset[str]]] = {
    VIEW.name: frozenset(VIEW.columns),
    **{table.name: frozenset(column.name for column in table.columns) for table in krenalis_objects.TABLES},
}

# Grantee 0 is PUBLIC. Without an ACL of its own, a relation has PostgreSQL's default ACL for its owner.
_RELATIONS: Final = """
WITH by_default AS (
    SELECT * FROM pg_default_acl
     WHERE defaclobjtype = 'r' AND defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
)
SELECT c.relname::text, pg_get_userbyid(c.relowner)::text, pg_get_userbyid(c.relowner) = current_user,
       pg_has_role(c.relowner, 'USAGE'),
       ARRAY[has_schema_privilege(n.oid, 'CREATE'), has_schema_privilege(c.relowner, n.oid, 'CREATE')],
       (SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
       (SELECT max(a.attnum)::int FROM pg_attribute a WHERE a.attrelid = c.oid),
       coalesce(c.reloptions, '{}'),
       (SELECT coalesce(json_agg(json_build_array(g.privilege_type, CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END,
                                                  g.is_grantable, g.attname)), '[]')
          FROM (SELECT g.*, NULL::name AS attname FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g
                UNION ALL
                SELECT g.*, a.attname FROM pg_attribute a, aclexplode(a.attacl) g
                 WHERE a.attrelid = c.oid AND NOT a.attisdropped) g),
       c.relacl IS NULL AND NOT EXISTS (SELECT FROM by_default d WHERE d.defaclnamespace IN (0, n.oid)),
       (SELECT coalesce(json_agg(CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END), '[]')
          FROM by_default d, aclexplode(d.defaclacl) g WHERE d.defaclnamespace IN (0, n.oid)),
       (SELECT coalesce(json_agg(json_build_array(a.attname, d.description) ORDER BY d.objsubid), '[]')
          FROM pg_description d LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = nullif(d.objsubid, 0)
         WHERE d.classoid = 'pg_class'::regclass AND d.objoid = c.oid),
       c.reloftype <> 0, c.relispartition,
       ARRAY(SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno),
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attinhcount > 0),
       pg_has_role(c.relowner, CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END),
       c.relkind = 'v' OR has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE'),
       CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) END
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[])
"""

# A column that comes from parents that are not ours stays, and one that a table declares itself.
_HEIRS: Final = """
WITH RECURSIVE ours AS (
    SELECT c.oid, c.relname AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[]) AND c.relkind IN ('r', 'p')
), family AS (
    SELECT oid, name FROM ours
    UNION
    SELECT i.inhrelid, f.name FROM family f JOIN pg_inherits i ON i.inhparent = f.oid
)
SELECT f.name::text, c.oid::regclass::text, pg_get_userbyid(c.relowner)::text,
       pg_has_role(c.relowner, 'USAGE'), (SELECT max(a.attnum)::int FROM pg_attribute a WHERE a.attrelid = c.oid),
       (SELECT coalesce(json_agg(json_build_array(
                   a.attname, format_type(a.atttypid, a.atttypmod),
                   a.attinhcount > (SELECT count(*) FROM pg_inherits i JOIN family p ON p.oid = i.inhparent
                                     WHERE i.inhrelid = c.oid AND p.name = f.name),
                   a.attislocal OR a.attinhcount > (SELECT count(*) FROM pg_inherits i
                                                     WHERE i.inhrelid = c.oid AND i.inhparent IN (SELECT oid FROM family)))),
               '[]')
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
  FROM family f JOIN pg_class c ON c.oid = f.oid
 WHERE f.oid NOT IN (SELECT oid FROM ours)
 ORDER BY 1, 2
"""

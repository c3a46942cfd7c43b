"""The relations with profile columns as they are: columns, rights, comments, and dependents.

Every role may read the catalogue, so a plan sees the same as an apply.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.session import Session, Statement
from krenalis_provider.warehouses.snapshot import Snapshot

VIEW: Final = krenalis_objects.PROFILES_VIEW


@dataclass(frozen=True, slots=True)
class Grant:
    """A privilege of a role, on a column or, where `column` is None, on the whole relation."""

    privilege: str
    grantee: str | None
    """None for PUBLIC."""
    grantable: bool
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Dependent:
    """An object that depends on a column or, where `column` is None, on the whole relation."""

    column: str | None
    object: str
    """As PostgreSQL describes it, such as ``view cdp.report``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table or view."""

    name: str
    owner: str
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


@dataclass(frozen=True, slots=True)
class Relations:
    """The relations with profile columns that exist."""

    tables: tuple[Relation, ...]
    view: Relation | None


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
    values = {"schema": session.schema, "names": list(names), "view": VIEW.name}
    rows, dependents = session.run(
        [
            Statement("looking at the profile tables", _RELATIONS, values),
            Statement("looking for what depends on the profile tables", _DEPENDENTS, values),
        ]
    )
    by_relation: dict[str, list[Dependent]] = {}
    for name, column, description in dependents:
        by_relation.setdefault(name, []).append(Dependent(column, description))
    return {row[0]: _relation(row, by_relation.get(row[0], [])) for row in rows}


def _relation(row: Row, dependents: Sequence[Dependent]) -> Relation:
    name, owner, owned, creators, attributes, last, options, grants, plain, by_default, comments = row
    fixed = _FIXED.get(name, _FIXED[krenalis_objects.PROFILES.name])
    return Relation(
        name=name,
        owner=owner,
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
        dependents=dependents,
    )


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
SELECT c.relname::text, pg_get_userbyid(c.relowner)::text, pg_has_role(c.relowner, 'USAGE'),
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
         WHERE d.classoid = 'pg_class'::regclass AND d.objoid = c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[])
"""

# A view depends on other relations through its rule. Objects that belong to a table's columns ("a"), such as indexes,
# are dropped with them, which is fine. But rules, triggers and defaults of the view would be lost without an error.
_DEPENDENTS: Final = """
WITH relation AS (
    SELECT c.oid, c.relname, c.relkind, c.reltype, t.typarray
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = c.reltype
     WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[])
)
SELECT DISTINCT r.relname::text, a.attname::text,
       CASE WHEN w.rulename = '_RETURN' THEN pg_describe_object('pg_class'::regclass, w.ev_class, 0)
            ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END
  FROM relation r
  JOIN pg_depend d ON (d.refclassid, d.refobjid) IN (('pg_class'::regclass, r.oid), ('pg_type'::regclass, r.reltype),
                                                     ('pg_type'::regclass, r.typarray))
  LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
  LEFT JOIN pg_attribute a ON d.refclassid = 'pg_class'::regclass AND a.attrelid = r.oid AND a.attnum = d.refobjsubid
                          AND d.refobjsubid > 0
 WHERE (d.deptype = 'n' OR r.relkind = 'v' AND d.deptype = 'a')
   AND NOT (coalesce(w.rulename, '') = '_RETURN' AND w.ev_class IN (SELECT oid FROM relation WHERE relname = %(view)s))
 ORDER BY 1, 3, 2
"""

"""The tables and the view with profile columns as they are: columns, rights, and what depends on them.

The catalogue is readable for every role, so a plan learns the same as an apply.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.found import Found
from krenalis_provider.warehouses.postgresql.connection import Row, Session, Statement

(VIEW,) = (view for view in catalog.VIEWS if view.has_profile_columns)


@dataclass(frozen=True, slots=True)
class Grant:
    """A privilege that a role has; on a column if it names one, else on the whole relation."""

    privilege: str
    grantee: str | None
    """None is everybody."""
    grantable: bool
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Dependent:
    """Something that needs a relation, or a column of it if it names one."""

    column: str | None
    object: str
    """In PostgreSQL's words, such as ``view cdp.report``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table or view."""

    name: str
    owner: str
    owned: bool
    """Whether we have the rights of its owner."""
    creators: tuple[bool, bool]
    """Whether we, and whether its owner, may create in the schema."""
    fixed: tuple[str, ...]
    """The columns that are not profile columns."""
    columns: Mapping[str, str]
    """Name to SQL type of the profile columns, in order."""
    last: int
    """The number of the last column; those that were dropped keep theirs."""
    options: tuple[str, ...]
    """Of the view, such as ``security_barrier=true``."""
    grants: tuple[Grant, ...]
    """Those of the owner among them."""
    has_plain_rights: bool
    """Whether nobody ever granted or revoked any on it as a whole, nor on what we create: its owner alone has all."""
    granted_by_default: frozenset[str | None]
    """To whom relations that we create in the schema are granted as soon as they are there."""
    comments: Mapping[str | None, str]
    """By column; that of the relation itself under None."""
    dependents: tuple[Dependent, ...]


@dataclass(frozen=True, slots=True)
class Relations:
    """The relations with profile columns; a table that is missing is not among them."""

    tables: tuple[Relation, ...]
    view: Relation | None
    """None where there is no view of that name."""


def names(found: Found) -> list[str]:
    """The relations with profile columns that are there, in the order in which readers of the view lock them."""
    ours = found.ours
    wanted = (VIEW.name, found.profiles, catalog.IDENTITIES.name)
    return [name for name in wanted if name in ours]


def relations(session: Session, schema: str, found: Found) -> Relations:
    """Look at the relations of a warehouse. Raises `PostgreSQLError`."""
    values = {"schema": schema, "names": names(found), "view": VIEW.name}
    rows, dependents = session.run(
        [
            Statement("looking at the profile tables", _RELATIONS, values),
            Statement("looking for what depends on the profile tables", _DEPENDENTS, values),
        ]
    )
    by_relation: dict[str, list[Dependent]] = {}
    for name, column, description in dependents:
        by_relation.setdefault(name, []).append(Dependent(column, description))
    seen = {row[0]: _relation(row, by_relation.get(row[0], [])) for row in rows}
    tables = (seen.get(catalog.IDENTITIES.name), seen.get(found.profiles or ""))
    return Relations(tuple(table for table in tables if table), seen.get(VIEW.name))


def _relation(row: Row, dependents: Sequence[Dependent]) -> Relation:
    (
        name,
        owner,
        owned,
        creates,
        owner_creates,
        attributes,
        last,
        options,
        grants,
        has_plain_rights,
        granted_by_default,
        comment,
    ) = row
    fixed = _FIXED.get(name, _FIXED[catalog.PROFILES.name])
    comments = {column: text for column, _, text in attributes if text is not None}
    return Relation(
        name=name,
        owner=owner,
        owned=owned,
        creators=(creates, owner_creates),
        fixed=tuple(column for column, _, _ in attributes if column in fixed),
        columns={column: type_ for column, type_, _ in attributes if column not in fixed},
        last=last,
        options=tuple(options or ()),
        grants=tuple(Grant(*grant) for grant in grants),
        has_plain_rights=has_plain_rights,
        granted_by_default=frozenset(granted_by_default),
        comments=comments if comment is None else {None: comment, **comments},
        dependents=tuple(dependents),
    )


_FIXED: Final[Mapping[str, frozenset[str]]] = {
    VIEW.name: frozenset(VIEW.columns),
    **{table.name: frozenset(column.name for column in table.columns) for table in catalog.TABLES},
}

# Grantee 0 is everybody. A relation without grants of its own has those that its owner gets by default.
_RELATIONS: Final = """
WITH by_default AS (
    SELECT * FROM pg_default_acl
     WHERE defaclobjtype = 'r' AND defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
)
SELECT c.relname::text, pg_get_userbyid(c.relowner)::text, pg_has_role(c.relowner, 'USAGE'),
       has_schema_privilege(n.oid, 'CREATE'), has_schema_privilege(c.relowner, n.oid, 'CREATE'),
       (SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod), d.description) ORDER BY a.attnum)
          FROM pg_attribute a LEFT JOIN pg_description d
               ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
       (SELECT max(a.attnum)::int FROM pg_attribute a WHERE a.attrelid = c.oid),
       c.reloptions,
       (SELECT coalesce(json_agg(json_build_array(g.privilege_type, CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END,
                                                  g.is_grantable, g.attname)), '[]')
          FROM (SELECT g.*, NULL::name AS attname FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g
                UNION ALL
                SELECT g.*, a.attname FROM pg_attribute a, aclexplode(a.attacl) g
                 WHERE a.attrelid = c.oid AND NOT a.attisdropped) g),
       c.relacl IS NULL AND NOT EXISTS (SELECT FROM by_default d WHERE d.defaclnamespace IN (0, n.oid)),
       (SELECT coalesce(json_agg(CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END), '[]')
          FROM by_default d, aclexplode(d.defaclacl) g WHERE d.defaclnamespace IN (0, n.oid)),
       obj_description(c.oid, 'pg_class')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[])
"""

# What belongs to a table's columns goes with them ("a"), as indexes do; what belongs to the view is lost with it,
# though no error would say so: rules, triggers, defaults. A view depends on others by its rule.
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

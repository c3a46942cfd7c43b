"""Whose the objects of a workspace are, and what of others depends on them.

The catalogue is readable for every role, so a plan learns what an apply would stumble over.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from krenalis_provider.warehouses import catalog
from krenalis_provider.warehouses.postgresql.connection import Session, Statement


@dataclass(frozen=True, slots=True)
class Ties:
    """What keeps objects from being dropped."""

    owners: Mapping[str, str]
    """Name to owner of the objects that only their owner may drop, and we are not."""
    dependents: tuple[str, ...]
    """Objects of others, in PostgreSQL's words, such as ``view cdp.report``."""


def foreign(session: Session, schema: str, names: Collection[str]) -> dict[str, str]:
    """Name to owner of the objects whose owner we are not, nor a member of its role."""
    return dict(session.run([Statement("looking who owns the objects", _FOREIGN, _values(schema, names))])[0])


def ties(session: Session, schema: str, names: Collection[str]) -> Ties:
    """What keeps the objects with these names from being dropped, all of them at once."""
    values = _values(schema, names)
    droppable, foreigners, dependents = session.run(
        [
            Statement("looking who owns the schema", _OWNS_SCHEMA, values),
            Statement("looking who owns the objects", _FOREIGN, values),
            Statement("looking for what depends on the objects", _DEPENDENTS, values),
        ]
    )
    owns_schema = droppable == [(True,)]
    return Ties({} if owns_schema else dict(foreigners), tuple(row[0] for row in dependents))


def _values(schema: str, names: Collection[str]) -> dict[str, object]:
    return {"schema": schema, "names": list(names), "procedure": catalog.RESOLVE_IDENTITIES}


# Relations and types share their names with each other, a procedure shares its own with functions alone.

# who owns the schema may drop what is in it
_OWNS_SCHEMA: Final = "SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = %(schema)s"

_FOREIGN: Final = """
SELECT o.name::text, pg_get_userbyid(o.owner)::text
  FROM pg_namespace n,
       LATERAL (SELECT relname, relowner FROM pg_class
                 WHERE relnamespace = n.oid AND relname <> %(procedure)s
                UNION ALL
                SELECT typname, typowner FROM pg_type
                 WHERE typnamespace = n.oid AND typrelid = 0 AND typname <> %(procedure)s
                UNION ALL
                SELECT proname, proowner FROM pg_proc
                 WHERE pronamespace = n.oid AND proname = %(procedure)s AND pronargs = 0) AS o (name, owner)
 WHERE n.nspname = %(schema)s AND o.name = ANY(%(names)s::name[]) AND NOT pg_has_role(o.owner, 'USAGE')
 ORDER BY 1
"""

# Tables and views are depended on as such and as types of rows, types also as arrays. What belongs to one of ours,
# as the rule of a view and the default of a column do, goes with it, and so do constraints and triggers on it.
_DEPENDENTS: Final = """
WITH ours AS (
    SELECT c.tableoid AS class, c.oid, c.reltype AS type
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[]) AND c.relname <> %(procedure)s
    UNION ALL
    SELECT t.tableoid, t.oid, t.oid
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE n.nspname = %(schema)s AND t.typname = ANY(%(names)s::name[]) AND t.typrelid = 0
       AND t.typname <> %(procedure)s
    UNION ALL
    SELECT p.tableoid, p.oid, 0
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = %(schema)s AND p.proname = %(procedure)s AND p.pronargs = 0
       AND p.proname = ANY(%(names)s::name[])
), needed AS (
    SELECT class, oid FROM ours
    UNION
    SELECT t.tableoid, unnest(ARRAY[t.oid, t.typarray]) FROM pg_type t JOIN ours ON ours.type = t.oid
), dependent AS (
    SELECT d.classid, d.objid, d.objsubid,
           CASE WHEN w.oid IS NOT NULL THEN 'pg_class'::regclass WHEN f.oid IS NOT NULL THEN 'pg_class'::regclass
                WHEN k.oid IS NOT NULL THEN 'pg_class'::regclass WHEN g.oid IS NOT NULL THEN 'pg_class'::regclass
                ELSE d.classid END AS class,
           coalesce(w.ev_class, f.adrelid, nullif(k.conrelid, 0), g.tgrelid, d.objid) AS oid, w.rulename
      FROM pg_depend d JOIN needed ON needed.class = d.refclassid AND needed.oid = d.refobjid
      LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
      LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
      LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
      LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
     WHERE d.deptype = 'n'
)
SELECT DISTINCT CASE WHEN rulename = '_RETURN' THEN pg_describe_object(class, oid, 0)
                     ELSE pg_describe_object(classid, objid, objsubid) END
  FROM dependent
 WHERE NOT EXISTS (SELECT FROM ours WHERE ours.class = dependent.class AND ours.oid = dependent.oid)
 ORDER BY 1
"""

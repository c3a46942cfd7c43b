"""Who owns the objects of a workspace, and which other objects depend on them.

Every role may read the catalogue, so a plan sees what would stop an apply.
"""

from collections.abc import Collection, Mapping
from typing import Final

from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.errors import Finding, Verdict
from krenalis_provider.model.wording import enumerated
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql.session import Session, Statement
from krenalis_provider.warehouses.postgresql.sql import identifier


def missing_ownership(role: str, owners: Mapping[str, str]) -> Finding:
    """A role is neither the owner of objects nor a member of the owner; `owners` are by object name."""
    listed = enumerated([f'"{name}" (owner {owner})' for name, owner in owners.items()])
    grants = " ".join(
        f"GRANT {identifier(owner)} TO {identifier(role)};" for owner in sorted(set(owners.values()))
    )
    return Finding(
        Verdict.ABSENT,
        setting("username"),
        "Missing right to change the warehouse",
        f'role "{role}" must own what is changed or dropped, or be a member of the owner, and does not '
        f"own {listed}. Connect as the owner, or let an administrator run: {grants}",
    )


def ties(session: Session, names: Collection[str]) -> tuple[bool, list[str]]:
    """Whether our role owns the schema, and which other objects depend on the objects with these names.

    The owner of a schema may drop every object in it. Dependents are as PostgreSQL describes them, such as
    ``view cdp.report``.
    """
    values = {
        "schema": session.schema,
        "names": list(names),
        "procedure": krenalis_objects.RESOLVE_IDENTITIES,
    }
    schemas, dependents = session.run(
        [
            Statement("looking who owns the schema", _OWNS_SCHEMA, values),
            Statement("looking for what depends on the objects", _DEPENDENTS, values),
        ]
    )
    return schemas == [(True,)], [row[0] for row in dependents]


def used_types(session: Session, relations: Collection[str]) -> list[str]:
    """The names of our types that relations of the schema use, which are not ours."""
    values = {
        "schema": session.schema,
        "relations": list(relations),
        "types": [type_.name for type_ in krenalis_objects.ENUM_TYPES],
    }
    rows = session.ask(Statement("looking for types in use", _USED_TYPES, values))
    return [name for (name,) in rows]


_OWNS_SCHEMA: Final = "SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = %(schema)s"

# Relations and types share one name space, procedures and functions another.
# Objects depend on a relation itself or on the type of its rows, and on a type or on the array type of it. The rules,
# defaults, constraints, triggers and policies of our own relations are no dependents: they are dropped with the relations.
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
    SELECT d.classid, d.objid, d.objsubid, w.rulename,
           coalesce(w.ev_class, f.adrelid, nullif(k.conrelid, 0), g.tgrelid, y.polrelid) AS relation
      FROM pg_depend d JOIN needed ON needed.class = d.refclassid AND needed.oid = d.refobjid
      LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
      LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
      LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
      LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
      LEFT JOIN pg_policy y ON d.classid = 'pg_policy'::regclass AND y.oid = d.objid
     WHERE d.deptype = 'n'
)
SELECT DISTINCT CASE WHEN rulename = '_RETURN' THEN pg_describe_object('pg_class'::regclass, relation, 0)
                     ELSE pg_describe_object(classid, objid, objsubid) END
  FROM dependent
 WHERE (CASE WHEN relation IS NULL THEN classid ELSE 'pg_class'::regclass END, coalesce(relation, objid))
       NOT IN (SELECT class, oid FROM ours)
 ORDER BY 1
"""

_USED_TYPES: Final = """
SELECT DISTINCT t.typname::text
  FROM pg_namespace n JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = ANY(%(types)s::name[]) AND t.typtype = 'e'
  JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray) AND d.objid <> t.typarray
  LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
  LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
  LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
  JOIN pg_class c ON c.oid = coalesce(f.adrelid, k.conrelid, w.ev_class, d.objid) AND c.relnamespace = n.oid
 WHERE n.nspname = %(schema)s AND c.relname = ANY(%(relations)s::name[])
 ORDER BY 1
"""

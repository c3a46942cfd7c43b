"""Who owns the objects of a workspace, which other objects depend on them, and which are dropped along.

Every role may read the catalogue, so a plan sees what would stop an apply. PostgreSQL drops some objects along without a
word, such as indexes, and refuses for others, such as views (docs/facts/postgresql.md, "What goes with a column").
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

from krenalis_provider.model.attribute_path import setting
from krenalis_provider.model.errors import Finding, Verdict
from krenalis_provider.model.wording import enumerated
from krenalis_provider.warehouses import krenalis_objects
from krenalis_provider.warehouses.postgresql.connection import Row
from krenalis_provider.warehouses.postgresql.session import Session
from krenalis_provider.warehouses.postgresql.sql import Statement, membership


class Tie(Enum):
    """What becomes of an object when what it is tied to is dropped."""

    REFUSES = "refuses"
    """It stays, and PostgreSQL refuses."""
    GOES = "goes"
    """It is dropped along."""
    BELONGS = "belongs"
    """It is a part of the column itself, such as its default."""


class Dependent(NamedTuple):
    """An object that is tied to a column or, where `column` is None, to the whole relation."""

    column: str | None
    object: str
    """As PostgreSQL describes it, such as ``view cdp.report``."""
    tie: Tie
    inherits: bool
    """Whether it is tied to a table that inherits from the relation."""
    fragile: bool
    """Whether it may not follow a change of the column's type, because of an expression, an operator or a key."""
    stores: bool
    """Whether it may hold rows of the relation's type."""
    on_ours: bool
    """Whether it is a part of one of the relations themselves, as a constraint is."""


class Ties(NamedTuple):
    """What decides whether objects of ours can be dropped, and what goes with them."""

    owns_schema: bool
    """Whether our role owns the schema: its owner may drop every object in it."""
    dependents: Sequence[str]
    """The other objects that depend on ours, as PostgreSQL describes them, such as ``view cdp.report``."""
    along: Mapping[str, Sequence[str]]
    """The objects of others that are dropped along, by the name of the relation."""
    columns: Mapping[str, Sequence[str]]
    """The columns of each of our tables."""


def missing_ownership(session: Session, owners: Mapping[str, str]) -> Finding:
    """Our role is neither the owner of objects nor a member of the owner; `owners` are by object name."""
    role = session.role
    listed = enumerated([f'"{name}" (owner {owner})' for name, owner in owners.items()])
    grants = " ".join(
        membership(owner, role, session.version, "INHERIT") for owner in sorted(set(owners.values()))
    )
    return Finding(
        Verdict.ABSENT,
        setting("username"),
        "Missing right to change the warehouse",
        f'role "{role}" must own what is changed or dropped, or be a member of the owner that inherits its rights, and does '
        f"not own {listed}. Connect as the owner, or let an administrator run: {grants}",
    )


def ties(session: Session, objects: Mapping[str, str]) -> Ties:
    """Look at what is tied to our objects, name to kind."""
    values = {
        "schema": session.schema,
        "names": list(objects),
        "procedure": krenalis_objects.RESOLVE_IDENTITIES,
        "aggregate": krenalis_objects.ARRAY_CAT_AGG,
    }
    relations = [name for name, kind in objects.items() if kind in ("table", "view")]
    schemas, depending, tied, attributes = session.run(
        [
            Statement("looking who owns the schema", _OWNS_SCHEMA, values),
            Statement("looking for what depends on the objects", _BLOCKING, values),
            looking_for_dependents(session.schema, relations),
            Statement("looking at the columns of the tables", _COLUMNS, {**values, "names": relations}),
        ]
    )
    described = {row[0]: None for row in depending}
    along: dict[str, dict[str, None]] = {}
    for relation, found in dependents(tied).items():
        goes = [dependent.object for dependent in found if dependent.tie is Tie.GOES]
        along[relation] = dict.fromkeys(goes)
        # what depends on that, such as another table's default on a sequence that a column owns
        described |= {d.object: None for d in found if d.tie is Tie.REFUSES and not d.on_ours}
    return Ties(
        owns_schema=schemas == [(True,)],
        dependents=list(described),
        along={relation: list(goes) for relation, goes in along.items() if goes},
        columns=dict(attributes),
    )


def used_types(session: Session, relations: Collection[str]) -> list[str]:
    """The names of our types that relations of the schema use, which are not ours."""
    values = {
        "schema": session.schema,
        "relations": list(relations),
        "types": [type_.name for type_ in krenalis_objects.ENUM_TYPES],
    }
    rows = session.ask(Statement("looking for types in use", _USED_TYPES, values))
    return [name for (name,) in rows]


def looking_for_dependents(schema: str, names: Collection[str]) -> Statement:
    """Ask for the dependents of the relations with these names, but for what we make ourselves; see `dependents`."""
    values = {"schema": schema, "names": list(names), "made": _MADE}
    return Statement("looking for what depends on the tables", _DEPENDENTS, values)


def dependents(rows: Iterable[Row]) -> dict[str, list[Dependent]]:
    """The dependents of each relation that has any."""
    found: dict[str, list[Dependent]] = {}
    for relation, column, object_, tie, *facts in rows:
        found.setdefault(relation, []).append(Dependent(column, object_, Tie(tie), *facts))
    return found


_MADE: Final = [
    *(index.name for index in krenalis_objects.INDEXES),
    *(f"{table.name}_pkey" for table in krenalis_objects.TABLES if table.primary_key),
]
"""The indexes and constraints that we make ourselves."""

# Begins with what depends on our relations and those that inherit from them: "n" refuses, "a" and "i" go
# along, also if there is an "n" beside, as of a check constraint. Goes on with what depends on what goes along; the
# constraint that an index belongs to does not go with it.
_DEPENDENTS: Final = """
WITH RECURSIVE relation AS (
    SELECT c.oid, c.relname AS name, c.relkind, c.reltype, false AS inherits
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[]) AND c.relkind IN ('r', 'p', 'v')
    UNION
    SELECT c.oid, r.name, c.relkind, c.reltype, true
      FROM relation r JOIN pg_inherits i ON i.inhparent = r.oid JOIN pg_class c ON c.oid = i.inhrelid
     WHERE c.relkind <> 'i'
), tied AS (
    SELECT r.name, r.inherits, a.attname, d.classid, d.objid, d.objsubid, d.deptype = 'n' AS refuses,
           d.deptype = 'i' AS belongs
      FROM relation r JOIN pg_type t ON t.oid = r.reltype
      JOIN pg_depend d ON (d.refclassid, d.refobjid) IN (('pg_class'::regclass, r.oid), ('pg_type'::regclass, r.reltype),
                                                         ('pg_type'::regclass, t.typarray))
      LEFT JOIN pg_attribute a ON d.refclassid = 'pg_class'::regclass AND a.attrelid = r.oid AND a.attnum = d.refobjsubid
                              AND d.refobjsubid > 0
     WHERE d.deptype IN ('n', 'a') OR d.deptype = 'i' AND a.attnum IS NOT NULL
    UNION
    SELECT t.name, t.inherits, t.attname, further.*, false
      FROM tied t, LATERAL (
          SELECT d.classid, d.objid, d.objsubid, d.deptype = 'n' FROM pg_depend d
           WHERE (d.refclassid, d.refobjid) = (t.classid, t.objid) AND t.objsubid IN (0, d.refobjsubid)
             AND d.deptype IN ('n', 'a', 'i')
          UNION ALL
          SELECT d.refclassid, d.refobjid, 0, true FROM pg_depend d
           WHERE (d.classid, d.objid) = (t.classid, t.objid) AND d.deptype = 'i' AND d.refclassid = 'pg_constraint'::regclass
      ) further
     WHERE NOT t.refuses
), merged AS (
    SELECT name, inherits, attname, classid, objid, objsubid, bool_and(refuses) AS refuses, bool_or(belongs) AS belongs
      FROM tied GROUP BY name, inherits, attname, classid, objid, objsubid
)
SELECT DISTINCT t.name::text, t.attname::text,
       CASE WHEN w.rulename = '_RETURN' THEN pg_describe_object('pg_class'::regclass, w.ev_class, 0)
            ELSE pg_describe_object(t.classid, t.objid, t.objsubid) END
       || CASE WHEN x.indisreplident THEN ' (the replica identity)' ELSE '' END,
       CASE WHEN t.refuses THEN 'refuses' WHEN t.belongs OR t.classid = 'pg_attrdef'::regclass THEN 'belongs' ELSE 'goes' END,
       t.inherits,
       CASE t.classid
            WHEN 'pg_class'::regclass THEN t.belongs OR x.indexprs IS NOT NULL OR x.indpred IS NOT NULL OR EXISTS (
                 SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod WHERE o.oid = ANY(x.indclass)
                    AND NOT (o.opcdefault AND m.amname IN ('btree', 'hash', 'gin', 'gist', 'brin')))
            WHEN 'pg_constraint'::regclass THEN k.contype NOT IN ('p', 'u')
            ELSE s.stxexprs IS NOT NULL END,
       t.classid = 'pg_type'::regclass OR t.classid = 'pg_class'::regclass AND t.objsubid > 0,
       EXISTS (SELECT FROM relation r WHERE NOT r.inherits AND r.oid IN (w.ev_class, k.conrelid, f.adrelid, p.polrelid, u.prrelid))
  FROM merged t
  LEFT JOIN pg_rewrite w ON t.classid = 'pg_rewrite'::regclass AND w.oid = t.objid
  LEFT JOIN pg_index x ON t.classid = 'pg_class'::regclass AND x.indexrelid = t.objid
  LEFT JOIN pg_constraint k ON t.classid = 'pg_constraint'::regclass AND k.oid = t.objid
  LEFT JOIN pg_attrdef f ON t.classid = 'pg_attrdef'::regclass AND f.oid = t.objid
  LEFT JOIN pg_policy p ON t.classid = 'pg_policy'::regclass AND p.oid = t.objid
  LEFT JOIN pg_publication_rel u ON t.classid = 'pg_publication_rel'::regclass AND u.oid = t.objid
  LEFT JOIN pg_class i ON i.oid = x.indexrelid
  LEFT JOIN pg_statistic_ext s ON t.classid = 'pg_statistic_ext'::regclass AND s.oid = t.objid
 WHERE NOT (coalesce(w.rulename, '') = '_RETURN' AND w.ev_class IN (SELECT oid FROM relation WHERE relkind = 'v'))
   AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = x.indexrelid AND o.contype IN ('p', 'u', 'x'))
   AND NOT EXISTS (SELECT FROM pg_trigger g WHERE t.classid = 'pg_trigger'::regclass AND g.oid = t.objid AND g.tgisinternal)
   AND coalesce(k.contype, '') <> 'n' AND NOT coalesce(k.conname, i.relname, '') = ANY(%(made)s::name[])
UNION
SELECT r.name::text, a.attname::text, 'NOT NULL', 'belongs', false, false, false, true
  FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND a.attnotnull AND NOT r.inherits
 ORDER BY 1, 3, 2
"""

_OWNS_SCHEMA: Final = "SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = %(schema)s"

_COLUMNS: Final = """
SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s::name[]) AND c.relkind IN ('r', 'p')
 GROUP BY c.relname
"""

# Relations and types share one name space, procedures and functions another.
# Objects depend on a relation itself or on the type of its rows, and on a type or on the array type of it. The rules,
# defaults, constraints, triggers, policies and publications of our own relations are no dependents: they are dropped with the relations.
_BLOCKING: Final = """
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
     WHERE n.nspname = %(schema)s AND p.proname = ANY(%(names)s::name[])
       AND (p.proname = %(procedure)s AND p.pronargs = 0
            OR p.proname = %(aggregate)s AND p.prokind = 'a' AND p.proargtypes::text = 'anycompatiblearray'::regtype::oid::text)
), needed AS (
    SELECT class, oid FROM ours
    UNION
    SELECT t.tableoid, unnest(ARRAY[t.oid, t.typarray]) FROM pg_type t JOIN ours ON ours.type = t.oid
), dependent AS (
    SELECT d.classid, d.objid, d.objsubid, w.rulename,
           coalesce(w.ev_class, f.adrelid, nullif(k.conrelid, 0), g.tgrelid, p.polrelid, u.prrelid) AS relation
      FROM pg_depend d JOIN needed ON needed.class = d.refclassid AND needed.oid = d.refobjid
      LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
      LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
      LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
      LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
      LEFT JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
      LEFT JOIN pg_publication_rel u ON d.classid = 'pg_publication_rel'::regclass AND u.oid = d.objid
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

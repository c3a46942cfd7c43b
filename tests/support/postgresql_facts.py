"""Everything that a PostgreSQL database holds, as facts that can be compared one by one.

A fact is of an object, as PostgreSQL describes it, such as ``column email of table cdp.people``; it has a kind, such as
``grant``, and a value. The facts come from PostgreSQL's catalogue, and from the rows of tables.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg import sql

from tests.support.postgresql import Database


class Fact(NamedTuple):
    """One thing that can be said of an object."""

    object: str
    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.object}: {self.kind} {self.value}"


def facts(
    database: Database, *, keyless: re.Pattern[str], passing: Mapping[str, Collection[str]]
) -> frozenset[Fact]:
    """All facts of the database, its roles' memberships included.

    A row is told from others by its values, except those of columns whose names match `keyless`. `passing` are the
    columns, by table, whose values are others each time.
    """
    with database.connect() as connection:
        for name, value in _SETTINGS.items():
            connection.execute(sql.SQL("SET {} TO {}").format(sql.Identifier(name), value))
        found = {Fact(*row) for query in _CATALOGUE for row in connection.execute(query)}
        for described, schema, name in connection.execute(_WITH_ROWS).fetchall():
            query = sql.SQL("SELECT to_jsonb(t) FROM ONLY {} t").format(sql.Identifier(schema, name))
            try:
                rows = [row for (row,) in connection.execute(query)]
            except psycopg.errors.InsufficientPrivilege:  # of a view's owner
                found.add(Fact(described, "rows", "cannot be read"))
            else:
                passes = passing.get(name, ())
                found |= {fact for row in rows for fact in _row(described, row, keyless, passes)}
        return frozenset(found)


def _row(
    table: str, row: Mapping[str, Any], keyless: re.Pattern[str], passing: Collection[str]
) -> Iterator[Fact]:
    """A fact of a row, and one of each value in it."""
    values = {name: value for name, value in row.items() if value is not None and name not in passing}
    key = json.dumps({name: value for name, value in values.items() if not keyless.match(name)})
    row_name = sha256(key.encode()).hexdigest()[:8]
    yield Fact(table, "row", row_name)
    for column, value in values.items():
        # a date that becomes a timestamp is the same moment
        text = json.dumps(value).replace("T00:00:00", "")
        yield Fact(f"column {column} of {table}", "value", f"{text} in row {row_name}")


_SETTINGS: Final = {"search_path": "pg_catalog", "quote_all_identifiers": "off", "DateStyle": "ISO"}
"""So that descriptions have all schemas, and are the same whatever the database sets."""

_WITH_ROWS: Final = """
SELECT pg_describe_object(c.tableoid, c.oid, 0), n.nspname, c.relname
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
   AND (c.relkind IN ('r', 'm') AND c.relispopulated OR c.relkind = 'v' AND c.relname IN ('profiles', 'events'))
"""

# grants are compared without the role that gave them: when a view is made anew, its owner gives all of them
_CATALOGUE: Final[tuple[LiteralString, ...]] = (
    """
    SELECT pg_describe_object(c.tableoid, c.oid, 0), f.kind, f.value
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL (VALUES
           ('kind', c.relkind::text || c.relpersistence::text), ('owner', c.relowner::regrole::text),
           ('options', (SELECT string_agg(o, ' ' ORDER BY o) FROM unnest(c.reloptions) o)),
           ('replica identity', c.relreplident::text),
           ('row security', nullif(concat_ws(' ', CASE WHEN c.relrowsecurity THEN 'enabled' END,
                                             CASE WHEN c.relforcerowsecurity THEN 'forced' END), '')),
           ('partition key', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END),
           ('partition', pg_get_expr(c.relpartbound, c.oid)),
           ('type', nullif(c.reloftype, 0)::regtype::text),
           ('tablespace', (SELECT spcname::text FROM pg_tablespace WHERE oid = c.reltablespace)),
           ('method', (SELECT amname::text FROM pg_am WHERE oid = c.relam)),
           ('filled', CASE WHEN c.relkind = 'm' THEN c.relispopulated::text END)) AS f (kind, value)
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
       AND f.value IS NOT NULL
    """,
    """
    SELECT pg_describe_object(c.tableoid, c.oid, 0), 'grant',
           format('%s to %s%s', g.privilege_type, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END,
                  CASE WHEN g.is_grantable THEN ' with grant option' END)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
           aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner))) g
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
       AND c.relkind NOT IN ('i', 'I', 'c')
    """,
    """
    SELECT pg_describe_object(c.tableoid, c.oid, a.attnum), f.kind, f.value
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum, LATERAL (VALUES
           ('type', format_type(a.atttypid, a.atttypmod)), ('not null', CASE WHEN a.attnotnull THEN 'yes' END),
           ('identity', nullif(a.attidentity::text, '')), ('generated', nullif(a.attgenerated::text, '')),
           ('default', pg_get_expr(d.adbin, d.adrelid)),
           ('collation', (SELECT collname::text FROM pg_collation WHERE oid = a.attcollation AND collname <> 'default')),
           ('statistics', nullif(a.attstattarget, -1)::text), ('storage', a.attstorage::text),
           ('compression', nullif(a.attcompression::text, '')), ('options', a.attoptions::text),
           ('inherited', CASE WHEN a.attinhcount > 0 THEN format('%s times, local %s', a.attinhcount, a.attislocal) END),
           ('position', CASE WHEN c.relkind IN ('v', 'm', 'c') THEN a.attnum::text END)) AS f (kind, value)
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
       AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('i', 'I', 'S') AND f.value IS NOT NULL
    """,
    """
    SELECT pg_describe_object(c.tableoid, c.oid, a.attnum), 'grant',
           format('%s to %s%s', g.privilege_type, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END,
                  CASE WHEN g.is_grantable THEN ' with grant option' END)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid,
           aclexplode(a.attacl) g
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT a.attisdropped
    """,
    """
    SELECT pg_describe_object(c.tableoid, c.oid, 0), 'definition',
           concat_ws(' ', pg_get_indexdef(i.indexrelid), CASE WHEN i.indisclustered THEN 'clustered' END,
                     CASE WHEN i.indisreplident THEN 'replica identity' END, CASE WHEN NOT i.indisvalid THEN 'invalid' END)
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    """,
    """
    SELECT pg_describe_object(k.tableoid, k.oid, 0), 'definition',
           concat_ws(' ', pg_get_constraintdef(k.oid), CASE WHEN k.coninhcount > 0 THEN 'inherited' END)
      FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND k.contype <> 't'
    """,
    """
    SELECT pg_describe_object(tableoid, oid, 0), f.kind, f.value
      FROM pg_statistic_ext, LATERAL (VALUES ('definition', pg_get_statisticsobjdef(oid)),
                                             ('owner', stxowner::regrole::text)) AS f (kind, value)
    """,
    """
    SELECT pg_describe_object(r.tableoid, r.oid, 0), 'definition', concat_ws(' ', pg_get_ruledef(r.oid), r.ev_enabled)
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
    """,
    """
    SELECT pg_describe_object(tableoid, oid, 0), 'definition', concat_ws(' ', pg_get_triggerdef(oid), tgenabled)
      FROM pg_trigger WHERE NOT tgisinternal
    """,
    """
    SELECT pg_describe_object(tableoid, oid, 0), 'definition',
           concat_ws(' ', polcmd, polpermissive, (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE r::regrole::text END, ',') FROM unnest(polroles) r),
                     pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
      FROM pg_policy
    """,
    """
    SELECT pg_describe_object(tableoid, oid, 0), 'definition',
           concat_ws(' ', pubowner::regrole, puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot)
      FROM pg_publication
    UNION ALL
    SELECT pg_describe_object(r.tableoid, r.oid, 0), 'definition',
           concat_ws(' ', 'published', pg_get_expr(r.prqual, r.prrelid),
                     (SELECT string_agg(a.attname::text, ',' ORDER BY a.attnum) FROM pg_attribute a
                       WHERE a.attrelid = r.prrelid AND a.attnum = ANY(r.prattrs)))
      FROM pg_publication_rel r
    UNION ALL
    SELECT pg_describe_object(tableoid, oid, 0), 'definition', 'published' FROM pg_publication_namespace
    """,
    """
    SELECT pg_describe_object(p.tableoid, p.oid, 0), f.kind, f.value
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, LATERAL (VALUES
           ('body', coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)),
           ('arguments', pg_get_function_arguments(p.oid)), ('result', pg_get_function_result(p.oid)),
           ('security definer', CASE WHEN p.prosecdef THEN 'yes' END), ('settings', p.proconfig::text),
           ('others', concat_ws(' ', p.provolatile, p.proparallel, p.proisstrict, p.proleakproof, p.procost, p.prorows)),
           ('owner', p.proowner::regrole::text)) AS f (kind, value)
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND f.value IS NOT NULL
    UNION ALL
    SELECT pg_describe_object(p.tableoid, p.oid, 0), 'grant',
           format('%s to %s%s', g.privilege_type, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END,
                  CASE WHEN g.is_grantable THEN ' with grant option' END)
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
           aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
    """,
    """
    SELECT pg_describe_object(t.tableoid, t.oid, 0), f.kind, f.value
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace, LATERAL (VALUES
           ('kind', t.typtype::text), ('owner', t.typowner::regrole::text),
           ('labels', (SELECT string_agg(e.enumlabel::text, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)),
           ('base', nullif(t.typbasetype, 0)::regtype::text),
           ('range of', (SELECT r.rngsubtype::regtype::text FROM pg_range r WHERE r.rngtypid = t.oid))) AS f (kind, value)
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)' AND f.value IS NOT NULL
    UNION ALL
    SELECT pg_describe_object(t.tableoid, t.oid, 0), 'grant',
           format('%s to %s', g.privilege_type, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END)
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace, aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) g
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND t.typtype IN ('e', 'd', 'r')
    """,
    """
    SELECT pg_describe_object(n.tableoid, n.oid, 0), 'owner', n.nspowner::regrole::text
      FROM pg_namespace n WHERE n.nspname !~ '^pg_(toast|temp)'
    UNION ALL
    SELECT pg_describe_object(n.tableoid, n.oid, 0), 'grant',
           format('%s to %s%s', g.privilege_type, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END,
                  CASE WHEN g.is_grantable THEN ' with grant option' END)
      FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) g WHERE n.nspname !~ '^pg_(toast|temp)'
    UNION ALL
    SELECT pg_describe_object(d.tableoid, d.oid, 0), 'grant',
           format('%s to %s%s', g.privilege_type, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END,
                  CASE WHEN g.is_grantable THEN ' with grant option' END)
      FROM pg_default_acl d, aclexplode(d.defaclacl) g
    """,
    """
    SELECT pg_describe_object(classoid, objoid, objsubid), 'comment', description
      FROM pg_description WHERE objoid >= 16384
    """,
    """
    SELECT pg_describe_object(tableoid, oid, 0), 'definition',
           concat_ws(' ', evtevent, evtowner::regrole, evtenabled, evtfoid::regproc, evttags::text)
      FROM pg_event_trigger
    UNION ALL
    SELECT pg_describe_object('pg_class'::regclass, inhrelid, 0), 'inherits',
           pg_describe_object('pg_class'::regclass, inhparent, 0) || ' ' || inhseqno
      FROM pg_inherits
    UNION ALL
    SELECT pg_describe_object('pg_class'::regclass, seqrelid, 0), 'sequence',
           concat_ws(' ', seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcycle)
      FROM pg_sequence
    UNION ALL
    SELECT pg_describe_object(classid, objid, objsubid), 'belongs to', pg_describe_object(refclassid, refobjid, refobjsubid)
      FROM pg_depend JOIN pg_class c ON c.oid = objid AND c.relkind = 'S'
     WHERE classid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND refclassid = 'pg_class'::regclass
    UNION ALL
    SELECT pg_describe_object(tableoid, oid, 0), 'cast', concat_ws(' ', castfunc::regproc, castcontext, castmethod)
      FROM pg_cast WHERE oid >= 16384
    UNION ALL
    SELECT 'database', 'setting', concat_ws(' ', nullif(setrole, 0)::regrole, setconfig::text)
      FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL
    SELECT 'role ' || roleid::regrole, 'member', member::regrole::text FROM pg_auth_members
    UNION ALL
    SELECT pg_describe_object(l.tableoid, l.oid, 0), 'grant',
           format('%s to %s', g.privilege_type, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END)
      FROM pg_language l, aclexplode(coalesce(l.lanacl, acldefault('l', l.lanowner))) g WHERE l.lanpltrusted
    UNION ALL
    SELECT 'database', 'grant', format('%s to %s', g.privilege_type, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END)
      FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) g WHERE d.datname = current_database()
    """,
)

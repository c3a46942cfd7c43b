"""From one profile schema to another: column operations, renames, losses."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.model.profile_columns import ProfileColumn, profile_columns
from krenalis_provider.model.profile_schema import Type, parse
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.warehouses.migration.compute import Migration, migrate
from krenalis_provider.warehouses.migration.operations import (
    AddColumn,
    DropColumn,
    RenameColumn,
    ReplaceColumn,
    WidenColumn,
    Widening,
)
from krenalis_provider.warehouses.names import Names
from krenalis_provider.warehouses.postgresql import dialect
from tests.support.profile_schemas import Document, documents

TYPES = {
    "text": Type("string"),
    "text5": Type("string", (("maxLength", 5),)),
    "text9": Type("string", (("maxLength", 9),)),
    "int": Type("int", (("bitSize", 32),)),
    "long": Type("int", (("bitSize", 64),)),
    "json": Type("json"),
}


def columns(schema: str) -> list[ProfileColumn]:
    """Columns written as ``email address.city:text5``; without a type they are text."""
    parts = [part.partition(":") for part in schema.split()]
    return [
        ProfileColumn(path.replace(".", "_"), PropertyPath.parse(path), TYPES[type_ or "text"])
        for path, _, type_ in parts
    ]


def typed(schema: str | Sequence[ProfileColumn]) -> dict[str, str]:
    listed = columns(schema) if isinstance(schema, str) else schema
    return {column.name: dialect.column_type(column.type) for column in listed}


def migration(
    before: str,
    after: str,
    *,
    renames: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
    present: str | None = None,
    mode: WarehouseMode = WarehouseMode.NORMAL,
) -> Migration:
    return migrate(
        dialect,
        present=typed(before if present is None else present),
        before=columns(before),
        after=columns(after),
        renames=renames or {},
        drop_columns=drop,
        mode=mode,
    )


def clauses(made: Migration) -> list[str]:
    """The operations as a plan shows them, without quotes and with short types."""
    texts = (dialect.clause(operation).replace('"', "") for operation in made.operations)
    return [
        text.replace("COLUMN ", "").replace("character varying", "text").replace("integer", "int")
        for text in texts
    ]


@pytest.mark.parametrize(
    ("before", "after", "options", "expected"),
    [
        ("a b", "a b", {}, []),
        ("a b", "b a", {}, []),
        ("a", "a b", {}, ["ADD b text"]),
        ("a", "b a c:int", {}, ["ADD b text", "ADD c int"]),
        ("a b", "a", {"drop": ["b"]}, ["DROP b"]),
        ("o.a o.b c", "c", {"drop": ["o"]}, ["DROP o_a", "DROP o_b"]),
        ("a b", "c a", {"drop": ["b"]}, ["DROP b", "ADD c text"]),
        ("a", "b", {"renames": {"b": "a"}}, ["RENAME a TO b"]),
        ("a", "x.b", {"renames": {"x.b": "a"}}, ["RENAME a TO x_b"]),
        ("o.a o.b", "p.a p.b", {"renames": {"p": "o"}}, ["RENAME o_a TO p_a", "RENAME o_b TO p_b"]),
        ("o.i.a", "p.i.a", {"renames": {"p": "o"}}, ["RENAME o_i_a TO p_i_a"]),
        # an object that loses and gains properties on the way
        (
            "o.a o.b",
            "p.a p.c",
            {"renames": {"p": "o"}, "drop": ["o.b"]},
            ["DROP o_b", "RENAME o_a TO p_a", "ADD p_c text"],
        ),
        # an inner rename decides before that of the object around it
        (
            "o.a o.b",
            "p.a p.c",
            {"renames": {"p": "o", "p.c": "o.b"}},
            ["RENAME o_a TO p_a", "RENAME o_b TO p_c"],
        ),
        # inner renames say all that the one of the object around them does not
        ("x.a", "x2.a2", {"renames": {"x2": "x", "x2.a2": "x.a"}}, ["RENAME x_a TO x2_a2"]),
        (
            "x.a x.b",
            "x2.a2 x2.b2",
            {"renames": {"x2": "x", "x2.a2": "x.a", "x2.b2": "x.b"}},
            ["RENAME x_a TO x2_a2", "RENAME x_b TO x2_b2"],
        ),
        (
            "x.i.a x.b",
            "y.j.a y.c",
            {"renames": {"y": "x", "y.j": "x.i", "y.c": "x.b"}},
            ["RENAME x_i_a TO y_j_a", "RENAME x_b TO y_c"],
        ),
        (
            "x.a x.b",
            "x2.a2 x2.c",
            {"renames": {"x2": "x", "x2.a2": "x.a"}, "drop": ["x.b"]},
            ["DROP x_b", "RENAME x_a TO x2_a2", "ADD x2_c text"],
        ),
        ("o", "p.a", {"renames": {"p": "o", "p.a": "o"}}, ["RENAME o TO p_a"]),
        ("x2.a2", "x2.a2", {"renames": {"x2": "x", "x2.a2": "x.a"}}, []),
        ("x.a", "x3.a2", {"renames": {"x2": "x", "x2.a2": "x.a", "x3": "x2"}}, ["RENAME x_a TO x3_a2"]),
        ("o.a n.c", "p.a p.c n.c", {"renames": {"o": "n", "p": "o"}}, ["RENAME o_a TO p_a", "ADD p_c text"]),
        # one for a property wins over that of the object around it before, too
        (
            "x.a x.b",
            "z x2.a x2.b",
            {"renames": {"x2": "x", "z": "x.a"}},
            ["RENAME x_a TO z", "RENAME x_b TO x2_b", "ADD x2_a text"],
        ),
        (
            "x.a x.b",
            "z p.q.r.a p.q.r.b",
            {"renames": {"p.q.r": "x", "z": "x.a"}},
            ["RENAME x_a TO z", "RENAME x_b TO p_q_r_b", "ADD p_q_r_a text"],
        ),
        # a path that has the same column
        ("o_a", "o.a", {}, []),
        ("o_a", "o.a", {"renames": {"o.a": "o_a"}}, []),
        # chains
        ("a b", "b c", {"renames": {"b": "a", "c": "b"}}, ["RENAME b TO c", "RENAME a TO b"]),
        ("b a", "b c", {"renames": {"c": "b", "b": "a"}}, ["RENAME b TO c", "RENAME a TO b"]),
        (
            "a b c",
            "b c d",
            {"renames": {"c": "b", "b": "a", "d": "c"}},
            ["RENAME c TO d", "RENAME b TO c", "RENAME a TO b"],
        ),
        ("a", "c", {"renames": {"b": "a", "c": "b"}}, ["RENAME a TO c"]),
        # over a column that goes
        ("a b", "b", {"renames": {"b": "a"}, "drop": ["b"]}, ["DROP b", "RENAME a TO b"]),
        # entries of former changes
        ("b", "b", {"renames": {"b": "a"}}, []),
        ("b", "b c", {"renames": {"b": "a"}}, ["ADD c text"]),
        ("b", "c", {"renames": {"b": "a", "c": "b"}}, ["RENAME b TO c"]),
        ("c", "c", {"renames": {"b": "a", "c": "b"}}, []),
        ("c d", "d", {"renames": {"c": "b"}, "drop": ["c"]}, ["DROP c"]),
        ("a b", "a b", {"renames": {"b": "a"}}, []),
        ("a b", "a b", {"renames": {"t": "a", "a": "b", "b": "t"}}, []),
        ("p.a", "p.a", {"renames": {"p": "o"}}, []),
        ("a", "a", {"drop": ["gone", "o.p"]}, []),
        # types
        ("a:text5", "a:text9", {}, ["ALTER a TYPE text(9)"]),
        ("a:int", "a:long", {}, ["ALTER a TYPE bigint"]),
        ("a:text5", "b:text", {"renames": {"b": "a"}}, ["RENAME a TO b", "ALTER b TYPE text"]),
        ("a:text9", "a:text5", {"drop": ["a"]}, ["DROP a, ADD a text(5)"]),
        ("a:text", "b:int", {"renames": {"b": "a"}, "drop": ["a"]}, ["DROP a", "ADD b int"]),
        # made by hand: a column of the very type is adopted, one of a dropped column's name is no stranger
        ("a", "a b", {"present": "a b"}, []),
        ("a", "b", {"renames": {"b": "a"}, "present": "b"}, []),
        # lost by hand
        ("a b", "a b", {"present": "a"}, ["ADD b text"]),
        ("a b", "a", {"present": "a"}, []),
        ("a", "b", {"renames": {"b": "a"}, "present": "x"}, ["ADD b text"]),
        # drift is kept; a change of the schema's type starts from what is there
        ("a:text5", "a:text5", {"present": "a:json"}, []),
        ("a:text5", "b:text5", {"present": "a:json", "renames": {"b": "a"}}, ["RENAME a TO b"]),
        ("a:text5", "a:text9", {"present": "a:text9"}, []),
        ("a:text5", "a:text9", {"present": "a:json", "drop": ["a"]}, ["DROP a, ADD a text(9)"]),
    ],
)
def test_a_change_of_schema_has_its_operations(
    before: str, after: str, options: dict[str, Any], expected: list[str]
) -> None:
    made = migration(before, after, **options)
    assert (clauses(made), made.problems) == (expected, ())


@pytest.mark.parametrize(
    ("before", "after", "options", "path", "message"),
    [
        ("a b", "b a", {"renames": {"a": "b", "b": "a"}}, "renames", "take each other's names"),
        (
            "a b c",
            "a b c",
            {"renames": {"a": "c", "b": "a", "c": "b"}},
            "renames",
            "to a third name and apply",
        ),
        ("a", "b c", {"renames": {"b": "a", "c": "a"}}, 'renames["c"]', 'is renamed by renames["b"] too'),
        ("a", "a b", {"renames": {"b": "a"}}, 'renames["b"]', '"a" is still in the profile schema'),
        (
            "email",
            "mail",
            {"renames": {"mai": "email"}},
            'renames["mai"]',
            'did you mean "mail"? "email" would be dropped',
        ),
        (
            "email",
            "email mail",
            {"renames": {"mail": "emial"}},
            'renames["mail"]',
            'no property "emial": did you mean "email"?',
        ),
        (
            "o.a",
            "p",
            {"renames": {"p": "o"}},
            'renames["p"]',
            'only an object can become an object, and "p" is a single property: name one in the object "o" instead',
        ),
        (
            "o",
            "p.a",
            {"renames": {"p": "o"}},
            'renames["p"]',
            'only an object can become an object, and "o" is a single property: name one in the object "p" instead',
        ),
        (
            "x.a x.b",
            "x2.a2 x2.b2",
            {"renames": {"x2": "x"}},
            'renames["x2"]',
            'Add an entry for each that goes on under another name, from "x2" and a name in it to one of "x.a" and "x.b"',
        ),
        # a new property of the same type is probably what it becomes
        (
            "o.a b:int",
            "o.c b:int d:int",
            {},
            "drop_columns",
            'If it becomes "o.c", set renames = { "o.c" = "o.a" }. Else list "o.a" here to permit that.',
        ),
        (
            "a",
            "b c",
            {},
            "drop_columns",
            'List "a" here to permit that, or in renames the property that it becomes.',
        ),
        # what the deeper entries leave out
        (
            "x.a x.b",
            "x2.a2 x2.b2",
            {"renames": {"x2": "x", "x2.a2": "x.a"}},
            "drop_columns",
            'property "x.b" goes, and column "x_b" with its data. If it becomes "x2.b2"',
        ),
        # an entry from elsewhere says nothing of the object
        (
            "x.a y",
            "x2.a2",
            {"renames": {"x2": "x", "x2.a2": "y"}},
            'renames["x2"]',
            '"x2" has none of the properties of "x"',
        ),
        (
            "o.a o.b",
            "o.a p.a p.b",
            {"renames": {"p": "o"}},
            'renames["p"]',
            "remove it there, or have entries for the others instead of this one",
        ),
        (
            "o.a o.b",
            "p.a p.b q.a",
            {"renames": {"p": "o", "q": "o"}},
            'renames["q"]',
            'renamed by renames["p"] too',
        ),
        (
            "a",
            "b",
            {"renames": {"b": "a"}, "present": "a b"},
            "profile_schema",
            "one of that name, of type character varying",
        ),
        ("a", "a b:int", {"present": "a b"}, "profile_schema", "drop or rename it by hand"),
        ("a b", "a", {}, "drop_columns", 'property "b" goes, and column "b" with its data. List "b" here'),
        ("o.a o.b", "o.a", {}, "drop_columns", 'List "o.b" here'),
        (
            "a points",
            "a",
            {"drop": ["point"]},
            "drop_columns",
            'The entry "point" names no property now: did you mean "points"?',
        ),
        (
            "a o.points",
            "a",
            {"drop": ["oo"]},
            "drop_columns",
            'The entry "oo" names no property now: did you mean "o"?',
        ),
        ("a b", "b", {"renames": {"b": "a"}}, "drop_columns", 'property "b" goes'),
        (
            "a:long",
            "a:int",
            {},
            "drop_columns",
            "changes from bigint to integer, which does not hold every value",
        ),
        ("a:long", "b:int", {"renames": {"b": "a"}}, "drop_columns", 'list "a" here'),
        ("a", "a b", {"mode": WarehouseMode.INSPECTION}, "warehouse.mode", '"Inspection" refuses changes'),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_remedy(
    before: str, after: str, options: dict[str, Any], path: str, message: str
) -> None:
    found = migration(before, after, **options).problems
    assert [problem for problem in found if str(problem.path) == path and message in problem.message], found


def test_losses_are_listed_permitted_or_not() -> None:
    made = migration("a b:long o.c o.d", "b:int", drop=["b", "o"])
    assert [(str(loss.path), loss.column, loss.becomes, loss.permitted) for loss in made.losses] == [
        ("b", "b", "integer", True),
        ("a", "a", None, False),
        ("o.c", "o_c", None, True),
        ("o.d", "o_d", None, True),
    ]
    assert len(made.problems) == 1


def test_a_column_that_is_not_there_any_more_is_no_loss() -> None:
    made = migration("a b", "a", present="a")
    assert (made.losses, made.operations) == ((), ())


def test_columns_of_no_schema_are_kept() -> None:
    made = migration("a", "a b", present="strange:int a")
    assert made.columns == {"strange": "integer", "a": "character varying", "b": "character varying"}


def test_a_missing_table_is_made_with_the_new_columns_while_the_other_table_migrates() -> None:
    made = migrate(
        dialect,
        present=None,
        before=columns("a b"),
        after=columns("c b d"),
        renames={"c": "a"},
        drop_columns=(),
        mode=None,
    )
    assert clauses(made) == ["RENAME a TO c", "ADD d text"]
    assert made.expected == {}
    assert list(made.columns) == ["c", "b", "d"]


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [("a b", "a b", False), ("a b", "b a", False), ("o_a", "o.a", False), ("a", "a b", True)],
)
def test_another_order_is_no_change(before: str, after: str, *, changes: bool) -> None:
    assert migration(before, after).changes is changes


@pytest.mark.parametrize(("before", "after"), [("a b", "b a"), ("o_a", "o.a"), ("a", "a")])
def test_inspection_refuses_nothing_that_changes_no_column(before: str, after: str) -> None:
    assert migration(before, after, mode=WarehouseMode.INSPECTION).problems == ()


def test_a_column_that_only_the_other_table_lacks_is_a_change() -> None:
    assert migration("a", "a b", present="a b").changes


def test_a_missing_column_is_repaired_whatever_the_mode() -> None:
    made = migration("a b", "a b", present="a", mode=WarehouseMode.INSPECTION)
    assert (clauses(made), made.changes, made.problems) == (["ADD b text"], True, ())


@pytest.mark.parametrize(
    ("before", "after", "options", "gone"),
    [
        ("a b", "a b", {"present": "a"}, ("b",)),
        ("a b", "a c", {"present": "a", "renames": {"c": "b"}}, ("c",)),
        ("a b", "a c", {"present": "a c", "renames": {"c": "b"}}, ()),  # renamed by hand
        ("a", "a b", {}, ()),
        ("a b", "a", {"present": "a"}, ()),
    ],
)
def test_columns_that_are_missing_and_added_again_are_known(
    before: str, after: str, options: dict[str, Any], gone: tuple[str, ...]
) -> None:
    assert migration(before, after, **options).gone == gone


def test_columns_whose_change_rewrites_the_table_are_known() -> None:
    assert migration("a:int b:text5", "a:long b:text9").rewrites == ("a",)


def test_a_platform_that_folds_names_has_nothing_to_do_for_another_case() -> None:
    class Folding:
        NAMES = Names(str.upper, ("table",))
        column_type = staticmethod(dialect.column_type)
        widening = staticmethod(dialect.widening)

    folding: Any = Folding()
    made = migrate(
        folding,
        present={"EMAIL": "character varying"},
        before=columns("email"),
        after=columns("Email tier"),
        renames={"Email": "email"},
        drop_columns=(),
        mode=None,
    )
    assert made.operations == (AddColumn("TIER", "character varying"),)


def test_another_case_is_another_column_where_names_keep_it() -> None:
    assert clauses(migration("email", "Email", renames={"Email": "email"})) == ["RENAME email TO Email"]


@pytest.mark.parametrize(
    ("operation", "clause"),
    [
        (AddColumn("tier", "character varying(20)"), 'ADD COLUMN "tier" character varying(20)'),
        (RenameColumn("email", "contact_email"), 'RENAME COLUMN "email" TO "contact_email"'),
        (WidenColumn("n", "bigint", "integer", True), 'ALTER COLUMN "n" TYPE bigint'),  # noqa: FBT003 - a row
        (DropColumn("n"), 'DROP COLUMN "n"'),
        (ReplaceColumn("n", "date"), 'DROP COLUMN "n", ADD COLUMN "n" date'),
        (DropColumn('odd"name'), 'DROP COLUMN "odd""name"'),
    ],
)
def test_a_plan_shows_the_clause_that_is_executed(operation: Any, clause: str) -> None:
    assert dialect.clause(operation) == clause


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("character varying(5)", "character varying(9)", Widening.IN_PLACE),
        ("character varying(5)", "character varying", Widening.IN_PLACE),
        ("character varying(9)", "character varying(5)", Widening.NO),
        ("character varying", "character varying(5)", Widening.NO),
        ("text", "character varying", Widening.NO),
        ("numeric(5,2)", "numeric(9,2)", Widening.IN_PLACE),
        ("numeric(5,2)", "numeric(9,4)", Widening.REWRITES),
        ("numeric(5,2)", "numeric(5,3)", Widening.NO),
        ("numeric(5,2)", "numeric(9,1)", Widening.NO),
        ("numeric", "numeric(9,1)", Widening.NO),
        ("smallint", "integer", Widening.REWRITES),
        ("bigint", "integer", Widening.NO),
        ("bigint", "numeric(19,0)", Widening.REWRITES),
        ("bigint", "numeric(20,2)", Widening.NO),
        ("bigint", "double precision", Widening.NO),
        ("integer", "character varying", Widening.NO),
        ("real", "double precision", Widening.REWRITES),
        ("double precision", "real", Widening.NO),
        ("date", "timestamp without time zone", Widening.REWRITES),
        ("timestamp without time zone", "date", Widening.NO),
        ("uuid", "character varying(36)", Widening.REWRITES),
        ("uuid", "character varying(35)", Widening.NO),
        ("inet", "character varying", Widening.NO),
        ("character varying(5)[]", "character varying[]", Widening.IN_PLACE),
        ("character varying(5)[]", "character varying(9)[]", Widening.REWRITES),
        ("integer[]", "bigint[]", Widening.REWRITES),
        ("bigint[]", "integer[]", Widening.NO),
        ("integer", "bigint[]", Widening.NO),
        ("jsonb", "character varying", Widening.NO),
    ],
)
def test_only_a_type_that_holds_every_value_is_wider(old: str, new: str, expected: Widening) -> None:
    assert dialect.widening(old, new) is expected


def schema_of(document: Document) -> tuple[ProfileColumn, ...]:
    schema = parse(document).schema
    assert schema is not None
    return profile_columns(schema)


def permitting(before: Sequence[ProfileColumn], after: Sequence[ProfileColumn]) -> Migration:
    permitted = [str(column.path) for column in before]
    return migrate(
        dialect,
        present=typed(before),
        before=before,
        after=after,
        renames={},
        drop_columns=permitted,
        mode=None,
    )


@given(documents(), documents())
def test_the_operations_make_exactly_the_wanted_columns(first: Document, second: Document) -> None:
    before, after = schema_of(first), schema_of(second)
    made = permitting(before, after)
    assert made.problems == ()
    assert executed(made) == typed(after) == made.columns
    assert permitting(after, after).operations == ()


@given(documents(), st.data())
def test_renames_of_every_column_make_the_wanted_columns(document: Document, data: st.DataObject) -> None:
    before = schema_of(document)
    names = [f"r{index}" for index in range(len(before))]
    shuffled = data.draw(st.permutations(names))
    first = [
        ProfileColumn(name, PropertyPath.parse(name), column.type)
        for name, column in zip(names, before, strict=True)
    ]
    # of each property the next one's name, in a chain that starts at a new name
    order = dict(zip([*shuffled[1:], "free"], shuffled, strict=True))
    types = {column.name: column.type for column in first}
    after = [ProfileColumn(new, PropertyPath.parse(new), types[old]) for new, old in order.items()]
    made = migrate(
        dialect, present=typed(first), before=first, after=after, renames=order, drop_columns=(), mode=None
    )
    assert (made.problems, made.losses) == ((), ())
    assert executed(made) == typed(after)
    assert {type(operation) for operation in made.operations} == {RenameColumn}


def executed(made: Migration) -> dict[str, str]:
    """The columns after the operations, each of which must be possible where it stands."""
    found = dict(made.expected)
    for operation in made.operations:
        match operation:
            case DropColumn(name):
                del found[name]
            case RenameColumn(old, new):
                assert new not in found
                found[new] = found.pop(old)
            case WidenColumn(name, type_, was):
                assert found[name] == was
                found[name] = type_
            case ReplaceColumn(name, type_):
                assert found.pop(name)
                found[name] = type_
            case AddColumn(name, type_):
                assert name not in found
                found[name] = type_
    return found


def test_a_schema_of_1500_properties_is_renamed_as_a_whole() -> None:
    before = columns(" ".join(f"o{index // 10}.a{index}" for index in range(1500)))
    after = columns(" ".join(f"p{index // 10}.b{index}" for index in range(1500)))
    renames = {str(new.path): str(old.path) for new, old in zip(after, before, strict=True)}
    made = migrate(
        dialect,
        present=typed(before),
        before=before,
        after=after,
        renames=renames,
        drop_columns=(),
        mode=None,
    )
    assert len(made.operations) == 1500

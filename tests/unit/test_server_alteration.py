"""From one profile schema to another at a Krenalis server (docs/facts/krenalis.md, "An alteration of the profile schema")."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.model.definition import Definition
from krenalis_provider.model.profile_schema import ProfileSchema, parse
from krenalis_provider.model.property_path import PropertyPath
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.wording import shown
from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.workspaces.interface import Loss, Prior
from krenalis_provider.workspaces.server import document
from krenalis_provider.workspaces.server.alteration import Alteration, plan
from tests.support.profile_schemas import Document, changed, documents
from tests.support.server_schemas import altered, definition, prior

TEXT: Document = {"kind": "string"}
TEXT5: Document = {"kind": "string", "maxLength": 5}
INT: Document = {"kind": "int", "bitSize": 32}
TYPES = {"": TEXT, "text": TEXT, "text5": TEXT5, "int": INT, "small": INT | {"maximum": 9}}
UPPER = {"PostgreSQL": False, "Snowflake": True}


def schema(text: str) -> Document:
    """A document written as ``email address.city:text5``; properties of one object stand together."""
    whole: Document = {"kind": "object", "properties": []}
    for part in text.split():
        path, _, type_ = part.partition(":")
        *around, name = path.split(".")
        at = whole
        for outer in around:
            inner = [each["type"] for each in at["properties"] if each["name"] == outer]
            if not inner:
                inner = [{"kind": "object", "properties": []}]
                at["properties"].append({"name": outer, "type": inner[0], "readOptional": True})
            at = inner[0]
        at["properties"].append({"name": name, "type": TYPES[type_], "readOptional": True})
    return whole


def planned(before: str, after: str, platform: str = "PostgreSQL", **changes: Any) -> Alteration:
    wanted = {"renames": {}, "drop_columns": (), **changes}
    return plan(prior(schema(before), platform), definition(schema(after), platform, **wanted))


def clauses(made: Alteration) -> list[str]:
    operations: Any = made.change.operations
    short = [
        text.replace('"', "").replace("COLUMN ", "").replace("character varying", "text")
        for text in operations
    ]
    return [text.replace("integer", "int") for text in short]


def told(made: Alteration) -> list[tuple[str, str]]:
    return [(str(problem.path), problem.message) for problem in made.change.problems]


@pytest.mark.parametrize(("before", "after", "options", "operations", "re_paths"), [
    ("a b", "a b", {}, [], {}),
    ("a b", "b a", {}, [], {}),
    ("a", "a b c.d:int", {}, ["ADD b text", "ADD c_d int"], {}),
    ("a b", "a", {"drop_columns": ["b"]}, ["DROP b"], {}),
    ("a o.b o.c", "a", {"drop_columns": ["o"]}, ["DROP o_b", "DROP o_c"], {}),
    ("a", "b", {"renames": {"b": "a"}}, ["RENAME a TO b"], {"b": "a"}),
    # drop email, and android.id becomes android.identifier
    ("email android.id android.idfa", "android.identifier android.idfa",
     {"renames": {"android.identifier": "android.id"}, "drop_columns": ["email"]},
     ["DROP email", "RENAME android_id TO android_identifier"], {"android.identifier": "android.id"}),
    ("o.a o.i.b", "p.a p.i.b", {"renames": {"p": "o"}}, ["RENAME o_a TO p_a", "RENAME o_i_b TO p_i_b"], {"p": "o"}),
    ("o.i.a x", "o.j.a x", {"renames": {"o.j": "o.i"}}, ["RENAME o_i_a TO o_j_a"], {"o.j": "o.i"}),
    # all entries of a whole object make one
    ("o.a o.b", "p.a p.b", {"renames": {"p.a": "o.a", "p.b": "o.b"}}, ["RENAME o_a TO p_a", "RENAME o_b TO p_b"], {"p": "o"}),
    # in an object that is not renamed, the rest may change
    ("o.a o.b", "o.c o.d", {"renames": {"o.c": "o.a"}, "drop_columns": ["o.b"]},
     ["DROP o_b", "RENAME o_a TO o_c", "ADD o_d text"], {"o.c": "o.a"}),
    # types, of which the columns of the last are the same
    ("a", "a:int", {"drop_columns": ["a"]}, ["DROP a, ADD a int"], {"a": None}),
    ("a:text5", "a", {"drop_columns": ["a"]}, ["DROP a, ADD a text"], {"a": None}),
    ("o.a:int x", "o.a:small x", {"drop_columns": ["o"]}, ["DROP o_a, ADD o_a int"], {"o.a": None}),
    ("a", "b:int", {"renames": {"b": "a"}, "drop_columns": ["a"]}, ["DROP a", "ADD b int"], {}),
    # from one object to another
    ("a o.x", "o.x o.a", {"renames": {"o.a": "a"}, "drop_columns": ["a"]}, ["DROP a", "ADD o_a text"], {}),
    ("a_b", "a.b", {"drop_columns": ["a_b"]}, ["DROP a_b, ADD a_b text"], {}),
    # the name of one that goes, of the same type
    ("a b", "b", {"renames": {"b": "a"}, "drop_columns": ["b"]}, ["DROP b", "RENAME a TO b"], {"b": "a"}),
    # entries that were done before
    ("b", "b", {"renames": {"b": "a"}, "drop_columns": ["a", "c"]}, [], {}),
    ("a", "c", {"renames": {"b": "a", "c": "b"}}, ["RENAME a TO c"], {"c": "a"}),
])  # fmt: skip
def test_a_change_becomes_re_paths(
    before: str, after: str, options: Any, operations: list[str], re_paths: Mapping[str, str | None]
) -> None:
    made = planned(before, after, **options)

    assert told(made) == []
    assert clauses(made) == operations
    assert made.re_paths == re_paths


@pytest.mark.parametrize(("before", "after", "options", "path", "remedy"), [
    ("a b", "a", {}, "drop_columns", 'List "b" here to permit that, or in renames the property that it becomes.'),
    ("a", "b", {}, "drop_columns", 'If it becomes "b", set renames = { "b" = "a" }. Else list "a" here to permit that.'),
    ("a", "b:int", {}, "drop_columns", 'List "a" here to permit that, or in renames the property that it becomes.'),
    ("o.a p.b", "p.b p.a", {}, "drop_columns", 'List "o.a" here to permit that, or in renames the property that it becomes.'),
    ("a b", "a", {"drop_columns": [None]}, "drop_columns", 'List "b" here to permit that, or in renames the property that it becomes.'),
    ("a points", "a", {"drop_columns": ["point"]}, "drop_columns", 'The entry "point" names no property now: did you mean "points"?'),
    ("a", "a:int", {}, "drop_columns", 'Keep the type as it was, or list "a" here to permit the loss of its data.'),
    ("a:text5", "a", {}, "drop_columns", 'Keep the type as it was, or list "a" here to permit the loss of its data.'),
    ("o.a:int", "o.a:small", {}, "drop_columns", 'Keep the type as it was, or list "o.a" here to permit the loss of its data.'),
    ("a_b", "a.b", {}, "drop_columns", 'Keep the property where it is, or list "a_b" here to permit the loss of its data.'),
    ("a", "b:int", {"renames": {"b": "a"}}, 'renames["b"]', 'Keep the type as it was; or list "a" in drop_columns, which drops it and adds the new one empty.'),
    ("a o.x", "o.x o.a", {"renames": {"o.a": "a"}}, 'renames["o.a"]', 'Leave it in its object; or remove this entry and list "a" in drop_columns, which drops it and adds the new one empty.'),
    ("home.a work.b", "work.b work.a", {"renames": {"work.a": "home.a"}}, 'renames["work.a"]', 'Leave it in its object; or remove this entry and list "home.a" in drop_columns, which drops it and adds the new one empty.'),
    # an object, and what is in it
    ("o.a o.b", "p.a", {"renames": {"p": "o"}, "drop_columns": ["o"]}, 'renames["p"]', "rename the object alone and apply, then change its content and apply."),
    ("o.a o.b", "p.b p.a", {"renames": {"p": "o"}}, 'renames["p"]', "rename the object alone and apply, then change its content and apply."),
    ("o.a o.b", "p.a p.b", {"renames": {"p.a": "o.a"}, "drop_columns": ["o"]}, 'renames["p.a"]', "rename the object alone and apply, then change its content and apply."),
    ("o.a", "p.b", {"renames": {"p.b": "o.a"}}, 'renames["p.b"]', "rename the object alone and apply, then change its content and apply."),
    # names that are given away
    ("a b", "b c", {"renames": {"b": "a", "c": "b"}}, 'renames["b"]', 'remove the other one, "b", or rename it to a free name, and apply; then rename this one.'),
    ("a b:int", "b", {"renames": {"b": "a"}, "drop_columns": ["b"]}, 'renames["b"]', 'remove the other one, "b", or rename it to a free name, and apply; then rename this one.'),
    ("a:int b", "b", {"renames": {"b": "a"}, "drop_columns": ["a", "b"]}, 'renames["b"]', 'remove the other one, "b", or rename it to a free name, and apply; then rename this one.'),
    ("a b:int", "a:int b", {"renames": {"b": "a", "a": "b"}, "drop_columns": ["a", "b"]}, 'renames["b"]', 'remove the other one, "b", or rename it to a free name, and apply; then rename this one.'),
    ("o.a b x.y", "b x.y", {"renames": {"b": "o.a"}, "drop_columns": ["o", "b"]}, 'renames["b"]', 'remove the other one, "b", or rename it to a free name, and apply; then rename this one.'),
    ("a", "b a.x", {"renames": {"b": "a"}}, 'renames["b"]', "rename this one alone and apply, then make the other change."),
    ("a o.x", "o", {"renames": {"o": "a"}, "drop_columns": ["o"]}, 'renames["o"]', 'remove the other one, "o", or rename it to a free name, and apply; then rename this one.'),
    ("a c", "a b c", {"renames": {"b": "a"}}, 'renames["b"]', "remove it there, or this entry."),
    # one form in the place of the other
    ("a b", "a.x b", {"drop_columns": ["a"]}, "profile_schema", "remove it and apply, then add it again; or give the new one another name."),
    ("a.x b", "a b", {"drop_columns": ["a"]}, "profile_schema", "remove it and apply, then add it again; or give the new one another name."),
    # a column that is still there at its turn
    ("o.b x", "o_b p.b", {"renames": {"o_b": "x", "p": "o"}}, "profile_schema", "make the changes one after the other, with an apply of its own for each."),
])  # fmt: skip
def test_what_a_server_cannot_do_is_refused_with_the_way_on(
    before: str, after: str, options: Any, path: str, remedy: str
) -> None:
    found = told(planned(before, after, **options))

    assert (path, True) in [(place, message.endswith(remedy)) for place, message in found]


def test_a_swap_is_refused_for_each_of_the_two() -> None:
    made = planned("a b", "a b", renames={"a": "b", "b": "a"})

    assert [path for path, _ in told(made)] == ['renames["a"]', 'renames["b"]']
    assert all("rename it to a free name, and apply" in message for _, message in told(made))
    assert made.re_paths == {}


def test_nothing_is_said_twice_of_one_property() -> None:
    assert len(told(planned("o.a o.b x", "p.a p.c x", renames={"p": "o"}))) == 1 + 1  # o.b goes, too
    assert len(told(planned("o.a o.b", "p.b p.a", renames={"p": "o"}))) == 1
    assert len(told(planned("a o.x", "o.x o.a", renames={"o.a": "a"}))) == 1
    assert len(told(planned("a", "b:int", renames={"b": "a"}))) == 1


def test_losses_tell_what_takes_the_place_of_the_column() -> None:
    made = planned(
        "a b:int c m x.y",
        "a:int d:int x.m x.y",
        renames={"d": "b", "x.m": "m"},
        drop_columns=["a", "c", "m"],
    )

    assert made.change.losses == (
        Loss(PropertyPath(("a",)), "a", "integer"),
        Loss(PropertyPath(("c",)), "c", None),
        Loss(PropertyPath(("m",)), "m", "character varying"),
    )
    assert made.change.renamed == {
        PropertyPath.parse(old): PropertyPath.parse(new)
        for old, new in {"a": "a", "b": "d", "m": "x.m", "x.y": "x.y"}.items()
    }
    assert made.change.profile_columns == {
        "a": "integer", "d": "integer", "x_m": "character varying", "x_y": "character varying",
    }  # fmt: skip
    assert (made.change.objects, made.change.record, made.change.migration) == ({}, "", None)


def test_descriptions_and_order_alter_without_an_operation() -> None:
    before = schema("a b")
    described = {"kind": "object", "properties": [p | {"description": "Text."} for p in before["properties"]]}
    made = plan(prior(before), definition(described))
    reordered = plan(prior(before), definition(schema("b a")))

    assert (made.alters, made.change.operations, made.change.changes_columns) == (True, (), False)
    assert (reordered.alters, reordered.change.operations, reordered.change.changes_columns) == (
        True,
        (),
        True,
    )
    assert not plan(prior(before), definition(schema("a b"))).alters


@pytest.mark.parametrize("changes", [
    {"profile_schema": parse(UNKNOWN)}, {"renames": UNKNOWN}, {"renames": {"b": UNKNOWN}}, {"drop_columns": UNKNOWN},
])  # fmt: skip
def test_what_is_not_known_leaves_the_operations_unknown(changes: Any) -> None:
    made = plan(prior(schema("a")), definition(schema("b"), **changes))

    assert (made.change.operations, made.change.profile_columns, made.change.problems) == (
        UNKNOWN,
        UNKNOWN,
        (),
    )
    assert made.alters


def test_a_schema_that_cannot_be_read_is_not_altered() -> None:
    made = plan(
        prior({"kind": "object", "properties": [{"name": "a", "type": {"kind": "new"}}]}),
        definition(schema("a")),
    )

    assert [path for path, _ in told(made)] == ["profile_schema"]


@pytest.mark.parametrize(("before", "after", "refused"), [
    ("Inspection", "Inspection", True),
    # the alteration comes before the mode, or after it
    ("Normal", "Inspection", False),
    ("Inspection", "Normal", False),
])  # fmt: skip
def test_inspection_refuses_what_has_to_be_sent(before: str, after: str, *, refused: bool) -> None:
    there = prior(schema("a b"), mode=WarehouseMode(before))

    assert told(plan(there, definition(schema("a b"), mode=after))) == []
    # what a plan's first look does not know is no change
    assert told(plan(there, definition(schema("a b"), mode=after, primary_sources=UNKNOWN))) == []
    wanted = ["warehouse.mode"] if refused else []
    assert [path for path, _ in told(plan(there, definition(schema("b a"), mode=after)))] == wanted
    sources = definition(schema("a b"), mode=after, primary_sources={"a": "1"})
    assert [path for path, _ in told(plan(there, sources))] == wanted


@pytest.mark.parametrize(("sources", "alters"), [
    ({"a": "1", "b": "2"}, False),
    ({"b": "2"}, True),
    ({"a": "1", "b": "3"}, True),
    ({"a": "1", "b": UNKNOWN}, True),
    (UNKNOWN, True),
])  # fmt: skip
def test_other_primary_sources_alter_without_an_operation(sources: Any, *, alters: bool) -> None:
    before = prior(schema("a b"), primary_sources={"a": "1", "b": "2"})
    planned = plan(before, definition(schema("a b"), primary_sources=sources))

    assert (planned.alters, planned.change.operations) == (alters, ())


@pytest.mark.parametrize(("after", "options", "during"), [
    ("first_name email o.id x", {}, None),
    ("email o.id x y", {"drop_columns": ["first_name"]}, ("email", "o.id")),
    ("first_name mail o.id x", {"renames": {"mail": "email"}}, ("first_name", "o.id")),
    ("first_name email p.id x", {"renames": {"p": "o"}}, ("first_name", "email")),
    ("first_name email:text5 o.id x", {"drop_columns": ["email"]}, ("first_name", "o.id")),
    ("first_name email o.id", {"drop_columns": ["x"]}, None),
])  # fmt: skip
def test_an_identifier_is_away_while_its_property_changes(
    after: str, options: Any, during: tuple[str, ...] | None
) -> None:
    before = prior(schema("first_name email o.id x"), identifiers=["first_name", "email", "o.id"])

    assert plan(before, definition(schema(after), **options)).identifiers_during == during


def test_snowflake_gets_one_drop_at_a_time() -> None:
    one = planned("a b c", "a b", "Snowflake", drop_columns=["c"])
    two = planned("a b c", "a", "Snowflake", drop_columns=["b", "c"])

    assert told(one) == []
    assert [path for path, _ in told(two)] == ["profile_schema"]
    assert '"b" and "c" go at once' in told(two)[0][1]


def test_snowflake_cannot_rename_a_column_to_its_own_name() -> None:
    assert told(planned("email", "Email", renames={"Email": "email"})) == []
    assert [path for path, _ in told(planned("email", "Email", "Snowflake", renames={"Email": "email"}))] == [
        'renames["Email"]'
    ]


def test_renames_that_make_the_request_too_large_are_refused() -> None:
    before = " ".join(f"{'n' * 50}{number}" for number in range(1000))
    after = before.replace("n", "m")
    long = {"description": "d" * 350}
    old, new = schema(before), schema(after)
    new["properties"] = [each | long for each in new["properties"]]
    renames = {each.replace("n", "m"): each for each in before.split()}

    found = told(plan(prior(old), definition(new, renames=renames)))

    assert [path for path, _ in found] == ["profile_schema"]
    assert found[0][1].endswith("rename fewer properties at a time.")


NAMES = st.sampled_from(["a", "b", "c", "a_b", "A"])
LEAVES = st.sampled_from([TEXT, INT])


def properties(depth: int) -> st.SearchStrategy[list[Document]]:
    inner = (
        properties(depth - 1).map(lambda inside: {"kind": "object", "properties": inside})
        if depth
        else LEAVES
    )
    types = st.one_of(LEAVES, inner)
    names = st.lists(NAMES, min_size=1, max_size=4, unique=True)
    return names.flatmap(
        lambda each: st.tuples(*(st.builds(_property, st.just(name), types) for name in each))
    ).map(list)


def _property(name: str, type_: Document) -> Document:
    return {"name": name, "type": type_, "readOptional": True}


SCHEMAS = (
    properties(2)
    .map(lambda inside: {"kind": "object", "properties": inside})
    .filter(lambda whole: parse(whole).schema is not None)
)


@st.composite
def renamed(draw: st.DrawFn, whole: Document) -> Document:
    """The schema with some properties and objects under other names."""
    made = []
    for prop in whole["properties"]:
        name = draw(st.one_of(st.just(prop["name"]), NAMES))
        inner = prop["type"]
        made.append(
            prop | {"name": name, "type": draw(renamed(inner)) if inner["kind"] == "object" else inner}
        )
    return {"kind": "object", "properties": made}


def paths(whole: Document) -> list[str]:
    return list(parse(whole).paths or ())


@st.composite
def changes(draw: st.DrawFn) -> tuple[Prior, Definition]:
    """Two schemas, with entries of all kinds for what becomes of what."""
    platform = draw(st.sampled_from(["PostgreSQL", "Snowflake"]))
    if draw(st.integers(0, 3)):
        before = draw(SCHEMAS)
        after = draw(
            st.one_of(renamed(before), SCHEMAS).filter(lambda whole: parse(whole).schema is not None)
        )
    else:
        before = draw(documents(2**31 - 1))
        after = draw(changed(before, 2**31 - 1))
    old, new = paths(before), paths(after)
    pairs = list(zip(new, old, strict=False)) + [(each, other) for each in new[:3] for other in old[:3]]
    renames = dict(draw(st.lists(st.sampled_from(pairs), max_size=4)))
    drops = draw(st.one_of(st.just(old), st.lists(st.sampled_from(old), max_size=4)))
    identifiers = draw(st.lists(st.sampled_from(old), max_size=3, unique=True))
    is_ = prior(before, platform, identifiers=identifiers)
    return is_, definition(after, platform, renames=renames, drop_columns=drops)


@given(changes())
def test_what_is_planned_is_what_a_server_does_and_loses_only_what_is_told(
    change: tuple[Prior, Definition],
) -> None:
    before, wanted = change
    made = plan(before, wanted)
    if made.change.problems:
        return
    upper = UPPER[str(wanted.warehouse.platform)]
    old, new = (document.as_kept(each) for each in known(before, wanted))
    during = identifiers(before, made)

    there = altered(old, new, made.re_paths, during, upper=upper)

    spelled = {path.column.upper() if upper else path.column: type_ for path, type_ in new.leaves()}
    assert {name: type_ for name, (_, type_) in there.columns.items()} == spelled
    # each column of before is there with its data, under the path that is told; or its loss is
    moved: Any = made.change.renamed
    lost = {loss.path for loss in made.change.losses}
    origins = {origin: name for name, (origin, _) in there.columns.items() if origin}
    for path, _ in old.leaves():
        if path in lost:
            assert path.column not in origins
        else:
            column = moved[path].column
            assert origins[path.column] == (column.upper() if upper else column), shown(str(path))
    # and the identifiers are as they were sent
    assert there.identifiers == list(during)


def known(before: Prior, wanted: Definition) -> tuple[ProfileSchema, ProfileSchema]:
    assert before.profile_schema
    assert wanted.profile_schema.schema
    return before.profile_schema, wanted.profile_schema.schema


def identifiers(before: Prior, made: Alteration) -> Sequence[str]:
    assert before.observed.workspace
    return (
        before.observed.workspace.identifiers if made.identifiers_during is None else made.identifiers_during
    )


@given(changes())
def test_one_alteration_ends_where_the_next_has_nothing_to_do(change: tuple[Prior, Definition]) -> None:
    before, wanted = change
    after = prior(wanted.document, str(wanted.warehouse.platform))

    if not plan(before, wanted).change.problems:
        assert plan(after, wanted).change.operations == ()
        assert not plan(after, wanted).alters

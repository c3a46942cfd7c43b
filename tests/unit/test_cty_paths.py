"""Paths, and the parts of a value that they lead to."""

import pytest

from tfplugin.cty import (
    DYNAMIC,
    STRING,
    UNKNOWN,
    CtyError,
    Dynamic,
    List,
    Map,
    Object,
    Path,
    Set,
    Tuple,
    Unknown,
    Value,
    leaves,
    value_at,
)

VALUE: Value = {
    "warehouse": {"settings": {"a": ["x", "y"]}, "mode": None},
    "schema": Dynamic(Object({"name": STRING}), {"name": "n"}),
    "objects": UNKNOWN,
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (Path(), ""),
        (Path.root("warehouse").attribute("settings").attribute("port"), "warehouse.settings.port"),
        (Path.root("a").attribute("b").key("key"), 'a.b["key"]'),
        (Path.root("a").attribute("b").index(0).attribute("c"), "a.b[0].c"),
        (Path.root("a").element().attribute("b"), "a.b"),
        (Path.root("a").key('${"x"}%{é}'), r'a["$${\"x\"}%%{é}"]'),
    ],
    ids=repr,
)
def test_a_path_reads_like_an_expression(path: Path, text: str) -> None:
    assert str(path) == text


def test_paths_are_equal_step_by_step() -> None:
    assert Path().attribute("a").key("b") == Path.root("a").key("b")
    assert len({Path.root("a").key("b"), Path.root("a").attribute("b"), Path.root("a").index(0)}) == 3


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (Path(), VALUE),
        (Path.root("warehouse").attribute("settings").key("a").index(1), "y"),
        (Path.root("warehouse").attribute("mode").attribute("x"), None),
        (Path.root("schema"), Dynamic(Object({"name": STRING}), {"name": "n"})),
        (Path.root("schema").attribute("name"), "n"),
        (Path.root("objects").key("x").index(0), UNKNOWN),
    ],
    ids=str,
)
def test_a_path_leads_to_a_part(path: Path, part: Value) -> None:
    assert value_at(path, VALUE) == part


@pytest.mark.parametrize(
    "path",
    [
        Path.root("nothing"),
        Path.root("warehouse").index(0),
        Path.root("warehouse").attribute("settings").key("a").index(2),
        Path.root("warehouse").attribute("settings").key("a").index(-1),
        Path.root("schema").attribute("name").attribute("x"),
    ],
    ids=str,
)
def test_a_path_to_nowhere_is_refused(path: Path) -> None:
    with pytest.raises(CtyError, match="there is no such part") as caught:
        value_at(path.attribute("further"), VALUE)
    assert caught.value.path == path


def test_leaves_come_with_their_paths() -> None:
    type_ = Object(
        {
            "list": List(STRING),
            "map": Map(Tuple((STRING, STRING))),
            "set": Set(STRING),
            "dynamic": DYNAMIC,
            "empty": Map(STRING),
        }
    )
    value: Value = {
        "list": ["x", None],
        "map": {"k": ["y", Unknown()]},
        "set": ["s", "t"],
        "dynamic": Dynamic(List(STRING), ["z"]),
        "empty": {},
    }
    assert [(str(path), leaf) for path, leaf in leaves(type_, value)] == [
        ("list[0]", "x"),
        ("list[1]", None),
        ('map["k"][0]', "y"),
        ('map["k"][1]', UNKNOWN),
        ("set", ["s", "t"]),
        ("dynamic[0]", "z"),
        ("empty", {}),
    ]
    assert all(value_at(path, value) == leaf for path, leaf in leaves(type_, value))

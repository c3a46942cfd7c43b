"""Which of two spellings stays where an attribute says that they mean the same."""

from typing import Any

import pytest

from tfplugin.cty import DYNAMIC, STRING, UNKNOWN, Dynamic, List
from tfplugin.equivalence import keep_spelling
from tfplugin.schema import Attribute, NestedAttribute, Nesting


def text(type_: Any = STRING) -> Attribute:
    """Of any type; in whatever case it is spelt."""

    def equivalent(old: Any, new: Any) -> bool:
        assert UNKNOWN not in (old, new)
        assert None not in (old, new)
        return repr(old).casefold() == repr(new).casefold()

    return Attribute(type=type_, optional=True, description="Any.", equivalent=equivalent)


def nested(nesting: Nesting) -> NestedAttribute:
    plain = Attribute(type=STRING, optional=True, description="Any.")
    members = {"plain": plain} if nesting is Nesting.SET else {"plain": plain, "text": text()}
    return NestedAttribute(optional=True, description="Any.", nesting=nesting, attributes=members)


def thing(text: str, plain: str = "p") -> dict[str, str]:
    return {"text": text, "plain": plain}


@pytest.mark.parametrize(
    ("attribute", "before", "after", "kept"),
    [
        (text(), "a", "A", "a"),
        (text(), "a", "b", "b"),
        (text(), "a", None, None),
        (text(), None, "A", "A"),
        (text(), UNKNOWN, "A", "A"),
        (text(), "a", UNKNOWN, UNKNOWN),
        (text(List(STRING)), ["a"], ["A"], ["a"]),
        (text(List(STRING)), ["a"], [UNKNOWN], [UNKNOWN]),
        (text(List(STRING)), [UNKNOWN], ["A"], ["A"]),
        (text(DYNAMIC), Dynamic(STRING, "a"), Dynamic(STRING, "A"), Dynamic(STRING, "a")),
        (text(DYNAMIC), Dynamic(STRING, None), None, None),
        (text(DYNAMIC), Dynamic(STRING, "none"), Dynamic(STRING, None), Dynamic(STRING, None)),
        (nested(Nesting.SINGLE), thing("a", "b"), thing("A", "B"), thing("a", "B")),
        (nested(Nesting.SINGLE), None, thing("A"), thing("A")),
        (nested(Nesting.SINGLE), UNKNOWN, thing("A"), thing("A")),
        (nested(Nesting.SINGLE), thing("a"), UNKNOWN, UNKNOWN),
        (nested(Nesting.LIST), [thing("a")], [thing("A"), thing("B")], [thing("a"), thing("B")]),
        (nested(Nesting.LIST), [thing("a"), thing("b")], [thing("A")], [thing("a")]),
        (
            nested(Nesting.MAP),
            {"k": thing("a"), "l": thing("b")},
            {"k": thing("A"), "m": thing("B")},
            {"k": thing("a"), "m": thing("B")},
        ),
        (nested(Nesting.SET), [{"plain": "a"}], [{"plain": "A"}], [{"plain": "A"}]),
    ],
)
def test_the_older_spelling_stays_where_both_are_known_and_mean_the_same(
    attribute: Any, before: Any, after: Any, kept: Any
) -> None:
    assert keep_spelling({"x": attribute}, {"x": before}, {"x": after}) == {"x": kept}


def test_nothing_stays_of_an_object_that_was_not_there_or_is_gone() -> None:
    assert keep_spelling({"x": text()}, None, {"x": "A"}) == {"x": "A"}
    assert keep_spelling({"x": text()}, {"x": "a"}, None) is None

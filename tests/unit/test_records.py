"""Records, beside dataclasses."""

import copy
import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from pydantic import TypeAdapter, ValidationError

from lightstart.records import MISSING, Opaque, Record, asdict, field, fields, replace


class Point(Record):
    x: int
    y: int = 0
    label: str = field(default="", compare=False, repr=False)
    tags: list[str] = field(default_factory=list, compare=False)
    dimensions: ClassVar[int] = 2


class Named(Point, kw_only=True):
    name: str
    length: int = field(init=False, metadata={"unit": "letters"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", len(self.name))


class Nothing(Record):
    pass


class Secret(Opaque):
    text: str


class Pair(Record):
    first: Any
    second: Any = Nothing()


@dataclasses.dataclass(frozen=True, slots=True)
class PointOfDataclass:
    x: int
    y: int = 0
    label: str = dataclasses.field(default="", compare=False, repr=False)
    tags: list[str] = dataclasses.field(default_factory=list, compare=False)
    dimensions: ClassVar[int] = 2


def test_a_record_is_made_and_shown_as_a_dataclass_is() -> None:
    made, other = Point(1, label="a"), PointOfDataclass(1, label="a")

    assert repr(made) == repr(other).replace("PointOfDataclass", "Point") == "Point(x=1, y=0, tags=[])"
    assert Point.__match_args__ == PointOfDataclass.__match_args__
    assert not hasattr(made, "__dict__")
    assert asdict(made) == dataclasses.asdict(other)
    assert Point.dimensions == made.dimensions == 2
    assert Point(1).tags is not Point(1).tags


@pytest.mark.parametrize(
    ("values", "named"), [((), {}), ((1,), {"x": 1}), ((1,), {"z": 1}), ((1, 2, "", [], 5), {})]
)
def test_wrong_arguments_are_refused_as_by_a_dataclass(values: Any, named: Any) -> None:
    with pytest.raises(TypeError) as of_dataclass:
        PointOfDataclass(*values, **named)
    with pytest.raises(TypeError) as of_record:
        Point(*values, **named)

    assert str(of_record.value) == str(of_dataclass.value).replace("PointOfDataclass", "Point")


def test_records_of_one_class_with_equal_values_are_equal() -> None:
    assert Point(1) == Point(1, 0, "a", ["b"])
    assert hash(Point(1)) == hash(Point(1, 0, "a", ["b"]))
    assert Point(1) != Point(2)
    assert Point(1) != Named(1, name="")
    assert Point(1) != (1, 0)
    assert len({Nothing(), Nothing(), Pair(1), Pair(1)}) == 2


def test_an_opaque_record_is_equal_to_itself_alone_and_shows_nothing() -> None:
    secret = Secret("pw")

    assert secret == secret  # noqa: PLR0124
    assert secret != Secret("pw")
    assert "pw" not in repr(secret)


@pytest.mark.parametrize("first", [Point, Named])
def test_a_class_and_the_one_above_it_each_make_their_own_objects(first: type[Point]) -> None:
    class Above(Record):
        a: int = 1

    class Below(Above, kw_only=True):
        b: int = 2

    order: list[Callable[[], Above]] = [Above, lambda: Below(3, b=4)]
    made = {type(each).__name__: each for each in (make() for make in order[:: 1 if first is Point else -1])}

    assert list(map(repr, (made["Above"], made["Below"]))) == [
        f"{Above.__qualname__}(a=1)",
        f"{Below.__qualname__}(a=3, b=4)",
    ]


def test_nothing_in_a_record_can_be_changed() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match=r"Point\.x cannot be changed"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        setattr(point, "z", 2)  # noqa: B010 - a name that no type has
    with pytest.raises(AttributeError):
        del point.x
    assert point.x == 1


@pytest.mark.parametrize("how", [replace, dataclasses.replace])
def test_a_record_is_replaced_by_a_changed_one(how: Any) -> None:
    named = how(Named(1, 2, name="a"), name="abc")

    assert (named, named.length) == (Named(1, 2, name="abc"), 3)
    with pytest.raises(TypeError):
        how(named, z=1)


def test_a_pattern_takes_a_record_apart() -> None:
    match Named(1, 2, name="a"):
        case Named(x, y, name=name):
            assert (x, y, name) == (1, 2, "a")
        case _:
            pytest.fail("no match")


def test_a_record_within_a_record_becomes_a_dictionary_too() -> None:
    assert asdict(Pair(Point(1), 2)) == dataclasses.asdict(Pair(Point(1), 2)) == {
        "first": {"x": 1, "y": 0, "label": "", "tags": []},
        "second": 2,
    }  # fmt: skip


def test_the_fields_say_what_the_class_says() -> None:
    ours = {each.name: each for each in fields(Named)}

    assert list(ours) == [each.name for each in dataclasses.fields(Named)]
    assert [name for name, each in ours.items() if each.default is MISSING] == ["x", "tags", "name", "length"]
    assert ours["length"].metadata["unit"] == "letters"
    assert dataclasses.fields(Point)[0].type is int
    assert dataclasses.is_dataclass(Named)


def test_a_record_can_be_copied() -> None:
    named = Named(1, label="b", name="a")

    assert asdict(copy.copy(named)) == asdict(copy.deepcopy(named)) == asdict(named)
    assert copy.deepcopy(named).tags is not named.tags


def test_pydantic_makes_a_record() -> None:
    assert TypeAdapter(Point).validate_python({"x": "1"}) == Point(1)
    with pytest.raises(ValidationError, match="valid integer"):
        TypeAdapter(Point).validate_python({"x": "one"})

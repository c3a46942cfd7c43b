"""Values that Terraform and the provider hand to each other and back, as a plan, an apply and a state."""

import json
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.support.cty_strategies import NUMBERS, TEXTS, Typed, typed_values
from tests.support.terraform import Terraform
from tests.support.terraform_checks import resources
from tfplugin.cty import (
    BOOL,
    NUMBER,
    STRING,
    List,
    Map,
    Object,
    Primitive,
    Set,
    Tuple,
    Type,
    conform,
    json_codec,
)

GENERATED = 60
_PRECISION = Context(prec=150)  # a little less than the 512 bits of Terraform's numbers

SPECIAL = [
    *(
        Typed(NUMBER, Decimal(text))
        for text in (
            *("0", "-0", "0.1", "1.5", "-1.5", "1e-7", "0.1234567890123456789", "3.0"),
            *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "12345678901234567890.5"),
            *("18446744073709551616", "1e30", "1e308", "1e400", "5e-324", "1e-400"),
        )
    ),
    *(
        Typed(STRING, text)
        for text in (
            *(
                "",
                " ",
                "true",
                "1",
                "null",
                "e\u0301",
                "\U0001f469\u200d\U0001f680",
                "\u00e9\u0000\u0007\u2028\ufeff",
            ),
            *("${a}", "$${a}", "%{if}", '"\\', "\r\n", "<&>", "long " * 20_000),
        )
    ),
    Typed(List(STRING), []),
    Typed(Set(Object({"a": NUMBER})), []),
    Typed(Map(List(BOOL)), {}),
    Typed(Tuple(()), []),
    Typed(Object({}), {}),
    Typed(Map(STRING), {"": "", "a.b": "", "${a}": "%{b}", '"': "", "e\u0301": "e\u0301", "[0]": "\n"}),
    Typed(Map(Set(List(NUMBER))), {"a": [[], [Decimal(1)], None], "b": None}),
    Typed(Tuple((STRING, Object({"a": List(Map(BOOL))}))), [None, {"a": [{}, None, {"a": None}]}]),
]


def collected(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Examples for one run of Terraform, which takes too long to have a run for each."""
    found: list[Any] = []

    @settings(max_examples=count, database=None, phases=[Phase.generate])
    @given(strategy)
    def collect(value: object) -> None:
        found.append(value)

    collect()
    return found


def constraint(type_: Type) -> str:
    """The type as the configuration of a variable has it."""
    match type_:
        case Primitive(name):
            return name
        case List(element) | Set(element) | Map(element):
            return f"{type_.kind}({constraint(element)})"
        case Tuple(elements):
            return f"tuple([{', '.join(map(constraint, elements))}])"
        case Object(attributes):
            members = [f"{name} = {constraint(attribute)}" for name, attribute in attributes.items()]
            return f"object({{{', '.join(members)}}})"
        case _:
            raise AssertionError(type_)


def echoed(example: Terraform, type_: Type, main: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Apply `main` with ``var.values`` of an object type; return the state's things by key of ``for_each``."""
    variable = f'variable "values" {{\n  type = {constraint(type_)}\n}}\n'
    text = json_codec.encode(type_, values).decode()
    example.write(variable + main, files={"terraform.tfvars.json": f'{{"values": {text}}}'})
    example.apply()
    state = json.loads(example.run("show", "-json").stdout, parse_float=Decimal, parse_int=Decimal)
    return {str(found["index"]): found["values"] for found in resources(state).values()}


def carried(value: object) -> bool:
    """Whether Terraform recognises all numbers of a value when they come back.

    Of a fraction that a float holds exactly, it writes the float, and then compares the shortest decimal texts: those
    of the float and of what the configuration said. They differ where it said more than those digits.
    """
    match value:
        case Decimal():
            nearest = float(value)
            return value == value.to_integral_value() or (Decimal(nearest) == value) <= (
                Decimal(repr(nearest)) == value
            )
        case list():
            return all(map(carried, value))
        case dict():
            return all(map(carried, value.values()))
        case _:
            return True


def same(type_: Type, sent: Any, returned: Any) -> bool:
    """Whether two values are equal as far as Terraform's numbers go."""
    return bool(_rounded(conform(type_, sent)) == _rounded(conform(type_, returned)))


def _rounded(value: Any) -> Any:
    match value:
        case Decimal():
            return _PRECISION.plus(value)
        case list():
            return [_rounded(element) for element in value]
        case dict():
            return {key: _rounded(member) for key, member in value.items()}
        case _:
            return value


def test_a_dynamic_attribute_gives_back_what_it_was_given(example: Terraform) -> None:
    anything = typed_values(unknowns=False, dynamic=False).filter(lambda each: carried(each.value))
    typed = SPECIAL + collected(anything, GENERATED)
    names = {f"v{number}": each for number, each in enumerate(typed)}
    main = 'resource "example_thing" "each" {\n  for_each = var.values\n  name = each.key\n  anything = each.value\n}\n'

    things = echoed(
        example,
        Object({name: each.type for name, each in names.items()}),
        main,
        {name: each.value for name, each in names.items()},
    )

    changed = [
        (each, things[name]["anything"])
        for name, each in names.items()
        if not same(each.type, each.value, things[name]["anything"])
    ]
    assert len(things) == len(typed)
    assert changed == []


PACKS = {"weight": NUMBERS}
TYPED = Object(
    {
        "size": NUMBER,
        "secret": STRING,
        "labels": Map(STRING),
        "boxes": Map(Object({"weight": NUMBER})),
        "bags": Set(Object({"weight": NUMBER})),
    }
)
FIXED = st.fixed_dictionaries(
    {
        "size": st.none() | NUMBERS,
        "secret": st.none() | TEXTS,
        "labels": st.none() | st.dictionaries(TEXTS, st.none() | TEXTS, max_size=3),
        "boxes": st.none() | st.dictionaries(TEXTS, st.fixed_dictionaries(PACKS), max_size=3),
        "bags": st.none() | st.lists(st.fixed_dictionaries(PACKS), max_size=3),
    }
)


def test_typed_attributes_give_back_what_they_were_given(any_example: Terraform) -> None:
    values = {f"v{number}": value for number, value in enumerate(collected(FIXED.filter(carried), GENERATED))}
    members = "".join(f"  {name} = each.value.{name}\n" for name in TYPED.attributes)
    main = f'resource "example_thing" "each" {{\n  for_each = var.values\n  name = each.key\n{members}}}\n'

    things = echoed(any_example, Map(TYPED), main, values)

    assert len(things) == len(values)
    assert [
        (value, things[key])
        for key, value in values.items()
        if not same(TYPED, value, without_stamps(things[key]))
    ] == []


def without_stamps(thing: Mapping[str, Any]) -> dict[str, Any]:
    boxes, bags = thing["boxes"], thing["bags"]
    return {
        **{name: thing[name] for name in TYPED.attributes},
        "boxes": boxes and {name: {"weight": box["weight"]} for name, box in boxes.items()},
        "bags": bags and [{"weight": bag["weight"]} for bag in bags],
    }


def test_numbers_that_terraform_computed_are_recognised(example: Terraform) -> None:
    numbers = ["log(10, 2)", "pow(2, -30)", "1 / 3", "0.1 * 3", "1.1 - 1", "-pow(2, 0.5)"]
    values = ", ".join(numbers)
    example.write(
        f"""
resource "example_thing" "each" {{
  for_each = {{ for number in [{values}] : "${{number}}" => number }}
  name     = "computed"
  size     = each.value
  anything = toset([each.value])
}}
"""
    )

    applied = example.apply()

    assert len(applied.state["values"]["root_module"]["resources"]) == len(numbers)

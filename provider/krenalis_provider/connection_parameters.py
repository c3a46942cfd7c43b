"""The platforms' objects of the provider block, whose members are connection parameters.

Terraform drops a key that an object type lacks, without a word: a misspelt `sslmode` would be no TLS. So these
attributes are of dynamic type, and all of an object is looked at here (docs/facts/terraform.md, "Keys that Terraform
drops"). Nothing that is said of one shows a value, which may be a password in the wrong place.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from krenalis_provider.model.attribute_path import ProviderPath
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.warehouses.platform import Platform, Setting, block_name
from krenalis_provider.warehouses.registry import PLATFORMS
from tfplugin.cty import DYNAMIC, CtyError, Dynamic, Map, Object, Unknown, Value, plain
from tfplugin.cty.conversion import to_number, to_string
from tfplugin.schema import Attribute

if TYPE_CHECKING:
    from krenalis_provider.model.errors import Problem

BLOCKS: Final = {platform.name: block_name(platform.name) for platform in PLATFORMS}
"""By platform: its object in the provider block."""
_NO_OBJECT: Final = "must be an object, such as { password = var.password }."


class Given(NamedTuple):
    """An object as it was read."""

    parameters: Mapping[str, Any]
    """By key, whether there is such a parameter or not: text, a number, or `UNKNOWN`. Null is left out."""
    whole: bool = True
    """Whether no further key may turn up."""
    problems: "tuple[Problem, ...]" = ()
    """Values of forms that Terraform would not accept for an attribute of such a type."""


def attribute(platform: Platform) -> Attribute:
    """The attribute of a platform's object."""
    listed = "\n".join(f"- `{each.name}` ({_form(each)}) {_meaning(each)}" for each in platform.parameters)
    return Attribute(
        type=DYNAMIC,
        optional=True,
        sensitive=True,
        secrets=_secrets(platform),
        description=f"{platform.parameters_description}\n\nAn object with any of:\n\n{listed}",
    )


def read(platform: Platform, value: Value) -> Given:
    """What the configuration says of a platform; texts and numbers are converted as Terraform does."""
    from krenalis_provider.model.errors import Problem

    block = ProviderPath.of(BLOCKS[platform.name])
    type_, held = (value.type, value.value) if isinstance(value, Dynamic) else (None, value)
    if type_ is not None and not isinstance(type_, Object | Map):
        return Given({}, problems=(Problem(block, _NO_OBJECT),))
    if isinstance(held, Unknown):
        keys = type_.attributes if isinstance(type_, Object) else ()
        return Given(dict.fromkeys(keys, UNKNOWN), whole=False)
    known = {each.name: each for each in platform.parameters}
    given: dict[str, Any] = {}
    problems: list[Problem] = []
    members: dict[str, Any] = plain(held) or {}
    for key, member in members.items():
        if member is None:
            continue
        given[key] = UNKNOWN
        if key in known and not isinstance(member, Unknown):
            try:
                given[key] = _converted(member, known[key])
            except CtyError:
                wanted = "a number" if known[key].is_number else "text"
                problems.append(Problem(ProviderPath((*block, key)), f"must be {wanted}."))
    return Given(given, problems=tuple(problems))


def _converted(member: Any, setting: Setting) -> str | int | Decimal:
    if not setting.is_number:
        return to_string(member)
    number = to_number(member)
    return int(number) if number == int(number) else number


def _form(setting: Setting) -> str:
    return ("Number" if setting.is_number else "String") + (", Sensitive" if setting.sensitive else "")


def _meaning(setting: Setting) -> str:
    """The description, with what the setting has as data."""
    sentences = [setting.description]
    if setting.choices:
        sentences.append(f"One of {', '.join(f'`{choice}`' for choice in setting.choices)}.")
    if setting.bounds:
        sentences.append(f"From {setting.bounds[0]} to {setting.bounds[1]}.")
    if setting.variable:
        sentences.append(f"Also from `{setting.variable}`.")
    return " ".join(sentences)


def _secrets(platform: Platform) -> Callable[[Any], Iterator[str]]:
    """Finds the texts that may be secrets, also where a key or a form is wrong."""
    sensitive = {each.name: each.sensitive for each in platform.parameters}
    words = {word for each in platform.parameters for word in each.choices}

    def secrets(value: Any) -> Iterator[str]:
        given = plain(value)
        if not isinstance(given, dict):
            yield from _texts(given)
            return
        for key, member in given.items():
            if key not in sensitive:
                yield from (text for text in _texts(member) if text not in words)
            elif sensitive[key] or isinstance(member, dict | list):
                yield from _texts(member)

    return secrets


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str() | Decimal():
            yield to_string(value)
        case dict():
            for member in value.values():
                yield from _texts(member)
        case list():
            for member in value:
                yield from _texts(member)

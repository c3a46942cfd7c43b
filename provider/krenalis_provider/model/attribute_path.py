"""The place of a value in a configuration: ``warehouse.settings.port`` or ``primary_sources["email"]``."""

from typing import NamedTuple, Self

from krenalis_provider.model.wording import shown


class Key(NamedTuple):
    """A step to the element of a map."""

    text: str


Step = str | int | Key
"""The name of an attribute, or the index or key of an element."""


class AttributePath(tuple[Step, ...]):
    """The steps from the resource to a value; empty where no single value is meant."""

    __slots__ = ()

    @classmethod
    def of(cls, *steps: Step) -> Self:
        """The path with these steps."""
        return cls(steps)

    @property
    def root(self) -> str:
        """The name of the outermost attribute; empty where there is none."""
        return str(self[0]) if self else ""

    def __str__(self) -> str:
        return "".join(map(_spelled, self)).removeprefix(".")


class ProviderPath(AttributePath):
    """A path in the provider block instead of the block of the resource."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"provider {super().__str__()}"


def setting(name: str) -> AttributePath:
    """The path of a setting of the warehouse."""
    return AttributePath.of("warehouse", "settings", name)


def _spelled(step: Step) -> str:
    match step:
        case Key(text):
            return f"[{shown(text)}]"
        case int():
            return f"[{step}]"
        case _:
            return f".{step}"

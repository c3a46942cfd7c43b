"""What the author of a provider function subclasses. Functions are pure and run without a configured provider."""

import abc
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tfplugin.cty import Type, Value
from tfplugin.schema import SchemaError, check_names


class FunctionError(Exception):
    """Ends a call with a message; `argument` is the position, from 0, of the argument at fault."""

    def __init__(self, text: str, argument: int | None = None) -> None:
        """`text` is whole sentences."""
        super().__init__(text)
        self.text = text
        self.argument = argument


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Parameter:
    """A parameter. Terraform refuses null for it, and does not call with unknown values, unless it says so."""

    name: str
    type: Type
    description: str
    allow_null: bool = False
    allow_unknown: bool = False


class Function(abc.ABC):
    """A function, called as ``provider::<provider>::<name>(…)``.

    A class whose parameters have no name that Terraform takes, or one name twice, raises `SchemaError`.
    """

    parameters: tuple[Parameter, ...] = ()
    variadic: Parameter | None = None
    """Takes any number of further arguments."""
    result: Type
    summary: str
    description: str

    def __init_subclass__(cls) -> None:
        """Check the parameters of an author's class."""
        super().__init_subclass__()
        names = Counter(parameter.name for parameter in (*cls.parameters, cls.variadic) if parameter)
        check_names("parameter", names, f"{cls.__name__}.")
        for name, uses in names.items():
            if uses > 1:
                raise SchemaError(f"{cls.__name__}.{name}: another parameter has this name")

    @abc.abstractmethod
    def call(self, *arguments: Any) -> Value:
        """The result, the same for the same arguments. Raises `FunctionError`."""

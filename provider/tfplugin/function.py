"""The base class of a provider function. Functions are pure, and run without a configured provider."""

import abc
from collections import Counter
from typing import Any

from lightstart.records import Opaque
from tfplugin.cty import Type, Value
from tfplugin.names import SchemaError, check_names


class FunctionError(Exception):
    """Ends a call with a message; `argument` is the position, from 0, of the argument at fault."""

    def __init__(self, text: str, argument: int | None = None) -> None:
        """The `text` consists of whole sentences; Terraform, which ends it by a full stop, does not get the last one twice."""
        super().__init__(text)
        self.text = text
        self.argument = argument


class Parameter(Opaque, kw_only=True):
    """A parameter. Unless its flags allow them, Terraform refuses null, and makes no call with unknown values."""

    name: str
    type: Type
    description: str
    allow_null: bool = False
    allow_unknown: bool = False


class Function(abc.ABC):
    """A function, called as ``provider::<provider>::<name>(…)``.

    Defining a class raises `SchemaError` if Terraform refuses the name of a parameter, or two have the same name.
    """

    parameters: tuple[Parameter, ...] = ()
    variadic: Parameter | None = None
    """The parameter for any number of further arguments."""
    result: Type
    summary: str
    description: str

    def __init_subclass__(cls) -> None:
        """Checks the parameters of an author's class."""
        super().__init_subclass__()
        names = Counter(parameter.name for parameter in (*cls.parameters, cls.variadic) if parameter)
        check_names("parameter", names, f"{cls.__name__}.")
        for name, uses in names.items():
            if uses > 1:
                raise SchemaError(f"{cls.__name__}.{name}: another parameter has this name")

    @abc.abstractmethod
    def call(self, *arguments: Any) -> Value:
        """The result, always the same for the same arguments. Raises `FunctionError`."""

"""The path of a property: the names from the outermost property of a profile schema to this one."""

from typing import Self


class PropertyPath(tuple[str, ...]):
    """A path such as ``address.city``; its parts are names of properties."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a path as configurations and the API spell it."""
        return cls(text.split("."))

    @property
    def column(self) -> str:
        """The name of the property's column, in the case of the schema."""
        return "_".join(self)

    def __str__(self) -> str:
        return ".".join(self)

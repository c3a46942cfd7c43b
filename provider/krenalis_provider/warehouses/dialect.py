"""What a platform knows without a connection: columns' names, types and limits, and clauses for changes."""

from collections.abc import Sequence
from typing import Protocol

from krenalis_provider.model.errors import Problem
from krenalis_provider.model.profile_columns import ProfileColumn
from krenalis_provider.model.profile_schema import Leaf, Type
from krenalis_provider.warehouses.migration.operations import Operation, Widening
from krenalis_provider.warehouses.names import Names


class Dialect(Protocol):
    """The interface that a module of each platform implements."""

    NAMES: Names
    """The objects that the platform has, and how it spells names, names of profile columns among them."""

    def column_type(self, type_: Type) -> str:
        """The SQL type of a profile column."""

    def widening(self, old: str, new: str) -> Widening:
        """Whether the SQL type `new` holds every value of the SQL type `old`."""

    def clause(self, operation: Operation) -> str:
        """A column operation as SQL of the platform, which plans show: ``ADD COLUMN "tier" integer``."""

    def column_problems(self, leaves: Sequence[Leaf]) -> list[Problem]:
        """Limits of the platform that the columns of a document's properties exceed."""

    def column_warnings(self, columns: Sequence[ProfileColumn]) -> list[Problem]:
        """Limits of the platform that rows of these columns may exceed, though the tables can be made."""

"""Throw-away warehouses of each platform behind one face, for tests that are the same on all of them.

SQL of such tests is what all platforms understand, with names that are not quoted: each folds them to its own case.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import pytest

from krenalis_provider.server_block import ServerBlock
from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.registry import known_platform
from krenalis_provider.warehouses.settings import make_settings
from tests.support import workspaces
from tests.support.terraform_checks import Check, ExpectKnown
from tests.support.workspaces import expression

Row = tuple[Any, ...]

AT_SERVER = "PostgreSQL at a server"
"""The kind of warehouses that a Krenalis server fills and keeps, beside those of the platforms."""
SNOWFLAKE_AT_SERVER = "Snowflake at a server"
"""The same in the double of Snowflake, for tests that ask for it."""
NO_PORT = 1
"""Where nothing listens."""


def only_on(platform: str, reason: str) -> pytest.MarkDecorator:
    """Run a test on one platform alone, because of what is said."""
    return pytest.mark.parametrize("warehouses", [platform], indirect=True)


same_everywhere = only_on("PostgreSQL", "the platform makes no difference, and tests take time")
"""Run a test once: what it is about is the resource alone."""
once_and_at_a_server = pytest.mark.parametrize("warehouses", ["PostgreSQL", AT_SERVER], indirect=True)
"""Run a test without a server and with one: the platform makes no difference to what it is about."""


@dataclass(frozen=True)
class Warehouse(ABC):
    """A database with a schema, and a user who may make a workspace in it."""

    platform: ClassVar[str]
    password_variable: ClassVar[str]
    """The environment variable from which a password is taken."""
    has_port: ClassVar[bool]
    """Whether the port is one of the warehouse's settings, and not of the provider's."""
    record_objects: ClassVar[Mapping[str, str]] = {"krenalis_workspace": "table"}
    """Name to kind of what holds the record of the workspace in the warehouse."""
    attributes: ClassVar[Mapping[str, object]] = {}
    """What each resource says beside what a test lets it say."""

    port: int
    """Where it is reached."""

    @property
    @abstractmethod
    def schema(self) -> str:
        """As the settings name it."""

    @property
    @abstractmethod
    def password(self) -> str:
        """That of the settings."""

    @abstractmethod
    def settings(self, **changes: object) -> dict[str, Any]:
        """``warehouse.settings`` by which it is reached, or with changes."""

    @abstractmethod
    def parameters(self) -> dict[str, str]:
        """What the provider's block says for it to be reached."""

    @abstractmethod
    def moved(self) -> dict[str, Any]:
        """A change of the settings that leads to the same warehouse, though nothing but its record can tell."""

    @abstractmethod
    def name(self, name: str) -> str:
        """The name of an object or a column of ours, as the platform spells it."""

    @abstractmethod
    def text(self, length: int | None = None) -> str:
        """The SQL type of texts of at most that many characters."""

    @abstractmethod
    def adding(self, column: str, type_: str) -> str:
        """The clause that adds a column."""

    @abstractmethod
    def dropping(self, column: str) -> str:
        """The clause that drops a column."""

    @abstractmethod
    def execute(self, *statements: str) -> list[Row]:
        """Execute statements as an administrator, in the schema, and return the rows of the last."""

    @abstractmethod
    def relations(self) -> dict[str, str]:
        """Name to kind of the tables and views in the schema."""

    @abstractmethod
    def content(self) -> set[str]:
        """A description of everything in the schema, whatever its kind."""

    @abstractmethod
    def sample(self, type_: str) -> str:
        """A value, as SQL, that a column of the type holds."""

    @abstractmethod
    def columns(self, relation: str) -> list[Row]:
        """Name, SQL type, and the rest of the definition of each column."""

    @abstractmethod
    def resolve_identities(self) -> None:
        """Call the procedure, as the user."""

    @abstractmethod
    def make_schema(self, name: str) -> None:
        """Make a schema that the user may use as this one."""

    def place(self, name: str) -> dict[str, Any]:
        """The settings by which another workspace's place beside this one differs, which `make_place` makes."""
        return {"schema": name}

    def make_place(self, name: str) -> None:
        """Make a place for another workspace of the user."""
        self.make_schema(name)

    @abstractmethod
    def empty(self) -> None:
        """Remove everything from the schema."""

    @abstractmethod
    def allow_only_reading(self) -> None:
        """Take the right to make anything in the schema from the user."""

    @abstractmethod
    def set_password(self, password: str) -> None:
        """Change the user's password."""

    @abstractmethod
    def without_database(self) -> AbstractContextManager[None]:
        """Let the user find no database of this name, until the end of the context."""

    @abstractmethod
    def closed(self) -> AbstractContextManager[str]:
        """Let the user not in for now, until the end of the context, which has the summary of what is told then."""

    @abstractmethod
    def held(self) -> AbstractContextManager[None]:
        """Let the user wait for the record, until the end of the context."""

    @abstractmethod
    def drop(self) -> None:
        """Remove the database, whoever is connected to it."""

    @property
    def out_of_reach(self) -> str:
        """The summary of what is told of a warehouse that cannot be reached."""
        return f"{self.platform} could not be reached"

    def expected(self, name: str, kind: str) -> list[Check]:
        """Checks that the provider looks after an object of that name and kind."""
        return [ExpectKnown(workspaces.ADDRESS, f"objects.{self.name(name)}", kind)]

    def server_block(self) -> ServerBlock:
        """What the provider's block says of a Krenalis server: nothing, in direct mode."""
        return ServerBlock()

    def at(self, port: int) -> Self:
        """The same, reached at another port."""
        return replace(self, port=port)

    def provider(self, **members: object) -> str:
        """The text in the provider's block, with further members or others."""
        given = {**self.parameters(), **members}
        listed = ", ".join(f"{name} = {expression(value)}" for name, value in given.items())
        return f"{self.platform.lower()} = {{ {listed} }}" if given else ""

    def configuration(
        self, settings: Mapping[str, object] | None = None, *, without: Sequence[str] = (), **rest: Any
    ) -> str:
        """A main.tf with a workspace in this warehouse: with changed settings, and without some; see `workspaces.configuration`."""
        given = {k: v for k, v in self.settings(**(settings or {})).items() if k not in without}
        own = "".join(f"{name} = {expression(value)}\n  " for name, value in self.attributes.items())
        defaults = {"platform": self.platform, "provider": self.provider()}
        text = {**defaults, **rest, "extra": own + rest.get("extra", "")}
        return workspaces.configuration(given, **text)

    def provisioner(self, parameters: Mapping[str, str] | None = None, **changes: object) -> Provisioner:
        """That of the schema, with changed settings and further parameters."""
        platform = known_platform(self.platform)
        settings = make_settings(platform, self.settings(**changes))
        return platform.provisioner(settings, {**self.parameters(), **(parameters or {})})

    def record(self) -> Row:
        """Id, name and mode of the workspace that the warehouse holds."""
        (row,) = self.execute("SELECT id, name, mode FROM krenalis_workspace")
        return row

    def respell_document(self, change: Callable[[str], str]) -> None:
        """Change the text of the profile schema in the record."""
        ((text,),) = self.execute("SELECT CAST(profile_schema AS varchar) FROM krenalis_workspace")
        literal = change(text).replace("'", "''")
        self.execute(f"UPDATE krenalis_workspace SET profile_schema = '{literal}'")

    def add_profiles(self, *profiles: Mapping[str, str]) -> None:
        """Write profiles, of texts by the name of their column."""
        self._insert("krenalis_profiles_0", {"_updated_at": "2026-01-01"}, profiles)

    def add_identities(self, *identities: Mapping[str, str]) -> None:
        """Write identities, of texts by the name of their column."""
        fixed = {
            "_pipeline": "1",
            "_identity_id": "a",
            "_connection": "1",
            "_updated_at": "2026-01-01",
        }
        self._insert("krenalis_identities", fixed, identities)

    def profiles(self, *columns: str) -> list[Row]:
        """These columns of the profiles, in order."""
        return self.execute(f"SELECT {', '.join(columns)} FROM profiles ORDER BY 1")

    def _insert(self, table: str, fixed: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> None:
        given = [{**fixed, **row} for row in rows]
        names = list(dict.fromkeys(name for row in given for name in row))
        listed = ", ".join(
            "(" + ", ".join(f"'{row[name]}'" if name in row else "NULL" for name in names) + ")"
            for row in given
        )
        self.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES {listed}")


@dataclass(frozen=True)
class Warehouses:
    """Where warehouses of one platform are made; names of the database, its schema and so on may be given."""

    platform: str
    new: Callable[..., Warehouse]

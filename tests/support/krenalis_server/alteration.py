"""What an alteration does: the operations on columns, the statements for them, and the identifiers afterwards."""

from dataclasses import dataclass, field

from tests.support.krenalis_server.columns import Spelling
from tests.support.krenalis_server.profile_types import Type, leaves


@dataclass(slots=True)
class Operations:
    """Columns that are dropped, renamed (old and new name) and added, in the order in which they were found."""

    drops: list[str] = field(default_factory=list)
    renames: list[tuple[str, str]] = field(default_factory=list)
    adds: list[tuple[str, Type]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.drops or self.renames or self.adds)

    def statements(self, version: int, spelling: Spelling) -> list[str]:
        """The statements for the profiles table of a version and the identities. Raises `Panic` for an unknown kind."""
        quoted = spelling.quoted
        columns = [spelling.column(name, type_).declared for name, type_ in self.adds]
        clauses = [
            [f"DROP COLUMN {quoted(name)}" for name in self.drops],
            *([f"RENAME COLUMN {quoted(old)} TO {quoted(new)}"] for old, new in self.renames),
            [f"ADD COLUMN {column}" for column in columns],
        ]
        return [
            f"ALTER TABLE {quoted(table)}\n\t" + ",\n\t".join(parts)
            for parts in clauses
            if parts
            for table in (f"krenalis_profiles_{version}", "krenalis_identities")
        ]


def view(schema: Type, version: int, spelling: Spelling) -> str:
    names = ["_kpid", "_updated_at", *("_".join(path) for path, _ in leaves(schema))]
    listed = ",\n\t".join(map(spelling.quoted, names))
    table = spelling.quoted(f"krenalis_profiles_{version}")
    return f"CREATE VIEW {spelling.quoted('profiles')} AS SELECT\n\t{listed}\nFROM {table}"


def statements(schema: Type, operations: Operations, version: int, spelling: Spelling) -> list[str]:
    """Everything that an alteration runs."""
    drop = f"DROP VIEW {spelling.quoted('profiles')}"
    return [drop, *operations.statements(version, spelling), view(schema, version, spelling)]


def adjusted(identifiers: list[str], operations: Operations) -> list[str]:
    """The identifiers after an alteration, found by the columns' names with dots: wrong where a name has ``_``."""
    gone = {name.replace("_", ".") for name in operations.drops}
    renames = {old.replace("_", "."): new.replace("_", ".") for old, new in operations.renames}
    return [renames.get(path, path) for path in identifiers if path not in gone]

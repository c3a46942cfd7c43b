"""A warehouse in a double of Snowflake, as tests for every platform see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.snowflake import SnowflakeDatabase
from tests.support.warehouse import Row, Warehouse

ALL_PRIVILEGES = ("USAGE", "CREATE TABLE", "CREATE VIEW", "CREATE PROCEDURE")


_SAMPLES = {
    "VARCHAR": "'x'",
    "BOOLEAN": "TRUE",
    "NUMBER": "0",
    "FLOAT": "0",
    "TIME": "'12:00:00'::TIME",
    "VARIANT": "PARSE_JSON('{}')",
    "ARRAY": "ARRAY_CONSTRUCT()",
}


@dataclass(frozen=True)
class SnowflakeWarehouse(Warehouse):
    """A warehouse in a double of Snowflake."""

    platform = "Snowflake"
    password_variable = "SNOWFLAKE_PASSWORD"
    has_port = False

    database: SnowflakeDatabase

    @property
    def schema(self) -> str:
        return self.database.schema

    @property
    def password(self) -> str:
        return self.database.password

    def settings(self, **changes: object) -> dict[str, Any]:
        return {**self.database.settings(), **changes}

    def credentials(self) -> dict[str, str]:
        return {**self.database.credentials(), "port": str(self.port)}

    def moved(self) -> dict[str, Any]:
        return {"account": "organization2-double"}

    def name(self, name: str) -> str:
        return name.upper()

    def text(self, length: int | None = None) -> str:
        return f"VARCHAR({length})" if length else "VARCHAR"

    def adding(self, column: str, type_: str) -> str:
        return f'ADD COLUMN IF NOT EXISTS "{column.upper()}" {type_}'

    def dropping(self, column: str) -> str:
        return f'DROP COLUMN IF EXISTS "{column.upper()}"'

    def execute(self, *statements: str) -> list[Row]:
        with self.database.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()]

    def relations(self) -> dict[str, str]:
        rows = self.execute(f'SHOW TERSE OBJECTS IN SCHEMA "{self.database.name}"."{self.schema}"')
        return {name: kind.lower() for _, name, kind, *_ in rows}

    def content(self) -> set[str]:
        rows = self.execute(f'SHOW PROCEDURES IN SCHEMA "{self.database.name}"."{self.schema}"')
        return {f"procedure {name}" for _, name, *_ in rows} | {
            f"{kind} {name}" for name, kind in self.relations().items()
        }

    def sample(self, type_: str) -> str:
        family = type_.partition("(")[0]
        return _SAMPLES.get(family, f"'2026-01-01 12:00:00'::{family}")

    def columns(self, relation: str) -> list[Row]:
        return [
            (
                name,
                type_.replace("VARCHAR(16777216)", "VARCHAR"),
                " ".join(
                    [*([] if nullable == "Y" else ["not null"]), *([f"default {default}"] if default else [])]
                ),
            )
            for name, type_, _, nullable, default, *_ in self.execute(f"DESCRIBE TABLE {relation}")
        ]

    def resolve_identities(self) -> None:
        self.execute("CALL resolve_identities()")

    def make_schema(self, name: str) -> None:
        self.execute(f"CREATE SCHEMA {name}")

    def empty(self) -> None:
        kinds = sorted(self.relations().items(), key=lambda item: item[1], reverse=True)
        drops = [f'DROP {kind} "{name}"' for name, kind in kinds]
        self.execute(*drops, "DROP PROCEDURE IF EXISTS resolve_identities()")

    def allow_only_reading(self) -> None:
        self.database.allow(["USAGE"])

    def set_password(self, password: str) -> None:
        self.database.set_password(password)

    @contextmanager
    def without_database(self) -> Iterator[None]:
        self.database.allow([])
        try:
            yield
        finally:
            self.database.allow(ALL_PRIVILEGES)

    @contextmanager
    def closed(self) -> Iterator[str]:
        with self.database.down():
            yield "Snowflake could not be reached"

    @contextmanager
    def held(self) -> Iterator[None]:
        with self.database.strike(1, "hold", matching="KRENALIS_WORKSPACE"):
            yield

    def drop(self) -> None:
        self.database.drop()

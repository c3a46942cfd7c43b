"""Blocks of SQL: executed on PostgreSQL, and read as Snowflake's where the page or the heading says that they are."""

import re
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import psycopg
import sqlglot
from psycopg import sql
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from tests.docs.blocks import Block
from tests.support.postgresql import Database, Server
from tests.support.postgresql_warehouse import with_workspace

_CONNECT = re.compile(r"^\\connect (\w+)$", re.MULTILINE)
_SNOWFLAKES_OWN = re.compile(
    r"CREATE ROLE \w+|GRANT ROLE \w+ TO (ROLE|USER) \w+|ALTER USER \w+ SET \w+ = '[^']+'|CALL \w+\(\)"
)
"""What the parser takes for text without a form."""


class SqlBlocks:
    """Executes blocks, each where nothing is, or where the example's workspace is, and undoes it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.before = self._content()
        self.workspace: Database | None = None

    def problems(self, block: Block) -> Iterator[str]:
        """What is wrong with the statements of a block."""
        if "snowflake" in f"{block.page} {block.heading}".lower():
            yield from self._unreadable(block)
            return
        reasons = []
        for place in (self._where_nothing_is, self._where_a_workspace_is):
            try:
                place(block)
            except psycopg.Error as error:
                reasons.append(f"{place.__name__}: {error}")
            else:
                return
            finally:
                self._clean()
        yield f"{block.place}: {'; '.join(reasons)}"

    def _unreadable(self, block: Block) -> Iterator[str]:
        try:
            for statement in sqlglot.parse(block.text, dialect="snowflake"):
                if not isinstance(statement, exp.Command):
                    continue
                written = " ".join(statement.sql(dialect="snowflake").split())
                if not _SNOWFLAKES_OWN.fullmatch(written):
                    yield f"{block.place}: cannot be read: {written}"
        except SqlglotError as error:
            yield f"{block.place}: {error}"

    def _where_nothing_is(self, block: Block) -> None:
        database = "postgres"
        first, *others = _CONNECT.split(block.text)
        self._execute(database, first)
        for database, statements in zip(others[::2], others[1::2], strict=True):
            self._execute(database, statements)

    def _where_a_workspace_is(self, block: Block) -> None:
        database = with_workspace(self.server.database("cdp", role="krenalis", schema="customers"))
        with database.connect() as connection:
            connection.execute("SET search_path TO customers")
            connection.execute(block.text.encode())

    def _execute(self, database: str, statements: str) -> None:
        with self.server.connect(database) as connection:
            for statement in _split(statements):
                connection.execute(statement.encode())

    def _content(self) -> dict[str, set[str]]:
        with self.server.connect() as connection:
            databases = connection.execute("SELECT datname FROM pg_database").fetchall()
            roles = connection.execute("SELECT rolname FROM pg_roles").fetchall()
        return {"databases": {name for (name,) in databases}, "roles": {name for (name,) in roles}}

    def _clean(self) -> None:
        now = self._content()
        with self.server.connect() as connection:
            for name in now["databases"] - self.before["databases"]:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            for (schema,) in connection.execute(
                "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('public', 'information_schema')"
            ).fetchall():
                connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
            for name in now["roles"] - self.before["roles"]:
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clean()


def _split(script: str) -> Iterator[str]:
    """The statements of a script: some may stand in no transaction, and several at once are one."""
    start = 0
    for token in sqlglot.tokenize(script, read="postgres"):
        if token.token_type is TokenType.SEMICOLON:
            yield script[start : token.start]
            start = token.end + 1
    if script[start:].strip():
        yield script[start:]

"""The double of Snowflake executes procedures, and what they use, as Snowflake's documentation says."""

from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

from tests.support.snowflake import SnowflakeDatabase

Rows = list[tuple[Any, ...]]


class Session:
    """A session of the database's user."""

    def __init__(self, database: SnowflakeDatabase) -> None:
        self.connection = database.connect_as_user()

    def __call__(self, sql: str) -> Rows:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    def run(self, body: str) -> Any:
        """What a procedure of this text returns."""
        self(f"CREATE OR REPLACE PROCEDURE P() RETURNS VARCHAR LANGUAGE SQL AS $${body}$$")
        ((answer,),) = self("CALL P()")
        return answer

    def error(self, body: str) -> ProgrammingError:
        """Its error."""
        with pytest.raises(ProgrammingError) as raised:
            self.run(body)
        return raised.value


@pytest.fixture
def session(snowflake_database: SnowflakeDatabase) -> Iterator[Session]:
    session = Session(snowflake_database)
    session("CREATE TABLE T (A INT)")
    yield session
    session.connection.close()


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param("BEGIN RETURN 7; END", 7, id="a number"),
        pytest.param("BEGIN RETURN 'it''s'; END;", "it's", id="a text"),
        pytest.param("BEGIN INSERT INTO T VALUES (1); END", None, id="nothing"),
        pytest.param("DECLARE a VARCHAR; BEGIN RETURN A; END", None, id="a variable is NULL at first"),
        pytest.param("DECLARE a INTEGER; BEGIN a := 1; A := a + 2; RETURN a; END", 3, id="a sum"),
        pytest.param("begin if (1 = 1) then return 'yes'; end if; return 'no'; end", "yes", id="a branch"),
        pytest.param(
            "BEGIN IF (1 <> 1) THEN RETURN 1; ELSEIF (1 = 1) THEN RETURN 2; ELSEIF (1 = 1) THEN RETURN 3; END IF; END",
            2,
            id="the first branch that holds",
        ),
        pytest.param(
            "DECLARE a INTEGER; BEGIN IF (a = 1) THEN RETURN 1; ELSEIF (a <> 1) THEN RETURN 2; ELSEIF (a IS NULL) THEN RETURN 3; END IF; END",
            3,
            id="NULL does not compare",
        ),
        pytest.param(
            "DECLARE a INTEGER; BEGIN IF (a <> 1) THEN RETURN 1; END IF; RETURN 2; END", 2, id="no branch"
        ),
        pytest.param(
            "DECLARE a INTEGER; BEGIN a := 0; REPEAT a := a + 1; UNTIL (a = 4) END REPEAT; RETURN a; END",
            4,
            id="a loop",
        ),
        pytest.param(
            "BEGIN INSERT INTO T VALUES (1), (2); UPDATE T SET A = 3 WHERE A = 1; RETURN SQLROWCOUNT; END",
            1,
            id="the count of the last statement",
        ),
        pytest.param(
            "BEGIN INSERT INTO T VALUES (1); SELECT A FROM T; RETURN SQLROWCOUNT; END",
            None,
            id="no count of a query",
        ),
        pytest.param(
            "DECLARE a INTEGER; b INTEGER; BEGIN INSERT INTO T VALUES (1), (5); SELECT MIN(A), MAX(A) INTO :a, :b FROM T; RETURN b; END",
            5,
            id="a row into variables",
        ),
        pytest.param(
            "DECLARE e EXCEPTION (-20001, 'x'); BEGIN RAISE e; RETURN 1; EXCEPTION WHEN OTHER THEN RETURN 2; END",
            2,
            id="a handler",
        ),
        pytest.param(
            "BEGIN BEGIN DROP TABLE NO_SUCH; EXCEPTION WHEN OTHER THEN DELETE FROM T; END; RETURN 3; END",
            3,
            id="a block whose error was handled",
        ),
        pytest.param(
            "DECLARE e EXCEPTION (-20001, 'x'); BEGIN BEGIN RAISE e; EXCEPTION WHEN OTHER THEN RAISE; END; RETURN 1; EXCEPTION WHEN OTHER THEN RETURN 4; END",
            4,
            id="an error that is passed on",
        ),
    ],
)
def test_a_procedure_returns(session: Session, body: str, value: object) -> None:
    assert session.run(body) == value


RAISING = """
DECLARE
  my_exception EXCEPTION (-20002, 'Raised MY_EXCEPTION.');
BEGIN
  INSERT INTO T VALUES (1);

  IF (1 = 1) THEN
    RAISE my_exception;
  END IF;
END;
"""


def test_an_exception_that_nothing_handles_is_the_error_of_the_call(session: Session) -> None:
    """The example of "Handling exceptions" in Snowflake's documentation, but for what comes before line 7."""
    raised = session.error(RAISING)
    assert (raised.errno, raised.sqlstate) == (-20002, "P0001")
    text = "Uncaught exception of type 'MY_EXCEPTION' on line 8 at position 4 : Raised MY_EXCEPTION."
    assert text in str(raised)
    assert session("SELECT A FROM T") == [(1,)]


def test_an_error_of_a_statement_keeps_its_number(session: Session) -> None:
    raised = session.error("BEGIN DROP TABLE NO_SUCH; END")
    assert (raised.errno, raised.sqlstate) == (2003, "42S02")
    assert "Uncaught exception of type 'STATEMENT_ERROR' on line 1 at position 6 : " in str(raised)


@pytest.mark.parametrize(
    "body",
    [
        "BEGIN IF (1 = 1) THEN DELETE FROM T; END",
        "BEGIN LET a := 1; END",
        "BEGIN FOR i IN 1 TO 2 DO DELETE FROM T; END FOR; END",
        "BEGIN WHILE (1 = 1) DO DELETE FROM T; END WHILE; END",
        "BEGIN LOOP BREAK; END LOOP; END",
        "BEGIN IF (1 = 1) THEN DELETE FROM T; ELSE DELETE FROM T; END IF; END",
        "BEGIN CASE (1) WHEN 1 THEN DELETE FROM T; END CASE; END",
        "BEGIN EXECUTE IMMEDIATE 'DELETE FROM T'; END",
        "BEGIN CALL P(); END",
        "BEGIN TRUNCATE TABLE T; END",
        "BEGIN DELETE FROM T EXCEPTION WHEN OTHER THEN DELETE FROM T; END",
        "BEGIN DELETE FROM T; EXCEPTION WHEN e THEN DELETE FROM T; END",
        "BEGIN DELETE FROM T; END; DELETE FROM T;",
        "BEGIN RAISE; END",
        "BEGIN RAISE no_such; END",
        "BEGIN no_such := 1; END",
        "BEGIN RETURN no_such; END",
        "BEGIN RETURN UPPER('a'); END",
        "DECLARE a FLOAT; BEGIN RETURN a; END",
        "DECLARE a INTEGER DEFAULT 1; BEGIN RETURN a; END",
        "DECLARE a INTEGER; BEGIN a := 'x'; END",
        "DECLARE a INTEGER; BEGIN a := 1; DELETE FROM T WHERE A = :a; END",
        "DECLARE a INTEGER; BEGIN SELECT A INTO :a FROM T; END",
        "DECLARE a INTEGER; BEGIN REPEAT DELETE FROM T; UNTIL (a = 1) END REPEAT; END",
        "DECLARE e EXCEPTION (-1, 'x'); BEGIN RAISE e; END",
        "DELETE FROM T",
    ],
)
def test_what_is_not_understood_is_an_error(session: Session, body: str) -> None:
    session("INSERT INTO T VALUES (1), (2)")
    error = session.error(body)
    assert error.errno == 9999
    assert "not emulated by the double" in str(error)


def test_a_transaction_ends_with_its_procedure(session: Session) -> None:
    raised = session.error("BEGIN BEGIN TRANSACTION; INSERT INTO T VALUES (1); END")
    assert "Scoped transaction started in stored procedure is incomplete and it was rolled back" in str(
        raised
    )
    assert session("SELECT A FROM T") == []
    assert session("SELECT CURRENT_TRANSACTION()") == [(None,)]

    assert (
        session.error("BEGIN BEGIN TRANSACTION; INSERT INTO T VALUES (1); DELETE FROM NO_SUCH; END").errno
        == 2003
    )
    assert session("SELECT A FROM T") == []

    session.run("BEGIN BEGIN TRANSACTION; INSERT INTO T VALUES (1); COMMIT; END")
    session("ROLLBACK")
    assert session("SELECT A FROM T") == [(1,)]


@pytest.mark.parametrize("statement", ["COMMIT", "ROLLBACK", "CREATE TABLE U (A INT)", "DROP TABLE T"])
def test_a_procedure_does_not_end_its_caller_s_transaction(session: Session, statement: str) -> None:
    session("CREATE PROCEDURE Q() RETURNS VARCHAR LANGUAGE SQL AS 'BEGIN INSERT INTO T VALUES (1); END'")
    session(
        f"CREATE PROCEDURE P() RETURNS VARCHAR LANGUAGE SQL AS 'BEGIN INSERT INTO T VALUES (2); {statement}; END'"
    )
    session("BEGIN TRANSACTION")
    session("CALL Q()")
    with pytest.raises(ProgrammingError, match="started at a different scope is not allowed"):
        session("CALL P()")
    session("ROLLBACK")
    assert session("SELECT A FROM T") == []


def test_a_call_that_is_cancelled_meets_no_handler(
    session: Session, snowflake_database: SnowflakeDatabase
) -> None:
    body = "BEGIN BEGIN TRANSACTION; INSERT INTO T VALUES (1); COMMIT; EXCEPTION WHEN OTHER THEN COMMIT; END"
    with snowflake_database.strike(1, "cancel", matching="^COMMIT", within=True, code="000604"):
        assert session.error(body).errno == 604
    assert session("SELECT A FROM T") == []


def test_a_temporary_table_is_its_session_s_and_hides_a_permanent_one(
    session: Session, snowflake_database: SnowflakeDatabase
) -> None:
    session("INSERT INTO T VALUES (1)")
    session("CREATE OR REPLACE TEMPORARY TABLE T AS SELECT * FROM T WHERE FALSE")
    session(f'INSERT INTO "{snowflake_database.name}"."CDP"."T" ("A") VALUES (2)')
    assert session("SELECT t.A FROM CDP.T AS t") == [(2,)]
    assert snowflake_database.execute("SELECT A FROM T") == [(1,)]
    assert session("DROP TABLE T") == [("T successfully dropped.",)]
    assert session("SELECT A FROM T") == [(1,)]
    with pytest.raises(ProgrammingError, match="temporary clone"):
        session("CREATE TEMPORARY TABLE U CLONE T")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("ARRAY_AGG(A)", "[]"),
        ("ARRAY_AGG(B) WITHIN GROUP (ORDER BY B DESC)", "[3,2]"),
        ("MAX_BY(A, B)", None),
        ("MAX_BY(B, IFF(B = 3, NULL, B))", 2),
        ("ARRAY_FLATTEN(PARSE_JSON('[[1, 2], [], [null]]'))", "[1,2,null]"),
        ("ARRAY_FLATTEN(PARSE_JSON('[[1], null]'))", None),
        ("ARRAY_SIZE(ARRAY_DISTINCT(PARSE_JSON('[1, 2, 1, null, null]')))", 3),
        ("""ARRAY_SORT(PARSE_JSON('["b", "a b", "a", null, "B"]'))""", '["B","a","a b","b",null]'),
        ("ARRAY_SORT(PARSE_JSON('[10, 9, -1, 2.5]'))", "[-1,2.5,9,10]"),
        ("ARRAY_SORT(PARSE_JSON('[true, false]'))", "[false,true]"),
    ],
)
def test_functions_of_arrays_treat_null_as_snowflake_does(
    session: Session, expression: str, value: object
) -> None:
    session("CREATE TABLE U AS SELECT * FROM VALUES (NULL, 3), (NULL, 2), (NULL, NULL) AS v (A, B)")
    assert session(f"SELECT {expression} FROM U")[0] == (value,)


@pytest.mark.parametrize(
    "expression", ["ARRAY_FLATTEN(PARSE_JSON('[1]'))", """ARRAY_SORT(PARSE_JSON('["a", 1]'))"""]
)
def test_an_array_of_something_else_is_an_error(session: Session, expression: str) -> None:
    with pytest.raises(ProgrammingError, match="array"):
        session(f"SELECT {expression}")


def test_an_update_whose_rows_join_several_is_an_error(session: Session) -> None:
    session("INSERT INTO T VALUES (1), (2)")
    with pytest.raises(ProgrammingError, match="Duplicate row detected"):
        session(
            "UPDATE T SET A = v.B FROM (SELECT * FROM VALUES (1, 7), (1, 8) AS v (K, B)) AS v WHERE A = v.K"
        )
    session("UPDATE T SET A = v.B FROM (SELECT * FROM VALUES (1, 7), (3, 8) AS v (K, B)) AS v WHERE A = v.K")
    assert session("SELECT A FROM T ORDER BY A") == [(2,), (7,)]

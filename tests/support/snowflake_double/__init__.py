"""A double of Snowflake: its HTTP protocol and SQL on DuckDB, by fakesnow, with what a provisioner needs beyond that.

It runs in a process and a virtual environment of its own (`tests.support.snowflake` starts it) and speaks to the real
connector. It is no Snowflake: a test that passes proves that the statements were sent, and that they do what is meant
where Snowflake and the double agree.

What the double answers itself, because fakesnow has nothing of the kind:

- logging in: users with a password or the public key of a pair (`account`), roles, virtual warehouses, and sessions
  without a current database, schema or virtual warehouse where there is none of that name;
- rights: a role may use a schema, and create tables, views and procedures in it, as it was given (`account`); who
  owns a table or view alone changes, replaces or drops it, and SHOW OBJECTS tells (`owners`);
- procedures: kept, listed and dropped (`emulation`), and called, with as much of Scripting as ours have (`procedures`);
- temporary tables (`temporary`), and functions of arrays, which treat NULL as Snowflake does (`arrays`);
- SHOW GRANTS ON SCHEMA, IS_ROLE_IN_SESSION, CURRENT_ROLE and its like, ALTER SESSION (`emulation`);
- statements that need a virtual warehouse are refused without one (`engine`).

What Snowflake leaves to chance it refuses: an UPDATE whose rows join several (`updates`).

What it mends of fakesnow: primary keys are not enforced, several columns of a table may count by themselves, MERGE is
one statement, DDL commits, a view can be replaced with its grants, columns have their types (`engine`, `definitions`,
`columns`), errors have Snowflake's numbers, and no statement is answered by HTTP 500, after which a client would send it
again (`errors`).

Statements are executed one at a time, a procedure as a whole, so that nobody waits for a lock. Each that is sent is
recorded, and a test may strike one: cut the connection before or after it is executed, answer it with an error, hold it;
and let one that a procedure executes fail (`strikes`). A request that is sent again with the same id gets the answer
of the first, as from Snowflake (`server`).
"""

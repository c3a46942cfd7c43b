"""Definitions as DuckDB takes them: one action at a time, and with sequences for columns that count by themselves."""

import secrets
from typing import Any

import sqlglot
from sqlglot import exp


def single_actions(alter: Any) -> list[Any]:
    """An ALTER TABLE for each of its actions, and each column to drop: DuckDB takes one at a time."""
    actions = []
    for action in alter.args["actions"]:
        dropped = action.args["tables"] if isinstance(action, exp.Drop) else []
        actions += [exp.Drop(**{**action.args, "tables": [column.copy()]}) for column in dropped] or [action]
    single = []
    for action in actions:
        one = alter.copy()
        one.set("actions", [action.copy()])
        single.append(one)
    return single


def strip(expression: Any) -> None:
    """Take away what Snowflake accepts and does not act on: primary keys are only NOT NULL, grants are not kept here."""
    if not isinstance(expression, exp.Create):
        return
    keys: set[str] = set()
    for key in list(expression.find_all(exp.PrimaryKey)):
        keys.update(column.name for column in key.find_all(exp.Identifier))
        constraint = key.parent if isinstance(key.parent, exp.Constraint) else key
        constraint.pop()
    for definition in expression.find_all(exp.ColumnDef):
        primary = definition.find(exp.PrimaryKeyColumnConstraint)
        if primary and primary.parent:
            primary.parent.pop()
        if (primary or definition.name in keys) and not definition.find(exp.NotNullColumnConstraint):
            definition.append("constraints", exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
    for grants in list(expression.find_all(exp.CopyGrantsProperty)):
        grants.pop()


def counting_columns(expression: Any) -> list[Any]:
    """The columns of a CREATE TABLE that count by themselves."""
    if not (isinstance(expression, exp.Create) and expression.kind == "TABLE"):
        return []
    kinds = (exp.AutoIncrementColumnConstraint, exp.GeneratedAsIdentityColumnConstraint)
    return [column for column in expression.find_all(exp.ColumnDef) if column.find(*kinds)]


def sequences(expression: Any, counting: list[Any]) -> list[Any]:
    """The sequences for these columns, which get a default from them in place of their own counting."""
    table = expression.find(exp.Table)
    place = ".".join(f'"{part}"' for part in (table.catalog, table.db) if part)
    made = []
    for column in counting:
        constraint = column.find(exp.AutoIncrementColumnConstraint, exp.GeneratedAsIdentityColumnConstraint)
        start, step = (
            int(str(value)) if (value := constraint.args.get(name)) is not None else 1
            for name in ("start", "increment")
        )
        name = f"_FS_SEQ_{secrets.token_hex(4)}"
        full = f'{place}."{name}"' if place else f'"{name}"'
        made.append(
            sqlglot.parse_one(
                f"CREATE SEQUENCE {full} MINVALUE -9223372036854775807 START WITH {start} INCREMENT BY {step}",
                read="duckdb",
            )
        )
        default = sqlglot.parse_one(f"nextval('{full}')", read="duckdb")
        column.args["kept_identity"] = f"IDENTITY START {start} INCREMENT {step} ORDER"
        column.set("constraints", [c for c in column.args["constraints"] if c is not constraint.parent])
        column.append("constraints", exp.ColumnConstraint(kind=exp.DefaultColumnConstraint(this=default)))
    return made

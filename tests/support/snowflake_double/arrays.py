"""Functions on arrays, and MAX_BY, as Snowflake's documentation has them; an ARRAY is JSON in DuckDB.

fakesnow and sqlglot pass them on to functions of DuckDB that do otherwise with NULL, or take lists only.
"""

from typing import Any, Final

from sqlglot import exp

_PLACE: Final = "_fs_global._fs_information_schema"
_ELEMENTS: Final = "CAST(value AS JSON[])"
_MACROS: Final = {
    # one level; NULL where an array in it is NULL; what is no array is an error
    "_array_flatten": f"""
        CASE WHEN list_bool_or(list_transform({_ELEMENTS}, lambda e: e IS NULL)) THEN NULL
             WHEN list_bool_or(list_transform({_ELEMENTS}, lambda e: json_type(e) <> 'ARRAY'))
             THEN error('not an array of arrays')::JSON
             ELSE to_json(flatten(CAST(value AS JSON[][]))) END
    """,
    # in no order; NULL is one value
    "_array_distinct": f"""
        to_json(list_concat(list_distinct({_ELEMENTS}), list_filter({_ELEMENTS}, lambda e: e IS NULL)[:1]))
    """,
    # ascending, NULL last; elements are compared by value, and those of several types not at all
    "_array_sort": f"""
        CASE WHEN len(list_distinct(list_transform({_ELEMENTS}, lambda e: CASE json_type(e)
                      WHEN 'BIGINT' THEN 'DOUBLE' WHEN 'UBIGINT' THEN 'DOUBLE' ELSE json_type(e) END))) > 1
             THEN error('an array with elements of several types')::JSON
             ELSE to_json(list_transform(list_sort(list_transform({_ELEMENTS}, lambda e: {{
                      'last': e IS NULL, 'number': CASE json_type(e) WHEN 'VARCHAR' THEN 0 ELSE TRY_CAST(e AS DOUBLE) END,
                      'text': e->>'$', 'element': e}})), lambda e: e.element)) END
    """,
}
_OF_FUNCTIONS: Final = {
    "flatten": "_array_flatten",
    "arraydistinct": "_array_distinct",
    "sortarray": "_array_sort",
}
"""The macro by sqlglot's name of the function."""


def install(connection: Any) -> None:
    """Make the macros that translations call."""
    for name, value in _MACROS.items():
        connection.execute(f"CREATE MACRO {_PLACE}.{name}(value) AS ({value})")


def translate(statement: Any) -> None:
    """Put what DuckDB has in the place of these functions, the innermost first."""
    for node in reversed(list(statement.find_all(exp.Func))):
        whole = node.parent if isinstance(node.parent, exp.WithinGroup) else node
        if isinstance(whole.parent, exp.Window):
            continue
        if isinstance(node, exp.ArrayAgg):
            whole.replace(_aggregate(node, None if whole is node else whole.expression))
        elif isinstance(node, exp.ArgMax):
            if node.args.get("count"):
                raise NotImplementedError("MAX_BY with a third argument")
            node.replace(exp.Anonymous(this="arg_max_null", expressions=[node.this, node.expression]))
        elif macro := _OF_FUNCTIONS.get(node.key):
            node.replace(exp.Anonymous(this=f"{_PLACE}.{macro}", expressions=[node.this]))


def _aggregate(aggregate: Any, order: Any) -> Any:
    """An array without NULL, and without anything when there is nothing but NULL."""
    value = aggregate.this
    if isinstance(value, exp.Distinct):
        raise NotImplementedError("ARRAY_AGG(DISTINCT …)")
    listed = exp.Order(this=value.copy(), expressions=order.expressions) if order else value.copy()
    some = exp.Filter(
        this=exp.Anonymous(this="LIST", expressions=[listed]),
        expression=exp.Where(this=exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))),
    )
    return exp.Anonymous(this="TO_JSON", expressions=[exp.Coalesce(this=some, expressions=[exp.Array()])])

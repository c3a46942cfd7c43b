"""What was measured: rows of numbers, a column for each candidate."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

Value = TypeVar("Value")


class Table:
    """Prints the median of each cell, with the least and the greatest value.

    With `ratio`, a last column has that of the second column to the first, pair by pair as they were measured.
    """

    def __init__(self, title: str, columns: Sequence[str], *, ratio: bool = False) -> None:
        self._title = title
        self._columns = columns
        self._ratio = ratio
        self._rows: dict[str, dict[str, list[float]]] = {}

    def add(self, row: str, column: str, value: float) -> None:
        """One more measurement; rows come in the order in which they were first measured."""
        self._rows.setdefault(row, {}).setdefault(column, []).append(value)

    def time(self, row: str, column: str, action: Callable[[], Value]) -> Value:
        """The action's result, after adding the milliseconds that it took."""
        start = time.perf_counter()
        result = action()
        self.add(row, column, (time.perf_counter() - start) * 1000)
        return result

    def forget(self) -> None:
        """Throw away what was measured so far, but not the order of the rows."""
        for cells in self._rows.values():
            cells.clear()

    def __str__(self) -> str:
        lines = [[self._title, *self._columns, *(["ratio"] if self._ratio else [])]]
        for row, cells in self._rows.items():
            values = [cells.get(column, []) for column in self._columns]
            lines.append([row, *map(_cell, values)])
            if self._ratio:
                first, second = values
                lines[-1].append(_cell([b / a for a, b in zip(first, second, strict=True)], digits=2))
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        lines.insert(1, ["-" * width for width in widths])
        return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def _cell(values: Sequence[float], digits: int = 0) -> str:
    if not values:
        return ""
    median, least, greatest = (
        f"{value:.{digits}f}" for value in (statistics.median(values), min(values), max(values))
    )
    return f"{median} ({least} to {greatest})"

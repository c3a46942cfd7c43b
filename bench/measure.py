"""What was measured: rows of numbers, a column for each candidate."""

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

Value = TypeVar("Value")


class Table:
    """Prints the median of each cell, with the least and the greatest value."""

    def __init__(self, title: str, columns: Sequence[str]) -> None:
        self._title = title
        self._columns = columns
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

    def time_and_cpu(self, row: str, column: str, action: Callable[[], Value]) -> Value:
        """The same; in another row, the processor time of the processes that the action started and saw end."""
        start = _cpu_time_of_children()
        result = self.time(row, column, action)
        self.add(f"{row}: CPU time", column, (_cpu_time_of_children() - start) * 1000)
        return result

    def forget(self) -> None:
        """Throw away what was measured so far, but not the order of the rows."""
        for cells in self._rows.values():
            cells.clear()

    def __str__(self) -> str:
        lines = [[self._title, *self._columns]]
        lines += [
            [row, *(_cell(cells.get(column, [])) for column in self._columns)]
            for row, cells in self._rows.items()
        ]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        lines.insert(1, ["-" * width for width in widths])
        return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def _cpu_time_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _cell(values: list[float]) -> str:
    if not values:
        return ""
    return f"{statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f})"

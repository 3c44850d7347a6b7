"""SCROLL cursors: all rows of a result, read in both directions with PostgreSQL's rules of positions."""

from __future__ import annotations

from ...kernels.batch import Batch
from ...planner.sql import statements as ast
from .executions import Rows


class Scroll:
    """`at` is the current row from 1; 0 before the first, one more than there are rows after the last."""

    def __init__(self, execution: Rows) -> None:
        self._execution = execution
        self.at = 0

    def fetch(self, statement: ast.Fetch) -> Batch:
        """The rows that FETCH or MOVE passes, in the order it passes them."""
        places = self._pass(statement, self._execution.rows)
        if not places:
            return self._execution.between(0, 0)
        first, last = min(places[0], places[-1]), max(places[0], places[-1])
        rows = self._execution.between(first - 1, last)
        return rows if places.step > 0 else rows.take(range(len(places) - 1, -1, -1))

    def _pass(self, statement: ast.Fetch, total: int) -> range:
        count, direction, here = statement.count, statement.direction, self.at
        if direction in ("absolute", "relative"):
            assert count is not None
            if direction == "absolute":
                place = count if count >= 0 else total + 1 + count
            else:
                place = here + count
            self.at = max(0, min(place, total + 1))
            return range(self.at, self.at + (1 <= self.at <= total))
        step = total + 1 if count is None else count
        if direction == "backward":
            step = -step
        if step == 0:
            return range(here, here + (1 <= here <= total))
        self.at = max(0, min(here + step, total + 1))
        if step > 0:
            return range(here + 1, min(self.at, total) + 1)
        return range(here - 1, max(self.at, 1) - 1, -1)

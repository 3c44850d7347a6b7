"""SCROLL cursors: all rows of a result, read in both directions with PostgreSQL's rules of positions."""

from __future__ import annotations

from typing import Any

from ..kernels.batch import Batch
from ..planner.sql import statements as ast


class Scroll:
    """`at` is the current row from 1; 0 before the first, one more than there are rows after the last."""

    def __init__(self, execution: Any) -> None:
        self._execution = execution
        self._rows: Batch | None = None
        self.at = 0

    async def fetch(self, statement: ast.Fetch) -> Batch:
        """The rows that FETCH or MOVE passes, in the order it passes them."""
        everything = await self._all()
        return everything.take([place - 1 for place in self._pass(statement, everything.num_rows)])

    async def _all(self) -> Batch:
        if self._rows is None:
            parts: list[Batch] = []
            while (batch := await self._execution.fetch(0)) is not None:
                parts.append(batch)
            self._rows = Batch.concat(parts) if parts else Batch.empty(self._execution.columns.types)
        return self._rows

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

"""Late rows of tables: what comes behind a table's watermark is not stored."""

from __future__ import annotations

from ...kernels.batch import Batch
from ...kernels.expr.program import Program, SessionFacts
from ...kernels.expr.spec import Expr
from ...kernels.time_filter import NO_TIME, filter_late


class TableWatermarks:
    """The watermarks of one table, each the greatest `delayed` of the rows stored so far. Under the engine's lock."""

    def __init__(self, marks: tuple[tuple[int, Expr], ...]) -> None:
        self._columns = [column for column, _ in marks]
        self._delayed = [Program((delayed,)) for _, delayed in marks]
        self._at = [NO_TIME] * len(marks)

    def on_time(self, rows: Batch) -> Batch:
        """The rows that are not late, each measured against all before it."""
        for column, delayed, at in zip(self._columns, self._delayed, self._at):
            if rows.num_rows:
                rows, _ = filter_late(rows, column, delayed.run(rows, SessionFacts())[0], at)
        return rows

    def observe(self, rows: Batch) -> None:
        """Rows that are stored move the watermarks."""
        if not rows.num_rows:
            return
        for i, (column, delayed) in enumerate(zip(self._columns, self._delayed)):
            _, self._at[i] = filter_late(rows, column, delayed.run(rows, SessionFacts())[0], self._at[i])

    def reset(self) -> None:
        self._at = [NO_TIME] * len(self._at)

"""The errors relation `sabot.errors`: rows that could not be computed, retracted when their input is."""

from __future__ import annotations

from ...executor.operator import ERROR_TYPES, StateTable
from ...kernels.batch import Batch
from ...kernels.expr.program import Program, SessionFacts
from ...kernels.expr.spec import Call, Col, Lit
from ...kernels.limits import ERROR_ROWS
from ...kernels.store import RowStore, Snapshot
from ...kernels.types import BOOL, INT8, SqlType

ERRORS_RELATION = 100  # catalog id
TYPES: tuple[SqlType, ...] = (INT8, *ERROR_TYPES)  # job, operator, sqlstate, message, detail


class RowErrors:
    relation_id = ERRORS_RELATION
    state_table = StateTable("errors", "zset", TYPES)

    def __init__(self) -> None:
        self.rows = RowStore(TYPES, None)
        self.counts: dict[int, int] = {}
        self.dropped: dict[int, int] = {}  # errors beyond ERROR_ROWS, counted only

    def add(self, job: int, errors: Batch) -> Batch:
        """Take a job's error delta (ERROR_TYPES, weighted); gives the relation's delta."""
        errors = errors.consolidate()
        room = ERROR_ROWS - self.counts.get(job, 0)
        if errors.num_rows > max(room, 0) and errors.total_weight() > 0:
            self.dropped[job] = self.dropped.get(job, 0) + errors.num_rows - max(room, 0)
            errors = errors.slice(0, max(room, 0))
        delta = Batch.repeat(INT8, job, errors.num_rows).hstack(errors).weighted_as(errors)
        self.rows.apply(delta)
        self.counts[job] = self.counts.get(job, 0) + errors.total_weight()
        return delta

    def forget(self, job: int) -> None:
        """Drop a job's errors."""
        if not self.counts.pop(job, 0):
            return
        self.dropped.pop(job, None)
        columns = tuple(Col(i, t) for i, t in enumerate(TYPES))
        mine = Program(columns, Call("compare.eq", (Col(0, INT8), Lit(job, INT8)), BOOL))
        for batch in self.rows.snapshot().batches():
            gone, _ = mine.run(batch, SessionFacts())
            if gone.num_rows:
                self.rows.apply(gone.negate())

    def restore(self, batch: Batch) -> None:
        self.rows.restore(batch)
        for (job,), weight in _totals(batch):
            self.counts[job] = self.counts.get(job, 0) + weight

    def snapshot(self) -> Snapshot:
        return self.rows.snapshot()


def _totals(batch: Batch) -> list[tuple[tuple[int], int]]:
    jobs = batch.select((0,)).consolidate()
    return list(zip(jobs.to_rows(), jobs.weights()))

"""Temporal filters: rows enter and leave as the epoch's time moves."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.expr.program import Program
from ...kernels.time_filter import NO_TIME, TimeFilterState
from ...kernels.types import INT8
from ...planner.physical.node import NowFilter
from ..operator import Operator, StateTable, StepContext
from .row_errors import report


class NowFilterOperator(Operator):
    """State: the time of the last step, and the rows that have still to enter or to leave."""

    wants_ticks = True

    def __init__(self, id: int, node: NowFilter, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._one_shot = one_shot
        self._has = (node.lower is not None, node.upper is not None)
        self._bounds = Program(tuple(e for e in (node.lower, node.upper) if e is not None))
        self._state = TimeFilterState(self.types)
        self._drained_at = NO_TIME
        self.state_tables = (
            StateTable("clock", "upsert", (INT8, INT8), 1),
            StateTable("rows", "zset", (*self.types, INT8, INT8)),
        )

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        bounds: Batch | None = None
        if batch is not None and batch.num_rows:
            bounds, errors = self._bounds.run(batch, ctx.facts)
            if errors is not None:
                report(ctx, self.id, errors.select((1, 2)))
        else:
            batch = None
        return self._state.step(batch, bounds, *self._has, ctx.facts.now, False, not self._one_shot)

    def drain(self) -> list[Batch | None]:
        clock = None
        if self._state.now != self._drained_at:
            self._drained_at = self._state.now
            clock = Batch.from_rows((INT8, INT8), [(0, self._state.now)])
        return [clock, self._state.drain()]

    def restore(self, table: int, batch: Batch) -> None:
        if table == 0:
            self._state.now = self._drained_at = batch.cell(batch.num_rows - 1, 1)
        else:
            self._state.restore(batch)

    @property
    def state_rows(self) -> int:
        return self._state.rows

    @property
    def state_bytes(self) -> int:
        return self._state.nbytes

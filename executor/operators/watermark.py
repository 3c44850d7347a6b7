"""Watermarks: late rows are dropped; results wait until their window is closed.

A watermark filter publishes its watermark to the step under its own id. Whoever waits, waits for the least
of all watermarks of its dataflow.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.expr.program import Program
from ...kernels.time_filter import NO_TIME, TimeFilterState, filter_late, micros
from ...kernels.types import INT8
from ...planner.physical.node import EmitOnClose, WatermarkFilter
from ..operator import Operator, StateTable, StepContext
from .row_errors import report


class WatermarkFilterOperator(Operator):
    """A row is late when its time is behind what the rows before it made the watermark; NULL is never late."""

    state_tables = (StateTable("watermark", "upsert", (INT8, INT8), 1),)

    def __init__(self, id: int, node: WatermarkFilter, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._column = node.column
        self._drops = node.drops
        self._is_time = node.schema.types[node.column].category == "D"
        self._delayed = Program((node.delayed,))
        self._drained = NO_TIME
        self.watermark = NO_TIME
        self.late_rows = 0

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        out: Batch | None = None
        if batch is not None and batch.num_rows:
            delayed, errors = self._delayed.run(batch, ctx.facts)
            if errors is not None:
                report(ctx, self.id, errors.select((1, 2)))
            out, self.watermark = filter_late(batch, self._column, delayed, self.watermark)
            if not self._drops:
                out = batch
            self.late_rows += batch.num_rows - out.num_rows
        if self._is_time:  # windows wait for times only
            ctx.watermarks[self.id] = self.watermark
        return out

    def drain(self) -> list[Batch | None]:
        if self.watermark == self._drained:
            return [None]
        self._drained = self.watermark
        return [Batch.from_rows((INT8, INT8), [(0, self.watermark)])]

    def restore(self, table: int, batch: Batch) -> None:
        self.watermark = self._drained = batch.cell(batch.num_rows - 1, 1)


class EmitOnCloseOperator(Operator):
    """Holds rows; once closed they are emitted and changes that come later are ignored. NULL never closes."""

    def __init__(self, id: int, node: EmitOnClose, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._column = node.column
        self._margin = 0 if node.inclusive else 1
        self._state = TimeFilterState(self.types)
        self._drained_at = NO_TIME
        self.state_tables = (
            StateTable("clock", "upsert", (INT8, INT8), 1),
            StateTable("rows", "zset", (*self.types, INT8, INT8)),
        )

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        closed = min(ctx.watermarks.values(), default=NO_TIME)
        # Rows come before the watermark that they may have moved themselves.
        if batch is not None and batch.num_rows:
            self._state.step(batch, micros(batch, self._column, self._margin), True, False, NO_TIME, True, True)
        return self._state.step(None, None, True, False, closed, True, True)

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

"""Scalar subqueries: a group with more than one row is error 21000 and shows nothing (so the value is NULL)."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.setop import SingleState
from ...kernels.types import TEXT
from ...planner.physical.node import SingleRow
from ..operator import Operator, StateTable, StepContext
from .row_errors import report

MESSAGE = "more than one row returned by a subquery used as an expression"


class SingleRowOperator(Operator):
    def __init__(self, id: int, node: SingleRow, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._state = SingleState(self.types, node.groups)
        self.state_tables = (StateTable("rows", "zset", self.types),)

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        if batch is None or not batch.num_rows:
            return None
        rows, excess = self._state.step(batch)
        if excess:
            report(ctx, self.id, Batch.from_rows((TEXT, TEXT), [("21000", MESSAGE)], [excess]))
        return rows

    def drain(self) -> list[Batch | None]:
        return [self._state.drain()]

    def restore(self, table: int, batch: Batch) -> None:
        self._state.restore(batch)

    @property
    def state_rows(self) -> int:
        return self._state.rows

    @property
    def state_bytes(self) -> int:
        return self._state.nbytes

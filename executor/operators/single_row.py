"""Scalar subqueries: a row per group. Of a group with several rows it is NULL but for the group, and says so.

That there are several is an error for who uses the value, and no one may.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.setop import SingleState
from ...planner.physical.node import SingleRow
from ..operator import Operator, StateTable, StepContext


class SingleRowOperator(Operator):
    def __init__(self, id: int, node: SingleRow, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        types = node.input.schema.types
        self._state = SingleState(types, node.groups)
        self.state_tables = (StateTable("rows", "zset", types),)

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        if batch is None or not batch.num_rows:
            return None
        rows: Batch | None = self._state.step(batch)
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

"""As-of joins: the nearest right row in time, corrected when either side changes."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.asof import AsOfState
from ...kernels.batch import Batch
from ...planner.physical.node import AsOfJoin
from ..operator import Operator, StateTable, StepContext
from .join import check_keys


class AsOfJoinOperator(Operator):
    """State: the rows of both sides that have a key and a time."""

    def __init__(self, id: int, node: AsOfJoin, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        left, right = node.left.schema.types, node.right.schema.types
        check_keys(
            [left[k] for k in (*node.left_keys, node.left_time)], [right[k] for k in (*node.right_keys, node.right_time)]
        )
        self._one_shot = one_shot
        self._state = AsOfState(
            left, right, node.left_keys, node.right_keys, node.left_time, node.right_time, node.comparison,
            node.left_outer,
        )  # fmt: skip
        self.state_tables = (StateTable("left", "zset", left), StateTable("right", "zset", right))

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        return self._state.step(inputs[0], inputs[1], self._one_shot)

    def drain(self) -> list[Batch | None]:
        return [self._state.drain(0), self._state.drain(1)]

    def restore(self, table: int, batch: Batch) -> None:
        self._state.restore(table, batch)

    @property
    def state_rows(self) -> int:
        return self._state.rows

    @property
    def state_bytes(self) -> int:
        return self._state.nbytes

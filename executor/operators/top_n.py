"""Top-n: the first rows of each group in an order, with differences as output."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.top_n import TopRows
from ...planner.physical.node import TopN
from ..operator import Operator, StateTable, StepContext


class TopNOperator(Operator):
    """State: the input's rows (append-only input: only those that can still be seen)."""

    def __init__(self, id: int, node: TopN, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        types = node.input.schema.types
        self.state_tables = (StateTable("rows", "zset", types),)
        self._settle = one_shot and not node.append_only
        self._state = TopRows(
            types, node.groups, node.order, node.limit, node.offset, node.rank, node.with_rank,
            node.append_only or one_shot, not one_shot,
        )  # fmt: skip

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        if batch is None or not batch.num_rows:
            return None
        if self._settle and not batch.append_only:
            batch = batch.consolidate()
        out = self._state.apply(batch)
        return out if out.num_rows else None

    def drain(self) -> list[Batch | None]:
        return [self._state.drain()]

    def restore(self, table: int, batch: Batch) -> None:
        self._state.restore(batch)

    @property
    def state_rows(self) -> int:
        return self._state.state_rows

    @property
    def state_bytes(self) -> int:
        return self._state.state_bytes

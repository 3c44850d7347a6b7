"""Top-n: the first rows of each group in an order, with differences as output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...kernels.batch import Batch
from ...kernels.limits import PIECE_ROWS
from ...kernels.top_n import TopRows
from ...planner.physical.node import TopN
from ..operator import Operator, StateTable, StepContext
from ..pieces import condensed, sliced, whole


class TopNOperator(Operator):
    """State: the input's rows (append-only input: only those that can still be seen)."""

    def __init__(self, id: int, node: TopN, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        types = node.input.schema.types
        self.state_tables = (StateTable("rows", "zset", types),)
        self._node = node
        self._one_shot = one_shot
        self._state = self._top(node.limit, node.offset, node.with_rank)

    def _top(self, limit: int | None, offset: int, with_rank: bool) -> TopRows:
        node, once = self._node, self._one_shot
        types = node.input.schema.types
        return TopRows(types, node.groups, node.order, limit, offset, node.rank, with_rank, node.append_only or once, not once)

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        if batch is None or not batch.num_rows:
            return None
        out = self._state.apply(batch)
        return out if out.num_rows else None

    def pieces(self, inputs: Sequence[Iterator[Batch]], ctx: StepContext) -> Iterator[Batch]:
        rows = whole(inputs[0]) if self._node.limit is None else condensed(inputs[0], self._candidates)
        if rows is not None:
            yield from sliced(self._state.apply(rows))

    def _candidates(self, rows: Batch) -> Batch:
        """The rows that can still be among the first, whatever else comes."""
        assert self._node.limit is not None
        if rows.num_rows <= PIECE_ROWS:
            return rows
        found: Batch = self._top(min(self._node.offset + self._node.limit, 2**62), 0, False).apply(rows)
        return found

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

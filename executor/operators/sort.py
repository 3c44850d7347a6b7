"""ORDER BY, LIMIT and OFFSET of a one-shot result: the rows as a list, in order."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.sort import sorted_rows
from ...planner.physical.node import Sort
from ..operator import Operator, StepContext


class SortOperator(Operator):
    """Only meaningful in one step over everything. Ties keep the order of the input."""

    def __init__(self, id: int, node: Sort, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._node = node

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        if batch is None or not batch.num_rows:
            return None
        node = self._node
        if not batch.append_only:
            if batch.deleted().num_rows:
                batch = batch.consolidate()
            batch = batch.expanded()
        if node.keys:
            return sorted_rows(batch, node.keys, node.limit, node.offset)
        rows = max(batch.num_rows - node.offset, 0)
        if node.limit is not None:
            rows = min(rows, node.limit)
        return batch.slice(min(node.offset, batch.num_rows), rows)


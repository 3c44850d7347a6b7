"""Filter and project: linear, no state."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.expr.program import Program
from ...planner.physical.node import Map
from ..operator import Operator, StepContext
from .row_errors import report


class MapOperator(Operator):
    lasting = row_by_row = True

    def __init__(self, id: int, node: Map, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._program = Program(node.exprs, node.predicate)

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        if batch is None or not batch.num_rows:
            return None
        out, errors = self._program.run(batch, ctx.facts)
        report(ctx, self.id, None if errors is None else errors.select((1, 2)).weighted_as(errors))
        return out

"""Constant rows, emitted once at the start."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.expr.program import Program
from ...planner.physical.node import Values
from ..operator import Operator, StepContext
from .row_errors import report


class ValuesOperator(Operator):
    def __init__(self, id: int, node: Values, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._rows = [Program(row) for row in node.rows]

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        return None

    def start(self, ctx: StepContext) -> Batch | None:
        if not self._rows:
            return None
        parts: list[Batch] = []
        for program in self._rows:
            row, errors = program.run(Batch.unit(), ctx.facts)
            report(ctx, self.id, None if errors is None else errors.select((1, 2)))
            parts.append(row)
        return Batch.concat(parts)

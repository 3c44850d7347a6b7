"""Constant rows, emitted once at the start."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ...kernels.batch import Batch
from ...kernels.expr.program import Program
from ...kernels.expr.spec import Expr, Lit
from ...planner.physical.node import Rows, Values
from ..operator import Operator, StepContext
from .row_errors import report


def _literal(row: tuple[Expr, ...]) -> bool:
    return all(isinstance(e, Lit) for e in row)


class ValuesOperator(Operator):
    """Runs of literal rows are made at once; a row with expressions is a program."""

    lasting = True

    def __init__(self, id: int, node: Values, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._parts: list[Batch | Program] = []
        for literal, run in groupby(node.rows, _literal):
            if literal and self.types:
                rows = [tuple(e.value for e in row if isinstance(e, Lit)) for row in run]
                self._parts.append(Batch.from_rows(self.types, rows))
            else:
                self._parts += [Program(row) for row in run]

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        return None

    def start(self, ctx: StepContext) -> Batch | None:
        made: list[Batch] = []
        for part in self._parts:
            if isinstance(part, Program):
                part, errors = part.run(Batch.unit(), ctx.facts)
                report(ctx, self.id, None if errors is None else errors.select((1, 2)))
            made.append(part)
        return Batch.concat(made) if len(made) > 1 else made[0] if made else None


class RowsOperator(Operator):
    """Rows at hand, emitted once."""

    def __init__(self, id: int, node: Rows, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._batch = node.batch

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        return None

    def start(self, ctx: StepContext) -> Batch | None:
        return self._batch

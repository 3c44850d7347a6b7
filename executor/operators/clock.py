"""Values of the current time as a relation of one row: views over `date_trunc('day', now())` and its like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...kernels.batch import Batch
from ...kernels.expr.program import Program
from ...kernels.types import INT8, TIMESTAMPTZ
from ...planner.physical.node import Clock
from ..operator import Operator, StateTable, StepContext
from .row_errors import report


class ClockOperator(Operator):
    """State: the row as it was told last."""

    wants_ticks = True

    def __init__(self, id: int, node: Clock, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._program = Program(node.values)
        self._told: tuple[Any, ...] | None = None
        self._drained: tuple[Any, ...] | None = None
        self.state_tables = (StateTable("row", "upsert", (INT8, *self.types), 1),)

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        made, errors = self._program.run(Batch.from_rows((TIMESTAMPTZ,), [(ctx.facts.now,)]), ctx.facts)
        row = made.to_rows()[0]
        if row == self._told:
            return None
        report(ctx, self.id, None if errors is None else errors.select((1, 2)))
        old, self._told = self._told, row
        if old is None:
            return Batch.from_rows(self.types, [row])
        return Batch.from_rows(self.types, [old, row], [-1, 1])

    def drain(self) -> list[Batch | None]:
        if self._told is None or self._told == self._drained:
            return [None]
        self._drained = self._told
        return [Batch.from_rows(self.state_tables[0].types, [(0, *self._told)])]

    def restore(self, table: int, batch: Batch) -> None:
        self._told = self._drained = tuple(batch.to_rows()[-1][1:])

    @property
    def state_rows(self) -> int:
        return int(self._told is not None)
